"""Parity of one record: the focused replay of a run with it is the full one."""

from engine.errors import BarsieveError, PluginError
from engine.fusion.domain import Domain
from engine.plugins.records import BarStrategy, OwnExit, OwnGate, Plugins, Record, Signals
from engine.replay.settings import Settings
from engine.review.laws.finding import Finding, at
from engine.review.lookahead.poison import Timeline
from engine.review.parity.check import Parity
from engine.review.parity.in_process import compare_replays

LAW = "parity"
WINDOWS = ("0",)
FIX = "keep no memory while flat, and act only where may_act is true"
WHOLE = 1.0  # weight of a strategy that decides alone


def switched_on(record: Record, plugins: Plugins, settings: Settings) -> Settings:
    """The settings with this record in force; of whole strategies, only this one."""
    weights = settings.fusion.weights
    whole = [each.name for each in plugins.signals]
    whole += [each.name for each in plugins.strategies]
    changed: dict[str, float] = {}
    if record.name in whole:
        changed = dict.fromkeys(whole, 0.0) | {record.name: WHOLE}
    elif isinstance(record, Domain) and getattr(weights, record.name) == 0:
        changed = {record.name: WHOLE}
    fusion = settings.fusion.model_copy(update={"weights": weights.model_copy(update=changed)})
    update: dict[str, object] = {"fusion": fusion}
    for kind, section in ((OwnGate, "gates"), (OwnExit, "exits")):
        part = getattr(settings, section)
        if isinstance(record, kind) and getattr(part, record.name) is None:
            update[section] = part.model_copy(update={record.name: record.settings()})
    return settings.model_copy(update=update)


def parity(record: Record, market: Timeline, name: str) -> Finding:
    """The law on one market, whose settings have the record in force."""
    if isinstance(record, BarStrategy) and record.may_act is None:
        says = "declares no may_act, so every bar is replayed and there is nothing to compare"
        return Finding(record.name, LAW, "note", name, says)
    try:
        found = compare_replays(market.settings, market.bars, None, None, WINDOWS)
    except PluginError as error:
        fix = "let the answer depend on the past and the settings alone, inside its limits"
        return Finding(record.name, LAW, "broken", name, str(error), fix=fix)
    except BarsieveError as error:
        return Finding(record.name, LAW, "inconclusive", name, str(error))
    return _of(record, found, market, name)


def _of(record: Record, found: Parity, market: Timeline, name: str) -> Finding:
    if found.verdict == "identical":
        return Finding(record.name, LAW, "holds", name)
    if found.verdict == "inconclusive":
        return Finding(record.name, LAW, "inconclusive", name, found.reason)
    first = next(each.divergence for each in found.comparisons if each.divergence is not None)
    says = f"the focused replay differs from the full one in {first.what}"
    return Finding(
        record.name, LAW, "broken", name, says, first.bar, at(market, first.bar),
        str(first.full), str(first.focused), FIX,
    )  # fmt: skip


def applies(record: Record) -> bool:
    """Whether it takes part in decisions by itself."""
    return isinstance(record, Domain | OwnGate | OwnExit | Signals | BarStrategy)

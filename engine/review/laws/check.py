"""The laws on every record of a plug-in file, over markets of every kind."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Literal

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.errors import BarsieveError
from engine.fusion.dear import DearDomain
from engine.plugins.records import Plugins, Record, Signals, kind_name
from engine.replay.settings import Settings
from engine.review.laws import mirror as mirrors
from engine.review.laws import parity as replays
from engine.review.laws.causality import causality
from engine.review.laws.contract import determinism, in_bounds, on_market, shape
from engine.review.laws.finding import Finding, Judgement
from engine.review.laws.notes import both_ways
from engine.review.laws.purity import purity
from engine.review.laws.values import columns_for, wants_volume
from engine.review.lookahead.poison import Timeline
from engine.review.parity.markets import MARKETS

Verdict = Literal["lawful", "broken", "inconclusive"]
EXIT_CODES: dict[Verdict, int] = {"lawful": 0, "broken": 1, "inconclusive": 3}
# What breaks one of these breaks the laws behind them too, and they would name the wrong mistake.
FIRST = ("shape", "determinism")
LAWS = ("shape", "bounds", "determinism", "causality", "purity", "parity", "sides", "mirror")
DEMO_BARS, SMALL_BARS, SEED = 3_000, 1_200, 3
NO_SAY = "—"
Named = Sequence[tuple[str, Bars]]
Check = Callable[[Record, Timeline, str], Finding]


@dataclass(frozen=True)
class Laws:
    """findings: one for each record and law, over all markets: the first that is broken, and what
    held elsewhere. records: names and kinds.
    """

    verdict: Verdict
    records: tuple[tuple[str, str], ...]
    markets: tuple[str, ...]
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def of(self, record: str, law: str) -> Finding | None:
        found = (each for each in self.findings if (each.record, each.law) == (record, law))
        return next(found, None)


def law_markets() -> Named:
    """The demo market, and one small market of each kind."""
    small = [(name, make(SEED, SMALL_BARS)) for name, make in MARKETS.items() if name != "demo"]
    return [("DEMO", demo_bars(DEMO_BARS)), *small]


def check_laws(
    plugins: Plugins,
    settings: Settings,
    markets: Named,
    progress: Callable[[str], None] = lambda line: None,
) -> Laws:
    """Every law that fits a record, on every market.

    settings: those of a configuration with these plug-ins.
    """
    records = every_record(plugins)
    findings = []
    for record in records:
        progress(f"{record.name} ({kind_name(type(record))})")
        own = replays.switched_on(record, plugins, settings)
        findings += list(_laws_of(record, own, markets))
    named = tuple((each.name, kind_name(type(each))) for each in records)
    return Laws(_verdict(findings), named, tuple(name for name, _ in markets), tuple(findings))


def every_record(plugins: Plugins) -> list[Record]:
    """In the order in which a run meets them."""
    return [
        *plugins.features, *plugins.sentinels, *plugins.domains, *plugins.gates, *plugins.exits,
        *plugins.signals, *plugins.strategies,
    ]  # fmt: skip


def _laws_of(record: Record, settings: Settings, markets: Named) -> Iterator[Finding]:
    fitting = [
        (name, Timeline(settings, bars, 0, bars.size))
        for name, bars in markets
        if bars.has_volume or not wants_volume(record, settings)
    ]
    for law, check in checks_of(record, settings):
        # A process of its own costs seconds: one market is enough for it.
        asked = fitting[:1] if law == "purity" else fitting
        found = [_asked(check, law, record, market, name) for name, market in asked]
        whole = summed_up(record, law, found)
        yield whole
        if law in FIRST and whole.judgement == "broken":
            return


def _asked(check: Check, law: str, record: Record, market: Timeline, name: str) -> Finding:
    try:
        if columns_for(record, market).warmup >= market.bars.size:
            says = "the market ends inside the warm-up of what it reads"
            return Finding(record.name, law, "inconclusive", name, says)
        return check(record, market, name)
    except BarsieveError as error:
        return Finding(record.name, law, "inconclusive", name, str(error))


def checks_of(record: Record, settings: Settings) -> Iterator[tuple[str, Check]]:
    yield "shape", partial(on_market, "shape", shape)
    yield "bounds", partial(on_market, "bounds", in_bounds)
    yield "determinism", partial(on_market, "determinism", determinism)
    yield "causality", causality
    if isinstance(record, DearDomain):
        yield "purity", purity
    if replays.applies(record):
        yield "parity", replays.parity
    if isinstance(record, Signals):
        yield "sides", both_ways
    if mirrors.applies(record, settings):
        yield "mirror", mirrors.mirror


def summed_up(record: Record, law: str, found: Sequence[Finding]) -> Finding:
    """One finding for all markets: broken anywhere is broken; shown nowhere is inconclusive."""
    order: tuple[Judgement, ...] = ("broken", "note", "holds", "inconclusive")
    for judgement in order:
        same = [each for each in found if each.judgement == judgement]
        if same:
            return replace(same[0], also=tuple(each.market for each in same[1:]))
    says = "it needs volume, and no market here has any"
    return Finding(record.name, law, "inconclusive", "none", says)


def _verdict(findings: Sequence[Finding]) -> Verdict:
    judged = {each.judgement for each in findings}
    if "broken" in judged:
        return "broken"
    return "inconclusive" if "inconclusive" in judged or not findings else "lawful"


def law_lines(found: Laws) -> list[str]:
    """The table, what is wrong in detail, the verdict."""
    rows = [["record", "kind", *LAWS]]
    for name, kind in found.records:
        rows.append([name, kind, *(_cell(found.of(name, law)) for law in LAWS)])
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    lines.append(f"Markets: {', '.join(found.markets)}")
    for each in found.findings:
        if each.judgement != "holds":
            lines += each.lines()
    return [*lines, f"Verdict: {found.verdict}"]


def _cell(found: Finding | None) -> str:
    if found is None:
        return NO_SAY
    return found.judgement.upper() if found.judgement == "broken" else found.judgement

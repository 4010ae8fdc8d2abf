"""The rows of a market: columns, scores, gates and schedule, packed into one table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.bars.dates import iso
from engine.bars.funding import bar_funding
from engine.bars.locate import anchor_ns
from engine.bars.series import Bars
from engine.errors import RangeError, SettingsError
from engine.features.columns import Columns, compute
from engine.fusion.catalogue import DOMAINS
from engine.fusion.dear import DearDomain
from engine.fusion.domain import Domain
from engine.fusion.scores import misaligned_sides, score_columns, trend_columns
from engine.kernel import Floats, Ints, Table
from engine.prescreen.fast_signal import fast_sides
from engine.prescreen.gates import GateInput, active_gates, gate_codes
from engine.prescreen.macro_veto import macro_context
from engine.prescreen.regimes import REGIME_COLUMNS, regimes
from engine.prescreen.row import SELDOM_READ, packed, row_fields, row_type
from engine.prescreen.schedule import scheduled_bars
from engine.prescreen.settings import ScreenSettings
from engine.prescreen.volume_trap import TRAP_COLUMNS, trapped_sides

# Part of the row whatever the settings: a parameter of the replay must not move the warm-up.
STEP_COLUMNS = ("atr_ema_20", "range_ratio", *REGIME_COLUMNS)
# NaN until there is a swing, which is no reason to wait.
SWING_COLUMNS = ("swing_high", "swing_low")


ROW = row_type(len(DOMAINS))


@dataclass(frozen=True)
class Rows:
    """table: ROW[n], read-only. warmup: first tradable row. given: what the gates looked at.
    context: fingerprint of the macro series. funding: fingerprint of the funding rates. notes: what
    was read, or left out. limits: float64[n] low and high of dear scores.
    """

    bars: Bars
    columns: Columns
    table: Table
    warmup: int
    given: GateInput
    context: str
    funding: str
    notes: tuple[str, ...]
    limits: Mapping[int, tuple[Floats, Floats]]

    @property
    def fired(self) -> Ints:
        """int64[n], bits of the selected sentinels."""
        return self.given.fired


def build_rows(bars: Bars, settings: ScreenSettings, reads: Collection[str] = SELDOM_READ) -> Rows:
    """Columns, scores, gates and schedule of every bar of the file, whatever range is replayed.

    reads: which of the fields that are seldom read have to be there; the others are 0.

    Raises SettingsError when no weighted domain can be computed on this data, RangeError when the
    warm-up takes all of it.
    """
    domains = settings.domains_of(bars.has_volume)
    if not domains:
        raise SettingsError(f"{bars.source} has no volume, and every domain with a weight needs it")
    names = columns_read(settings, bars.has_volume)
    anchor = anchor_ns(settings.data.anchor)
    patterns, plugged = settings.patterns, settings.plugged
    columns = compute(bars, names, anchor, patterns, patterns.columns, SWING_COLUMNS)
    _refuse_short(bars, columns)
    macro = macro_context(settings.macro, bars.close_time)
    funding = bar_funding(settings.data.funding, bars)
    said = plugged.says(bars, columns, settings)
    fields = market_fields(bars, columns, set(reads) - said.fields.keys())
    fields |= rule_fields(bars, columns, settings, reads)
    fields |= {"macro_exit": macro.leave, "funding": funding.rate} | dict(said.fields)
    sentinels = settings.sentinels_of(bars.has_volume)
    given = GateInput(bars, columns, columns.warmup, settings.data.tz, macro.shut, sentinels)
    fields |= gate_fields(given, settings)
    scores = score_columns(bars.size, columns, settings, domains, macro.tilt) | dict(said.scores)
    kind = row_type(len(settings.fusion.weights.domains), plugged.source != "")
    table = packed(kind, row_fields(fields, bars.size), scores)
    notes = (*macro.notes, *funding.notes, *_left_out(settings, bars))
    limits = dear_limits(bars, columns, settings, domains)
    return Rows(
        bars, columns, table, columns.warmup, given, macro.fingerprint, funding.fingerprint, notes,
        limits,
    )  # fmt: skip


def refuse_dear(rows: Rows, settings: ScreenSettings, what: str) -> None:
    """Raise SettingsError where scores are asked for bar by bar: `what` cannot ask."""
    every = settings.fusion.weights.domains
    dear = [every[slot].name for slot in rows.limits]
    if dear:
        raise SettingsError(
            f"{dear[0]} is asked bar by bar, which {what} cannot do yet; give it no weight"
        )


def dear_limits(
    bars: Bars, columns: Columns, settings: ScreenSettings, domains: list[Domain]
) -> dict[int, tuple[Floats, Floats]]:
    """Low and high of each dear score of the run, by its place among all domains."""
    places = {each.name: place for place, each in enumerate(settings.fusion.weights.domains)}
    return {
        places[each.name]: each.limits(
            bars, [columns[name] for name in each.columns], getattr(settings.domains, each.name)
        )
        for each in domains
        if isinstance(each, DearDomain)
    }


def market_fields(bars: Bars, columns: Columns, reads: Collection[str]) -> dict[str, Any]:
    """Prices, and the columns that size, stop and cost a position."""
    prices = {name: getattr(bars, name) for name in ("open", "high", "low", "close")}
    always = {"atr": "atr_ema_20", "range_ratio": "range_ratio"}
    seldom = {"adx": "adx_wilder_14"} | {name: name for name in SWING_COLUMNS}
    read = always | {field: name for field, name in seldom.items() if field in reads}
    own = {field: columns[name] for field, name in read.items()}
    return {"time": bars.close_time} | prices | own


def rule_fields(
    bars: Bars, columns: Columns, settings: ScreenSettings, reads: Collection[str]
) -> dict[str, Any]:
    """What the mode reads beside the scores, and what warns an open position."""
    found: dict[str, Any] = {"misaligned": misaligned_sides(bars, columns, settings.fusion)}
    if "regime" in reads:
        found["regime"] = regimes(columns, settings.regimes)
    if settings.fusion.execution_mode != "fusion_only":
        found["fast"] = fast_sides(bars, columns, settings.fast_signals)
    if bars.has_volume and "trap" in reads:
        found["trap"] = trapped_sides(columns, settings.volume_trap)
    return found


def gate_fields(given: GateInput, settings: ScreenSettings) -> dict[str, Any]:
    long, short = gate_codes(given, settings)
    interval = settings.fusion.full_engine_validation_interval_bars * given.bars.timeframe
    scheduled = scheduled_bars(given.bars.open_time, long, short, interval)
    return {"gate_long": long, "gate_short": short, "scheduled": scheduled}


def refuse_untradable(rows: Rows, span: tuple[int, int]) -> None:
    """Raise RangeError when the range ends before the first tradable bar."""
    if span[1] <= rows.warmup:
        times = rows.bars.open_time
        raise RangeError(
            f"the range ends at {iso(int(times[span[1] - 1]))}, inside the warm-up; the first "
            f"tradable bar is {iso(int(times[rows.warmup]))}, pass --end after it"
        )


def _refuse_short(bars: Bars, columns: Columns) -> None:
    if columns.warmup < bars.size:
        return
    slow = [name for name in columns.names if not np.isfinite(columns[name][-1])]
    raise RangeError(
        f"{bars.source}: its {bars.size:,} bars end inside the warm-up of {', '.join(slow)}; "
        "give it more history"
    )


def columns_read(settings: ScreenSettings, has_volume: bool) -> list[str]:
    """Names of the columns that this configuration reads; they decide the warm-up."""
    names = [*STEP_COLUMNS, *trend_columns(settings.fusion), *settings.plugged.reads(settings)]
    for domain in settings.domains_of(has_volume):
        names += domain.reads(getattr(settings.domains, domain.name))
    for gate, _ in active_gates(settings):
        names += gate.columns
    if settings.fusion.execution_mode != "fusion_only":
        names += settings.fast_signals.columns()
    if has_volume:
        names += TRAP_COLUMNS
    for sentinel in settings.sentinels_of(has_volume):
        names += sentinel.columns
    return list(dict.fromkeys(names))


def _left_out(settings: ScreenSettings, bars: Bars) -> tuple[str, ...]:
    """What leaves the run because the data has no volume."""
    everything = {s.name for s in settings.sentinels_of(True)}
    everything |= {d.name for d in settings.domains_of(True)}
    present = {s.name for s in settings.sentinels_of(bars.has_volume)}
    present |= {d.name for d in settings.domains_of(bars.has_volume)}
    return tuple(f"no volume: {name} is left out" for name in sorted(everything - present))

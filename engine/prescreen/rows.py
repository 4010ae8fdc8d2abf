"""One row a bar: the few fields that the step reads, packed into one table.

A record of a table costs 4 ns a call, a tuple of arrays hundreds; and a step that is handed row i
cannot look at row i + 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

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
from engine.fusion.fuse import fusion_row
from engine.fusion.scores import (
    misaligned_sides,
    trend_columns,
    write_scores,
)
from engine.kernel import Floats, Ints, Table
from engine.prescreen.fast_signal import fast_sides
from engine.prescreen.gates import GateInput, active_gates, gate_codes
from engine.prescreen.macro_veto import macro_context
from engine.prescreen.regimes import REGIME_COLUMNS, regimes
from engine.prescreen.schedule import scheduled_bars
from engine.prescreen.sentinels import fired_bits
from engine.prescreen.settings import ScreenSettings
from engine.prescreen.volume_trap import TRAP_COLUMNS, trapped_sides

# Part of the row whatever the settings: a parameter of the replay must not move the warm-up.
STEP_COLUMNS = ("atr_ema_20", "range_ratio", *REGIME_COLUMNS)
# NaN until there is a swing, which is no reason to wait.
SWING_COLUMNS = ("swing_high", "swing_low")


# Fields of a run with plug-ins alone: a longer row costs everybody time.
PLUGGED_ROW = [
    ("target", np.float64),  # distance that the strategy names; 0: by R multiple
    ("signal_exit", np.uint8),  # bits of the sides that an exit of the strategy tells to leave
]


@cache
def row_type(domains: int, plugged: bool = False) -> np.dtype[np.void]:
    """The row of a run with so many domains in its catalogue, with or without plug-ins."""
    return np.dtype(
        [
            # First: a longer row that begins like a shorter one would pass for it in numba.
            *(PLUGGED_ROW if plugged else []),
            ("time", np.int64),  # close_time, ns
            ("open", np.float64),
            ("high", np.float64),
            ("low", np.float64),
            ("close", np.float64),
            ("atr", np.float64),  # atr_ema_20: stop distances
            ("range_ratio", np.float64),  # true range / ATR: slippage
            ("adx", np.float64),
            # Where a structure stop lies: the latest swing, or what a strategy of signals names.
            ("swing_high", np.float64),
            ("swing_low", np.float64),
            ("funding", np.float64),  # sum of the rates stamped in [open, close)
            *fusion_row(domains),
            ("gate_long", np.uint8),  # 0, or the code of the gate that shuts the side
            ("gate_short", np.uint8),
            ("trap", np.uint8),  # bits of the sides that a volume trap warns
            ("macro_exit", np.uint8),  # bits of the sides that macro tells to leave
        ],
        align=True,
    )


ROW = row_type(len(DOMAINS))


@dataclass(frozen=True)
class Rows:
    """table: ROW[n], read-only. warmup: first tradable row. fired: int64[n], bits of the selected
    sentinels. context: fingerprint of the macro series. funding: fingerprint of the funding rates.
    notes: what was read, or left out. limits: float64[n] low and high of dear scores.
    """

    bars: Bars
    columns: Columns
    table: Table
    warmup: int
    fired: Ints
    context: str
    funding: str
    notes: tuple[str, ...]
    limits: Mapping[int, tuple[Floats, Floats]]


def build_rows(bars: Bars, settings: ScreenSettings) -> Rows:
    """Columns, scores, gates and schedule of every bar of the file, whatever range is replayed.

    Raises SettingsError when no weighted domain can be computed on this data, RangeError when the
    warm-up takes all of it.
    """
    domains = settings.domains_of(bars.has_volume)
    if not domains:
        raise SettingsError(f"{bars.source} has no volume, and every domain with a weight needs it")
    names = columns_read(settings, bars.has_volume)
    anchor = anchor_ns(settings.data.anchor)
    patterns = settings.patterns
    columns = compute(bars, names, anchor, patterns, patterns.columns, SWING_COLUMNS)
    _refuse_short(bars, columns)
    fired = fired_bits(bars, columns, settings.sentinels_of(bars.has_volume))
    table = np.zeros(
        bars.size,
        dtype=row_type(len(settings.fusion.weights.domains), settings.plugged.source != ""),
    )
    _write_market(table, bars, columns)
    macro = macro_context(settings.macro, bars.close_time)
    write_scores(table, columns, settings, domains, macro.tilt)
    settings.plugged.write(table, bars, columns, settings)
    _write_rule(table, bars, columns, settings)
    table["macro_exit"] = macro.leave
    funding = bar_funding(settings.data.funding, bars)
    table["funding"] = funding.rate
    given = GateInput(bars, columns, columns.warmup, settings.data.tz, fired, macro.shut)
    _write_gates(table, given, settings)
    table.flags.writeable = False
    notes = (*macro.notes, *funding.notes, *_left_out(settings, bars))
    limits = dear_limits(bars, columns, settings, domains)
    return Rows(
        bars, columns, table, columns.warmup, fired, macro.fingerprint, funding.fingerprint, notes,
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


def _write_market(table: Table, bars: Bars, columns: Columns) -> None:
    """Prices, and the columns that size, stop and cost a position."""
    table["time"] = bars.close_time
    for name in ("open", "high", "low", "close"):
        table[name] = getattr(bars, name)
    table["atr"] = columns["atr_ema_20"]
    table["range_ratio"] = columns["range_ratio"]
    table["adx"] = columns["adx_wilder_14"]
    for name in SWING_COLUMNS:
        table[name] = columns[name]


def _write_rule(table: Table, bars: Bars, columns: Columns, settings: ScreenSettings) -> None:
    """What the mode reads beside the scores, and what warns an open position."""
    table["misaligned"] = misaligned_sides(bars, columns, settings.fusion)
    table["regime"] = regimes(columns, settings.regimes)
    if settings.fusion.execution_mode != "fusion_only":
        table["fast"] = fast_sides(bars, columns, settings.fast_signals)
    if bars.has_volume:
        table["trap"] = trapped_sides(columns, settings.volume_trap)


def _write_gates(table: Table, given: GateInput, settings: ScreenSettings) -> None:
    long, short = gate_codes(given, settings)
    interval = settings.fusion.full_engine_validation_interval_bars * given.bars.timeframe
    table["gate_long"], table["gate_short"] = long, short
    table["scheduled"] = scheduled_bars(given.bars.open_time, long, short, interval)


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

"""One row a bar: the few fields that the step reads, packed into one table.

A record of a table costs 4 ns a call, a tuple of arrays hundreds; and a step that is handed row i
cannot look at row i + 1.
"""

from dataclasses import dataclass

import numpy as np

from engine.bars.dates import iso
from engine.bars.locate import anchor_ns
from engine.bars.series import Bars
from engine.errors import RangeError, SettingsError
from engine.features.columns import Columns, compute
from engine.fusion.fuse import FUSION_ROW
from engine.fusion.scores import (
    active_domains,
    misaligned_sides,
    trend_columns,
    write_scores,
)
from engine.kernel import Table
from engine.prescreen.gates import GateInput, active_gates, gate_codes
from engine.prescreen.schedule import scheduled_bars
from engine.prescreen.sentinels import active_sentinels
from engine.prescreen.settings import ScreenSettings

# Part of the row whatever the settings: a parameter of the replay must not move the warm-up.
STEP_COLUMNS = ("atr_ema_20", "range_ratio")

ROW = np.dtype(
    [
        ("open", np.float64),
        ("high", np.float64),
        ("low", np.float64),
        ("close", np.float64),
        ("atr", np.float64),  # atr_ema_20: stop distances
        ("range_ratio", np.float64),  # true range / ATR: slippage
        *FUSION_ROW,
        ("gate_long", np.uint8),  # 0, or the code of the gate that shuts the side
        ("gate_short", np.uint8),
        ("scheduled", np.uint8),
    ],
    align=True,
)


@dataclass(frozen=True)
class Rows:
    """table: ROW[n], read-only. warmup: first tradable row. notes: what had to be left out."""

    bars: Bars
    columns: Columns
    table: Table
    warmup: int
    notes: tuple[str, ...]


def build_rows(bars: Bars, settings: ScreenSettings) -> Rows:
    """Columns, scores, gates and schedule of every bar of the file, whatever range is replayed.

    Raises SettingsError when no weighted domain can be computed on this data, RangeError when the
    warm-up takes all of it.
    """
    domains = active_domains(settings.fusion, bars.has_volume)
    if not domains:
        raise SettingsError(f"{bars.source} has no volume, and every domain with a weight needs it")
    names = columns_read(settings, bars.has_volume)
    columns = compute(bars, names, anchor_ns(settings.data.anchor), settings.patterns)
    _refuse_short(bars, columns)
    table = np.zeros(bars.size, dtype=ROW)
    for name in ("open", "high", "low", "close"):
        table[name] = getattr(bars, name)
    table["atr"], table["range_ratio"] = (columns[name] for name in STEP_COLUMNS)
    write_scores(table, columns, domains, settings.domains)
    table["misaligned"] = misaligned_sides(bars, columns, settings.fusion)
    given = GateInput(bars, columns, columns.warmup, settings.data.tz)
    table["gate_long"], table["gate_short"] = gate_codes(given, settings.gates)
    table["scheduled"] = scheduled_bars(
        bars.open_time,
        table["gate_long"].copy(),
        table["gate_short"].copy(),
        settings.fusion.full_engine_validation_interval_bars * bars.timeframe,
    )
    table.flags.writeable = False
    return Rows(bars, columns, table, columns.warmup, _left_out(settings, bars))


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
    names = [*STEP_COLUMNS, *trend_columns(settings.fusion)]
    if settings.batch_mode.policy == "sentinel":
        names.append("adx_wilder_14")
    for domain in active_domains(settings.fusion, has_volume):
        names += domain.reads(getattr(settings.domains, domain.name))
    for gate in active_gates(settings.gates):
        names += gate.columns
    for sentinel in active_sentinels(settings.batch_mode.sentinels, has_volume):
        names += sentinel.columns
    return list(dict.fromkeys(names))


def _left_out(settings: ScreenSettings, bars: Bars) -> tuple[str, ...]:
    """What leaves the run because the data has no volume."""
    everything = {s.name for s in active_sentinels(settings.batch_mode.sentinels, True)}
    everything |= {d.name for d in active_domains(settings.fusion, True)}
    present = {s.name for s in active_sentinels(settings.batch_mode.sentinels, bars.has_volume)}
    present |= {d.name for d in active_domains(settings.fusion, bars.has_volume)}
    return tuple(f"no volume: {name} is left out" for name in sorted(everything - present))

"""Bars that the bound alone excludes, and by how much: what a near miss is.

shortfall = threshold − bound, where every gate of a side is open and the mode could name it.
"""

from dataclasses import dataclass

import numpy as np

from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.fusion.modes import may_name
from engine.kernel import Codes, Floats, Ints, Sides, Table, kernel
from engine.prescreen.bound import bound_parameters
from engine.prescreen.box import NO_BOX, Box, corner
from engine.prescreen.rows import Rows
from engine.prescreen.screen import Screen
from engine.prescreen.settings import ScreenSettings

HIGHEST = 1.0  # no bound is larger, and no threshold


@dataclass(frozen=True)
class Shortfalls:
    """Over every row of the file. shortfall: float64[n], > 0, inf where more than the bound
    excludes the bar, or nothing does. side: int8[n], +1 or −1, the side nearer to its entry; 0
    where the shortfall is inf. bound, threshold: float64[n], of that side.
    """

    shortfall: Floats
    side: Sides
    bound: Floats
    threshold: Floats

    def nearest(self, rows: Ints, count: int) -> Ints:
        """int64[<= count]: of `rows`, those with the smallest shortfall, nearest first."""
        finite = rows[np.isfinite(self.shortfall[rows])]
        order = np.argsort(self.shortfall[finite], kind="stable")
        return finite[order[:count]]


@kernel
def excluded_by_bound(table: Table, params: Table, long: Floats, short: Floats, out: Codes) -> None:
    """out[i]: bits of the open sides that a bound of 1 would let the mode name, and its own not."""
    p = params[0]
    for i in range(out.size):
        row = table[i]
        bits = 0
        if row["gate_long"] == 0 and may_name(1, HIGHEST, HIGHEST, row, p):
            bits |= 0 if may_name(1, long[i], short[i], row, p) else LONG_BIT
        if row["gate_short"] == 0 and may_name(-1, HIGHEST, HIGHEST, row, p):
            bits |= 0 if may_name(-1, long[i], short[i], row, p) else SHORT_BIT
        out[i] = bits


def shortfalls(
    rows: Rows, screened: Screen, settings: ScreenSettings, box: Box = NO_BOX
) -> Shortfalls:
    """How much each bar's bound falls short of the lowest threshold of the box.

    The policy `sentinel` is asked by its own rule: an event, a trend, and too low a score.
    """
    if settings.batch_mode.policy == "sentinel":
        return _sentinel_shortfalls(rows, screened, settings)
    long, short = screened.bound_long, screened.bound_short
    sides = np.empty(long.size, dtype=np.uint8)
    params = bound_parameters(settings, rows.bars.has_volume, box)
    excluded_by_bound(rows.table, params, long, short, sides)
    thresholds = np.array(corner(settings, box).fusion.thresholds())[rows.table["regime"]]
    judged = judged_bounds(settings, long, short)
    return _nearer_side(sides, *judged, thresholds)


def judged_bounds(settings: ScreenSettings, long: Floats, short: Floats) -> tuple[Floats, Floats]:
    """What the mode compares with the threshold for a long and for a short."""
    if settings.fusion.execution_mode == "prefilter":
        larger = np.maximum(long, short)
        return larger, larger
    return long, short


def _sentinel_shortfalls(rows: Rows, screened: Screen, settings: ScreenSettings) -> Shortfalls:
    mode, long, short = settings.batch_mode, screened.bound_long, screened.bound_short
    proto = np.maximum(long, short)
    ready = (rows.fired != 0) & (rows.columns["adx_wilder_14"] >= mode.min_adx)
    missed = ready & (proto < mode.min_fusion_score)
    side = np.where(long >= short, LONG_BIT, SHORT_BIT).astype(np.uint8)
    least = np.full(proto.size, mode.min_fusion_score)
    return _nearer_side(missed.view(np.uint8) * side, long, short, least)


def _nearer_side(sides: Codes, long: Floats, short: Floats, threshold: Floats) -> Shortfalls:
    to_long = np.where(sides & LONG_BIT, threshold - long, np.inf)
    to_short = np.where(sides & SHORT_BIT, threshold - short, np.inf)
    is_long = to_long <= to_short
    side = np.where(is_long, 1, -1).astype(np.int8)
    side[sides == 0] = 0
    return Shortfalls(
        shortfall=np.minimum(to_long, to_short),
        side=side,
        bound=np.where(is_long, long, short),
        threshold=threshold,
    )

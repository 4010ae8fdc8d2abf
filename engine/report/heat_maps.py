"""Measures over any two keys of a space: of all points that share the two values."""

from itertools import combinations
from typing import Any

import numpy as np

from engine.kernel import Floats, Ints
from engine.report.swept import SweepResults
from engine.search.summary import SHOWN

KINDS = ("highest", "median", "lowest", "beside the winner")
DIGITS = 6  # significant ones; every digit is in results.csv


def heat_maps(sweep: SweepResults) -> list[dict[str, Any]]:
    """For each pair of varying keys: `x` and `y`, their places in the space, and for each measure
    and kind a grid of rows (y) and columns (x), null where no point is legal.

    `beside the winner`: the one point that has all other values of the winner.
    """
    return [_pair(sweep, x, y) for x, y in combinations(sweep.varying, 2)]


def _pair(sweep: SweepResults, x: int, y: int) -> dict[str, Any]:
    sizes = len(sweep.space.values[x]), len(sweep.space.values[y])
    cells = sweep.digits[y] * sizes[0] + sweep.digits[x]
    beside = _beside_winner(sweep, x, y)
    grids = {}
    for name in SHOWN:
        values = sweep.measures[name]
        found = dict(zip(KINDS, _by_cell(values, cells, sizes[0] * sizes[1]), strict=False))
        own = np.full(sizes[0] * sizes[1], np.nan)
        own[cells[beside]] = values[beside]
        found[KINDS[3]] = own
        grids[name] = {kind: _rows(grid, sizes) for kind, grid in found.items()}
    return {"x": x, "y": y, "grids": grids}


def _beside_winner(sweep: SweepResults, x: int, y: int) -> Ints:
    """Places of the points that differ from the winner in no other key."""
    others = [place for place in range(len(sweep.space.keys)) if place not in (x, y)]
    own = sweep.digits[:, [sweep.winner]]
    same = (sweep.digits[others] == own[others]).all(axis=0)
    return np.flatnonzero(same)


def _by_cell(values: Floats, cells: Ints, count: int) -> tuple[Floats, Floats, Floats]:
    """float64[count] each: the highest, the median and the lowest value; NaN for an empty cell. A
    point without a value is left out.
    """
    known = ~np.isnan(values)
    values, cells = values[known], cells[known]
    order = np.lexsort((values, cells))
    ordered = values[order]
    starts = np.searchsorted(cells[order], np.arange(count + 1))
    found = np.full((3, count), np.nan)
    full = np.flatnonzero(np.diff(starts))
    first, last = starts[full], starts[full + 1] - 1
    middle = (first + last) // 2, (first + last + 1) // 2
    found[0, full], found[2, full] = ordered[last], ordered[first]
    found[1, full] = 0.5 * (ordered[middle[0]] + ordered[middle[1]])
    return found[0], found[1], found[2]


def _rows(grid: Floats, sizes: tuple[int, int]) -> list[list[float | None]]:
    cells = [None if each != each else float(f"{each:.{DIGITS}g}") for each in grid.tolist()]
    return [cells[row * sizes[0] : (row + 1) * sizes[0]] for row in range(sizes[1])]

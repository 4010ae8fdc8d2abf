"""Gaps: the hours in which a market is closed, told from holes in the file."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.bars.dates import DAY
from engine.bars.quality.finding import Subject
from engine.bars.series import Bars
from engine.kernel import Ints

_WEEK = 7 * DAY
_LONGEST = 4 * _WEEK  # a longer gap is no closure
_HOLIDAYS = 3  # so many days in a row may a market with weekends be closed


@dataclass(frozen=True)
class Gaps:
    """k steps longer than a bar. row: int64[k], the bar after each. missing: int64[k], bars in it.

    closed: every missing bar is at a time of the week at which bars are usually missing. hole:
    none is (on daily bars of a market with weekends, four or more). Neither: a closure that was
    longer than usual (a holiday, an early close).
    """

    row: Ints
    missing: Ints
    closed: npt.NDArray[np.bool_]
    hole: npt.NDArray[np.bool_]


def find_gaps(bars: Bars) -> Gaps:
    """The gaps of strictly rising stamps."""
    steps = np.diff(bars.open_time) // bars.timeframe
    row = np.flatnonzero(steps > 1) + 1
    missing = steps[row - 1] - 1
    usual = _usually_there(bars, row, missing)
    closed, hole = usual == 0, usual == missing
    if bars.timeframe >= DAY and np.any(usual < missing):
        hole &= missing > _HOLIDAYS
    return Gaps(row, missing, closed, hole)


def holes(subject: Subject) -> list[tuple[str, Ints]]:
    gaps = find_gaps(subject.bars)
    rows, missing = gaps.row[gaps.hole], int(gaps.missing[gaps.hole].sum())
    if not rows.size:
        return []
    plural = "" if rows.size == 1 else "s"
    bars = f"{missing:,} bar{'' if missing == 1 else 's'}"
    return [
        (f"{rows.size:,} hole{plural}, {bars} missing at hours at which there usually are", rows)
    ]


def _usually_there(bars: Bars, row: Ints, missing: Ints) -> Ints:
    """int64[k]: how many of each gap's missing bars are at a time at which there usually is one."""
    short = missing * bars.timeframe <= _LONGEST
    counts = np.where(short, missing, 0)
    gap = np.repeat(np.arange(row.size), counts)
    within = np.arange(gap.size) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    instants = bars.open_time[row - 1][gap] + within * bars.timeframe
    there = np.bincount(gap, weights=_is_usual(bars.open_time, instants), minlength=row.size)
    return np.where(short, there.astype(np.int64), missing)


def _is_usual(times: Ints, instants: Ints) -> npt.NDArray[np.bool_]:
    """Whether more than half of the four weeks before and after (or days, in a file of less than
    two weeks) have a bar at the same time.
    """
    span = times[-1] - times[0]
    period = _WEEK if span >= 2 * _WEEK else DAY
    looked, seen = np.zeros(instants.size, np.int64), np.zeros(instants.size, np.int64)
    for shift in (-4, -3, -2, -1, 1, 2, 3, 4):
        other = instants + shift * period
        inside = (other >= times[0]) & (other <= times[-1])
        nearest = np.minimum(np.searchsorted(times, other), times.size - 1)
        looked += inside
        seen += inside & (times[nearest] == other)
    return 2 * seen > looked if span else np.ones(instants.size, bool)

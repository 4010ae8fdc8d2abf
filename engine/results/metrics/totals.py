"""Sums, and what they are read with."""

from dataclasses import dataclass

import numpy as np

from engine.bars.timeframe import nanoseconds
from engine.kernel import Floats, Ints, Table

YEAR = 365 * nanoseconds("1d")


@dataclass(frozen=True)
class Totals:
    """The sums of p replays of one market, or of one portfolio, over one range.

    sums: SUMS[p]. initial: float64[p], what each began with. bars: in range, of a portfolio stamps.
    periods: bars a year, the market's own rate (`rate_of`). times: int64[n], ns, the open of each
    row of the data, of a portfolio each stamp: what makes a row of the sums a date.
    """

    sums: Table
    initial: Floats
    bars: int
    periods: float
    times: Ints

    @property
    def ruined(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """bool[p]: whether the equity was 0 or less at a close."""
        found: np.ndarray[tuple[int], np.dtype[np.bool_]] = self.sums["ruined"] > 0
        return found


def rate_of(times: Ints) -> float:
    """How many of these stamps, int64[n] in ns, a year of 365 days has at their own rate, gaps and
    sessions included; 1 for a single one.
    """
    return float((times.size - 1) / ((times[-1] - times[0]) / YEAR)) if times.size > 1 else 1.0


def over(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient, NaN where the denominator is not above 0: a ratio without meaning is none."""
    safe = np.where(denominator > 0.0, denominator, 1.0)
    quotient: Floats = np.where(denominator > 0.0, numerator / safe, np.nan)
    return quotient

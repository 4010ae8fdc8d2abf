"""Macro series: a value a day, visible to a bar only once published."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.bars.dates import iso
from engine.errors import DataError
from engine.kernel import Floats, Ints
from engine.settings import Section, parameter

MOST_AGE = 2**62  # ns: longer than there are stamps, and an int64
Missing = Literal["ignore", "block", "error"]


class MacroSeries(Section):
    """One macro series: its file, its unit, when a value is known and when it is too old."""

    path: str = parameter(..., "CSV or Parquet file of date and value", scope="run")
    unit: str = parameter(..., "unit of the values, as in percent or index points")
    value_column: str | None = parameter(
        None, "column of the values; null takes value, close, or the only one there is"
    )
    date_format: str | None = parameter(
        None, "how dates are written that are not ISO-8601, as in %m/%d/%Y"
    )
    publication_lag_hours: float | None = parameter(
        None,
        "hours from the end of a value's UTC day to its publication; null is 0, for daily series",
        unit="hours",
        ge=0,
        le=100_000,
    )
    publication_column: str | None = parameter(
        None, "column of publication stamps, one a row, instead of the lag"
    )
    stale_after_periods: int = parameter(
        5, "a value is stale later than this after its publication", unit="periods", ge=1,
        le=100_000,
    )  # fmt: skip
    missing: Missing = parameter(
        "block", "what a missing or stale value means: ignore, block entries, or an error"
    )


@dataclass(frozen=True)
class Macro:
    """m values in order of date, then of publication.

    date: int64[m], 00:00 UTC of each value's day. published: int64[m], from when it is visible.
    value: float64[m], finite. period: the median step between dates. All in ns UTC.
    """

    source: str
    unit: str
    date: Ints
    published: Ints
    value: Floats
    period: int


@dataclass(frozen=True)
class Visible:
    """row: int64[n], the last value visible at each bar's close, -1 before any. stale: bool[n],
    whether that value is too old; false where there is none.
    """

    row: Ints
    stale: npt.NDArray[np.bool_]


def visible_values(macro: Macro, close_time: Ints, stale_after_periods: int) -> Visible:
    """Which value each bar may use: the newest date published at or before close_time[i].

    close_time: int64[n], ns UTC, in any order. A revision of an older date never displaces a newer
    one. A value is stale when its publication lies more than so many periods of the series before
    close_time[i].
    """
    order = np.argsort(macro.published, kind="stable")
    # Rows are in order of date: the newest date published so far is the largest row so far.
    newest = np.append(np.maximum.accumulate(order), -1)
    known = np.searchsorted(macro.published[order], close_time, side="right")
    row = newest[known - 1]
    age = close_time - macro.published[row]
    oldest = min(stale_after_periods * macro.period, MOST_AGE)
    return Visible(row, (row >= 0) & (age > oldest))


def blocked(
    macro: Macro, seen: Visible, close_time: Ints, missing: Missing
) -> npt.NDArray[np.bool_]:
    """bool[n]: bars at which a missing or stale value forbids entries, as `missing` says.

    Raises DataError for the first such bar when `missing` is error.
    """
    absent = (seen.row < 0) | seen.stale
    if missing == "error" and absent.any():
        bar = int(np.argmax(absent))
        row, at = int(seen.row[bar]), iso(int(close_time[bar]))
        last = f"the last is of {iso(int(macro.date[row]))[:10]}" if row >= 0 else "none is earlier"
        raise DataError(
            f"{macro.source}: no current value at {at}, {last}; expected one (missing: error)"
        )
    return absent if missing == "block" else np.zeros(absent.size, bool)

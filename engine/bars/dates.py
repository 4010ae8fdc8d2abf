"""Instants as text, and the rows that a range of dates selects."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np

from engine.bars.series import Bars
from engine.bars.timeframe import SECOND
from engine.errors import RangeError
from engine.kernel import Ints

DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?")


def iso(ns: int) -> str:
    """`2025-06-15T13:00:00Z` for ns since 1970 UTC; parts of a second are cut."""
    return f"{np.datetime64(int(ns), 'ns').astype('datetime64[s]')}Z"


def iso_all(times: Ints) -> list[str]:
    """`iso` of every element of int64[n]."""
    texts: list[str] = np.datetime_as_string(
        times.astype("datetime64[ns]"), unit="s", timezone="UTC"
    ).tolist()
    return texts


def bar_range(bars: Bars, start: str | None, end: str | None) -> tuple[int, int]:
    """The half-open rows [first, last) of the bars whose open_time is in the range.

    A date (`2025-06-15`) means its whole UTC day, a stamp (`2025-06-15T13:00:00Z`, UTC unless it
    has an offset) its instant; both ends are included. None is the edge of the data.

    Raises RangeError: text that is neither, start after end, a day that the data does not have, or
    no bar in the range.
    """
    first_day = int(bars.open_time[0]) // DAY * DAY
    day_after = (int(bars.open_time[-1]) // DAY + 1) * DAY
    lower = first_day if start is None else _span("start", start)[0]
    upper = day_after if end is None else _span("end", end)[1]
    if start is not None and end is not None and lower >= upper:
        raise RangeError(f"--start {start} is after --end {end}; expected start <= end")
    _refuse_outside(bars, "start", start, not first_day <= lower < day_after)
    _refuse_outside(bars, "end", end, not first_day < upper <= day_after)
    first, last = (int(row) for row in np.searchsorted(bars.open_time, [lower, upper]))
    if first == last:
        raise RangeError(_no_bar(bars, lower, upper, first))
    return first, last


def instant(option: str, text: str) -> int:
    """The first ns of a date or stamp, as `--OPTION` got it; raises RangeError for neither."""
    return _span(option, text)[0]


def _span(option: str, text: str) -> tuple[int, int]:
    """The half-open ns [from, to) that a date or a stamp stands for."""
    is_date = _DATE.fullmatch(text) is not None
    if not is_date and _STAMP.fullmatch(text) is None:
        raise RangeError(_not_a_date(option, text))
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise RangeError(_not_a_date(option, text)) from error
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    # Whole microseconds: total_seconds() would round.
    begin = (instant - _EPOCH) // timedelta(microseconds=1) * 1_000
    return begin, begin + (DAY if is_date else 1)


def _not_a_date(option: str, text: str) -> str:
    return (
        f"--{option} {text!r}: not a date; expected YYYY-MM-DD or an ISO-8601 stamp, "
        "as in 2025-06-15 or 2025-06-15T13:00:00Z"
    )


def _refuse_outside(bars: Bars, option: str, text: str | None, outside: bool) -> None:
    if text is None or not outside:
        return
    first, last = iso(int(bars.open_time[0])), iso(int(bars.open_time[-1]))
    before = _span(option, text)[0] < int(bars.open_time[0])
    nearest = first[:10] if before else last[:10]
    raise RangeError(
        f"--{option} {text}: outside the data, {bars.source} has {first} … {last}; "
        f"the nearest date is {nearest}"
    )


def _no_bar(bars: Bars, lower: int, upper: int, row: int) -> str:
    asked = f"{iso(lower)} <= open_time < {iso(upper)}"
    around = bars.open_time[max(row - 1, 0) : row + 1]
    return f"no bar with {asked} in {bars.source}; the nearest: {', '.join(iso_all(around))}"

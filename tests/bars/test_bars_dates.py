"""Ranges: dates are whole days, both ends count, and what does not fit names what would."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bars.dates import bar_range, iso, iso_all
from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.errors import RangeError

HOUR = 3_600 * 10**9
BARS = demo_bars(100)  # 2023-01-01T00:00Z … 2023-01-05T03:00Z


def without(bars: Bars, first: int, last: int) -> Bars:
    keep = np.r_[0:first, last : bars.size]
    names = ("open_time", "open", "high", "low", "close", "volume")
    return replace(bars, **{name: getattr(bars, name)[keep] for name in names})


@pytest.mark.parametrize(
    ("start", "end", "rows"),
    [
        (None, None, (0, 100)),
        ("2023-01-01", "2023-01-05", (0, 100)),
        ("2023-01-02", None, (24, 100)),
        (None, "2023-01-02", (0, 48)),
        ("2023-01-02", "2023-01-02", (24, 48)),
        ("2023-01-02T00:00:00Z", "2023-01-02T00:00:00Z", (24, 25)),
        ("2023-01-02T00:30Z", "2023-01-02T03:59:59Z", (25, 28)),
        ("2023-01-02 01:00", "2023-01-02 03:00", (25, 28)),
        ("2023-01-02T02:00:00+02:00", "2023-01-02T02:00:00+0200", (24, 25)),
        ("2023-01-02", "2023-01-02T05:00Z", (24, 30)),
        ("2023-01-05T03:00Z", "2023-01-05T23:59:59.999999Z", (99, 100)),
    ],
)
def test_rows_of_a_range(start: str | None, end: str | None, rows: tuple[int, int]) -> None:
    assert bar_range(BARS, start, end) == rows


REFUSED = [
    ("01.02.2023", None, "--start '01.02.2023': not a date; expected YYYY-MM-DD"),
    (None, "2023-02-30", "--end '2023-02-30': not a date"),
    ("20230102", None, "not a date"),
    ("2023-W01-1", None, "not a date"),
    ("2023-01-02T25:00Z", None, "not a date"),
    ("", None, "not a date"),
    (
        "2023-01-03",
        "2023-01-02",
        "--start 2023-01-03 is after --end 2023-01-02; expected start <= end",
    ),
    ("2023-01-02T02:00Z", "2023-01-02T01:00Z", "is after --end"),
    (
        "2022-12-31",
        None,
        "--start 2022-12-31: outside the data, DEMO has 2023-01-01T00:00:00Z … "
        "2023-01-05T03:00:00Z; the nearest date is 2023-01-01",
    ),
    ("2023-01-06", None, "the nearest date is 2023-01-05"),
    ("9999-12-31", None, "the nearest date is 2023-01-05"),
    (None, "2023-01-06", "--end 2023-01-06: outside the data, DEMO has"),
    (None, "2023-01-06T00:00Z", "the nearest date is 2023-01-05"),
    (None, "2022-12-31", "the nearest date is 2023-01-01"),
    (None, "0001-01-01", "the nearest date is 2023-01-01"),
    (
        "2023-01-02T00:01Z",
        "2023-01-02T00:59Z",
        "no bar with 2023-01-02T00:01:00Z <= open_time < 2023-01-02T00:59:00Z in DEMO; "
        "the nearest: 2023-01-02T00:00:00Z, 2023-01-02T01:00:00Z",
    ),
    ("2023-01-05T04:00Z", None, "no bar with"),
]


@pytest.mark.parametrize(("start", "end", "said"), REFUSED)
def test_what_does_not_fit_is_refused(start: str | None, end: str | None, said: str) -> None:
    with pytest.raises(RangeError) as caught:
        bar_range(BARS, start, end)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_day_inside_a_gap_has_no_bar() -> None:
    bars = without(BARS, 20, 60)
    with pytest.raises(RangeError, match="the nearest: 2023-01-01T19:00:00Z, 2023-01-03T12:00:00Z"):
        bar_range(bars, "2023-01-02", "2023-01-02")
    assert bar_range(bars, "2023-01-02", "2023-01-03") == (20, 32)


@settings(deadline=None)  # the first example may compile or load
@given(st.integers(0, 4), st.integers(0, 4))
def test_a_bar_is_in_range_by_its_open_time(first: int, days: int) -> None:
    last = min(first + days, 4)
    start, end = f"2023-01-0{first + 1}", f"2023-01-0{last + 1}"
    begin, stop = bar_range(BARS, start, end)
    inside = [row for row, text in enumerate(iso_all(BARS.open_time)) if start <= text[:10] <= end]
    assert list(range(begin, stop)) == inside


def test_iso() -> None:
    assert iso(1_749_992_400 * 10**9) == "2025-06-15T13:00:00Z"
    assert iso(-1) == "1969-12-31T23:59:59Z"
    assert iso_all(BARS.open_time[:2]) == ["2023-01-01T00:00:00Z", "2023-01-01T01:00:00Z"]
    assert iso_all(BARS.open_time[:0]) == []


@settings(deadline=None)  # the first example may compile or load
@given(st.lists(st.integers(-(2**61), 2**61), max_size=20))
def test_iso_all_is_iso(times: list[int]) -> None:
    assert iso_all(np.array(times, dtype=np.int64)) == [iso(each) for each in times]


def test_no_file_of_the_folder_loads_pandas_or_numba() -> None:
    folder = Path(__file__).resolve().parents[2] / "engine" / "bars"
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "import pandas" not in text and "import numba" not in text, path.name

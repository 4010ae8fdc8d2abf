"""The rules of a file of bars: each has a fixture that breaks it, and the first row is named."""

from dataclasses import replace

import numpy as np
import pytest

from engine.bars.checks import check, common_step
from engine.bars.series import Bars
from engine.errors import DataError

HOUR = 3_600 * 10**9
START = 1_735_689_600 * 10**9  # 2025-01-01T00:00Z


def good(size: int = 24) -> Bars:
    return Bars(
        asset="ETH",
        timeframe=HOUR,
        source="eth.csv",
        has_volume=True,
        open_time=START + HOUR * np.arange(size, dtype=np.int64),
        open=np.full(size, 101.5),
        high=np.full(size, 103.0),
        low=np.full(size, 101.0),
        close=np.full(size, 102.0),
        volume=np.full(size, 7.0),
    )


def broken(column: str, row: int, value: float) -> Bars:
    bars = good()
    values = getattr(bars, column).copy()
    values[row] = value
    return replace(bars, **{column: values})


def message(bars: Bars) -> str:
    with pytest.raises(DataError) as caught:
        check(bars, "FILE")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_good_bars_pass() -> None:
    for size in (1, 2, 3, 24):
        check(good(size), "FILE")


def test_no_rows() -> None:
    assert message(good(0)) == "FILE: no rows; expected at least one bar"


BLANK = "`barsieve data import --blank-volume zero|none` says what a blank one is"
VALUES = [
    ("high", 99.0, "high 99.0 is below low 101.0; expected low <= open, close <= high"),
    ("high", 101.25, "high 101.25 is below open 101.5; expected low <= open, close <= high"),
    ("high", 101.75, "high 101.75 is below close 102.0; expected low <= open, close <= high"),
    ("low", 101.75, "low 101.75 is above open 101.5; expected low <= open, close <= high"),
    ("close", 100.5, "low 101.0 is above close 100.5; expected low <= open, close <= high"),
    ("open", np.nan, "open is nan; expected a finite number"),
    ("high", np.inf, "high is inf; expected a finite number"),
    ("low", -np.inf, "low is -inf; expected a finite number"),
    ("close", np.nan, "close is nan; expected a finite number"),
    ("volume", np.nan, f"volume is nan; expected a finite number; {BLANK}"),
    ("volume", np.inf, "volume is inf; expected a finite number"),
    ("volume", -1.0, "volume -1.0 is negative; expected volume >= 0"),
    ("low", 0.0, "low 0.0 is not positive; expected low > 0"),
    ("open", -5.0, "open -5.0 is not positive; expected open > 0"),
]


@pytest.mark.parametrize(("column", "value", "said"), VALUES)
@pytest.mark.parametrize("row", [0, 3, 23])
def test_a_bad_value_is_named(column: str, value: float, said: str, row: int) -> None:
    stamp = np.datetime_as_string(np.datetime64(START + row * HOUR, "ns"), unit="s")
    assert message(broken(column, row, value)) == f"FILE: row {row + 1} ({stamp}Z): {said}"


TIMES = {
    "duplicate": ([0, 1, 1, 2], "row 3 (2025-01-01T01:00:00Z): duplicate stamp, the same as row 2"),
    "block twice": (
        [0, 1, 2, 0, 1, 2],
        "row 4 (2025-01-01T00:00:00Z): duplicate stamp, the same as row 1",
    ),
    "unsorted": (
        [0, 2, 1, 3],
        "row 3 (2025-01-01T01:00:00Z): unsorted, before row 2; expected a stamp after",
    ),
    "newest first": ([3, 2, 1, 0], "(the file is newest first: sort it)"),
    "half hours": (
        [0, 0.5, 1, 1.5],
        "row 2 (2025-01-01T00:30:00Z): 30m after row 1; expected at least 1h; "
        "the file looks like 30m bars; set timeframe to 30m",
    ),
    "one short": (
        [0, 1, 2, 2.5, 3.5],
        "row 4 (2025-01-01T02:30:00Z): 30m after row 3; expected at least 1h",
    ),
    "four hours": ([0, 4, 8, 12], "FILE: the file looks like 4h bars; set timeframe to 4h, not 1h"),
    "days": ([0, 24, 48], "FILE: the file looks like 1d bars; set timeframe to 1d, not 1h"),
}


@pytest.mark.parametrize(("hours", "said"), TIMES.values(), ids=TIMES)
def test_bad_stamps_are_told_apart(hours: list[float], said: str) -> None:
    times = START + (np.array(hours) * HOUR).astype(np.int64)
    assert said in message(replace(good(len(hours)), open_time=times))


@pytest.mark.parametrize("hours", [[0], [0, 4], [0, 1, 5, 6], [0, 1, 2.5, 3.5]])
def test_gaps_pass(hours: list[float]) -> None:
    times = START + (np.array(hours) * HOUR).astype(np.int64)
    check(replace(good(len(hours)), open_time=times), "FILE")


def test_the_first_row_over_all_rules_is_named() -> None:
    times = good().open_time.copy()
    times[20] = times[19]
    assert "row 21 " in message(replace(good(), open_time=times))
    assert "row 5 " in message(replace(broken("volume", 4, -1.0), open_time=times))
    assert "row 21 " in message(replace(broken("volume", 22, -1.0), open_time=times))


def test_the_most_common_step_of_equals_is_the_shortest() -> None:
    times = START + HOUR * np.array([0, 5, 6, 11, 12])
    assert common_step(replace(good(5), open_time=times)) == HOUR
    assert common_step(good(1)) == 0

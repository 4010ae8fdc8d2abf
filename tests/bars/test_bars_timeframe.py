"""Timeframes: names are lengths and back."""

import pytest

from engine.bars.timeframe import nanoseconds, timeframe_name
from engine.errors import SettingsError


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("1m", 60), ("30m", 1_800), ("1h", 3_600), ("4h", 14_400), ("1d", 86_400), ("1w", 604_800)],
)
def test_names_are_lengths_and_back(name: str, seconds: int) -> None:
    assert nanoseconds(name) == seconds * 10**9
    assert timeframe_name(seconds * 10**9) == name


def test_the_shortest_name_is_given() -> None:
    assert timeframe_name(nanoseconds("60m")) == "1h" and timeframe_name(nanoseconds("7d")) == "1w"
    assert timeframe_name(90 * 60 * 10**9) == "90m" and timeframe_name(15 * 10**9) == "15s"


@pytest.mark.parametrize(
    "name", ["", "h", "0h", "01h", "1H", "1M", "-1h", "1.5h", "1h ", "60min", "99999w"]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="expected a number and m, h, d or w"):
        nanoseconds(name)

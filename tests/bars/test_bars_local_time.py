"""Local hours and weekdays: equal to zoneinfo, also where the clocks change."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bars.local_time import local_hour_and_weekday
from engine.errors import SettingsError

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Etc/GMT+5",
]
SECOND = 10**9


def twin(seconds: int, tz: str) -> tuple[int, int]:
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(ZoneInfo(tz))
    return local.hour, local.weekday()


def assert_equal_to_the_twin(seconds: list[int], tz: str) -> None:
    hours, weekdays = local_hour_and_weekday(np.array(seconds, dtype=np.int64) * SECOND, tz)
    assert list(zip(hours.tolist(), weekdays.tolist(), strict=True)) == [
        twin(each, tz) for each in seconds
    ]


@settings(deadline=None)  # the first example may compile or load
@given(st.lists(st.integers(-300_000_000, 2_500_000_000), max_size=20), st.sampled_from(ZONES))
def test_random_instants(seconds: list[int], tz: str) -> None:
    # At most a few years apart: sampling whole centuries is slow and proves no more.
    first = seconds[0] if seconds else 0
    assert_equal_to_the_twin([first + (each - first) % 100_000_000 for each in seconds], tz)


CHANGES = [
    ("America/New_York", "2025-03-09T07:00:00"),
    ("America/New_York", "2025-11-02T06:00:00"),
    ("Europe/Berlin", "2025-03-30T01:00:00"),
    ("Europe/Berlin", "2025-10-26T01:00:00"),
    ("Australia/Lord_Howe", "2025-04-05T15:00:00"),
    ("Australia/Lord_Howe", "2025-10-04T15:30:00"),
]


@pytest.mark.parametrize(("tz", "change"), CHANGES)
def test_exact_where_the_clocks_change(tz: str, change: str) -> None:
    second = int(datetime.fromisoformat(change).replace(tzinfo=UTC).timestamp())
    assert ZoneInfo(tz).utcoffset(datetime.fromtimestamp(second, ZoneInfo(tz))) != ZoneInfo(
        tz
    ).utcoffset(datetime.fromtimestamp(second - 1, ZoneInfo(tz)))
    near = [second + step for step in (-7_200, -3_600, -1_800, -1, 0, 1, 1_800, 3_600, 86_400)]
    assert_equal_to_the_twin(near, tz)
    for only in near:
        assert_equal_to_the_twin([only], tz)


@pytest.mark.parametrize("tz", ZONES[:4])
def test_every_hour_of_three_years(tz: str) -> None:
    assert_equal_to_the_twin([1_672_531_200 + 3_600 * each for each in range(26_304)], tz)


def test_parts_of_a_second_belong_to_their_second() -> None:
    hours, _ = local_hour_and_weekday(np.array([3_600 * SECOND - 1, -1]), "UTC")
    assert hours.tolist() == [0, 23]


def test_none_and_any_order() -> None:
    assert local_hour_and_weekday(np.zeros(0, dtype=np.int64), "Europe/Berlin")[0].size == 0
    assert_equal_to_the_twin([1_760_000_000, 1_700_000_000, 1_740_000_000], "Europe/Berlin")


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"did you mean America/New_York\?"):
        local_hour_and_weekday(np.zeros(1, dtype=np.int64), "America/NewYork")


def test_fast() -> None:
    instants = (1_000_000_000 + 3_600 * np.arange(200_000, dtype=np.int64)) * SECOND
    begin = time.perf_counter()
    local_hour_and_weekday(instants, "America/New_York")
    assert time.perf_counter() - begin < 0.5

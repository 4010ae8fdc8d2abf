"""Higher timeframes: equal to a plain twin, and never ahead of the clock."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bars.dates import iso
from engine.bars.demo import demo_bars
from engine.bars.higher import HigherBars, higher
from engine.bars.locate import anchor_ns
from engine.bars.reader import read_bars
from engine.bars.series import Bars
from engine.errors import SettingsError

HOUR = 3_600 * 10**9
START = 1_735_689_600 * 10**9  # 2025-01-01T00:00Z, a Wednesday


def gapped(hours: list[int], seed: int = 0) -> Bars:
    """Bars at the given hours after START, values random."""
    size = len(hours)
    random = np.random.default_rng(seed)
    low = 100 + random.random(size)
    open_, close = low + random.random(size), low + random.random(size)
    return Bars(
        asset="X",
        timeframe=HOUR,
        source="X",
        has_volume=True,
        open_time=START + HOUR * np.array(hours, dtype=np.int64),
        open=open_,
        high=np.maximum(open_, close) + random.random(size),
        low=low,
        close=close,
        volume=random.random(size) * 1e3,
    )


def first_rows(bars: Bars, n: int) -> Bars:
    names = ("open_time", "open", "high", "low", "close", "volume")
    return replace(bars, **{name: getattr(bars, name)[:n].copy() for name in names})


def twin(bars: Bars, length: int, anchor: int) -> tuple[list[tuple[float, ...]], list[int]]:
    """Buckets and visible rows by the definition, one at a time."""
    starts = [anchor + (int(each) - anchor) // length * length for each in bars.open_time]
    kept = sorted(set(starts))
    if starts and starts[0] != bars.open_time[0]:
        kept.remove(starts[0])
    rows: list[tuple[float, ...]] = []
    for start in kept:
        inside = [i for i, each in enumerate(starts) if each == start]
        volume = 0.0
        for i in inside:
            volume += float(bars.volume[i])
        high, low = max(bars.high[i] for i in inside), min(bars.low[i] for i in inside)
        rows.append((start, bars.open[inside[0]], high, low, bars.close[inside[-1]], volume))
    closes = [int(each) + bars.timeframe for each in bars.open_time]
    return rows, [sum(start + length <= close for start in kept) - 1 for close in closes]


def as_rows(bars: HigherBars) -> list[tuple[float, ...]]:
    return list(zip(*(array.tolist() for array in bars.arrays()), strict=True))


hours = st.lists(st.integers(0, 200), min_size=1, max_size=60, unique=True).map(sorted)
lengths = st.sampled_from([1, 2, 3, 4, 7, 12, 24, 168])
anchors = st.integers(-30, 30).map(lambda half_hours: half_hours * HOUR // 2)


@settings(deadline=None)  # the first example may compile or load
@given(hours, lengths, anchors, st.integers(0, 9))
def test_equal_to_the_twin(hours: list[int], length: int, anchor: int, seed: int) -> None:
    bars = gapped(hours, seed)
    made = higher(bars, length * HOUR, anchor)
    rows, visible = twin(bars, length * HOUR, anchor)
    assert as_rows(made) == rows
    assert made.visible.tolist() == visible
    assert made.close_time.tolist() == [row[0] + length * HOUR for row in rows]


def seen(bars: HigherBars, row: int) -> list[tuple[float, ...]]:
    return as_rows(bars)[: bars.visible[row] + 1]


@settings(deadline=None)  # the first example may compile or load
@given(hours, lengths, anchors, st.data())
def test_cutting_the_future_changes_nothing_seen(
    hours: list[int], length: int, anchor: int, data: st.DataObject
) -> None:
    bars = gapped(hours)
    n = data.draw(st.integers(1, bars.size))
    whole, cut = (higher(each, length * HOUR, anchor) for each in (bars, first_rows(bars, n)))
    assert np.array_equal(whole.visible[:n], cut.visible)
    assert seen(whole, n - 1) == seen(cut, n - 1)


@settings(deadline=None)  # the first example may compile or load
@given(hours, lengths, anchors, st.data())
def test_a_poisoned_future_is_not_seen(
    hours: list[int], length: int, anchor: int, data: st.DataObject
) -> None:
    bars = gapped(hours)
    row = data.draw(st.integers(0, bars.size - 1))
    poisoned = {}
    for name in ("open", "high", "low", "close", "volume"):
        poisoned[name] = getattr(bars, name).copy()
        poisoned[name][row + 1 :] = np.nan
    made = higher(replace(bars, **poisoned), length * HOUR, anchor)
    assert seen(made, row) == seen(higher(bars, length * HOUR, anchor), row)


def test_a_label_taken_for_a_close_would_be_caught() -> None:
    bars = gapped(list(range(24)))
    made = higher(bars, 4 * HOUR, 0)
    leaking = np.searchsorted(made.open_time, bars.open_time, side="right") - 1
    cut = higher(first_rows(bars, 6), 4 * HOUR, 0)
    assert as_rows(made)[: leaking[5] + 1] != as_rows(cut)[: leaking[5] + 1]
    assert np.all(leaking >= made.visible) and np.any(leaking > made.visible)


def test_edges_of_four_hours() -> None:
    made = higher(gapped(list(range(9))), 4 * HOUR, 0)
    assert made.visible.tolist() == [-1, -1, -1, 0, 0, 0, 0, 1, 1]
    assert made.size == 3  # the third is still forming and nobody sees it


def test_missing_last_bars_do_not_delay_a_bucket() -> None:
    made = higher(gapped([0, 1, 5, 6, 12]), 4 * HOUR, 0)
    assert made.visible.tolist() == [-1, -1, 0, 0, 1]
    assert made.open_time.tolist() == [START, START + 4 * HOUR, START + 12 * HOUR]


def test_a_first_bucket_begun_elsewhere_does_not_count() -> None:
    made = higher(gapped(list(range(1, 9))), 4 * HOUR, 0)
    assert made.open_time[0] == START + 4 * HOUR
    assert higher(gapped([1, 2]), 4 * HOUR, 0).size == 0


def test_an_anchor_moves_the_day() -> None:
    made = higher(gapped(list(range(48))), 24 * HOUR, anchor_ns("+02:00"))
    assert iso(int(made.open_time[0])) == "2025-01-01T22:00:00Z"
    assert made.visible[44] == -1 and made.visible[45] == 0


def test_weeks_start_on_monday() -> None:
    made = higher(gapped(list(range(400))), 168 * HOUR, anchor_ns("+00:00"))
    assert iso(int(made.open_time[0])) == "2025-01-06T00:00:00Z"


def test_the_same_length_is_the_base() -> None:
    bars = demo_bars(50)
    made = higher(bars, HOUR, 0)
    assert np.array_equal(made.visible, np.arange(50))
    for own, base in zip(made.arrays(), bars.arrays(), strict=True):
        assert np.array_equal(own, base)
        assert not own.flags.writeable and own.flags.c_contiguous


@pytest.mark.parametrize("length", [HOUR // 2, HOUR * 3 // 2])
def test_a_length_that_the_timeframe_does_not_divide(length: int) -> None:
    with pytest.raises(SettingsError, match=r"timeframe \d+m is no multiple of 1h"):
        higher(demo_bars(5), length, 0)


@pytest.mark.parametrize("length", [4, 24])
def test_real_bars(shared_data: Path, length: int) -> None:
    path = shared_data / "bars" / "ETHUSDT_binance_perp_1h.parquet"
    bars, _ = read_bars(path, "ETH", "1h", "open")
    made = higher(bars, length * HOUR, 0)
    assert np.all(made.close_time[made.visible[length - 1 :]] <= bars.close_time[length - 1 :])
    for n in (1_000 * length - 1, 1_000 * length, 1_000 * length + 1):
        cut = higher(first_rows(bars, n), length * HOUR, 0)
        assert cut.visible[-1] == n // length - 1
        assert seen(made, n - 1) == seen(cut, n - 1)
    inside = slice(7 * length, 8 * length)
    assert made.high[7] == bars.high[inside].max() and made.low[7] == bars.low[inside].min()
    assert made.open[7] == bars.open[inside][0] and made.close[7] == bars.close[inside][-1]


def test_half_hours_make_the_hours_of_the_same_exchange(shared_data: Path) -> None:
    folder = shared_data / "bars"
    half_hours, _ = read_bars(folder / "ETHUSDT_binance_perp_30m.parquet", "ETH", "30m", "open")
    hours, _ = read_bars(folder / "ETHUSDT_binance_perp_1h.parquet", "ETH", "1h", "open")
    made, year = higher(half_hours, HOUR, 0), slice(0, 7_000)  # 2023, before the known differences
    assert np.array_equal(made.open_time[year], hours.open_time[year])
    assert np.array_equal(made.high[year], hours.high[year])
    assert np.array_equal(made.close[year], hours.close[year])

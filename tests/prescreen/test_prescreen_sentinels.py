"""The five sentinels on hand-made bars: an event fires, everything else does not."""

from dataclasses import replace

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.features.columns import Columns, compute
from engine.prescreen.sentinels import SENTINELS, active_sentinels, fire

HOUR = 3_600 * 10**9
NAN = float("nan")

BY_NAME = {each.name: each for each in SENTINELS}


def bars_of(close, volume=None, clock=None):
    close = np.array(close, dtype=np.float64)
    clock = np.arange(close.size) if clock is None else np.array(clock)
    volume = np.ones(close.size) if volume is None else np.array(volume, dtype=np.float64)
    times = clock.astype(np.int64) * HOUR
    return Bars(
        "T", HOUR, "T", True, times, close.copy(), close.copy(), close.copy(), close, volume
    )


def fired(name, bars, values):
    """Rows at which the sentinel fires, its columns given by hand."""
    arrays = {key: np.array(value, dtype=np.float64) for key, value in values.items()}
    columns = Columns(tuple(arrays), 0, arrays)
    return np.flatnonzero(fire(BY_NAME[name], bars, columns)).tolist()


@pytest.mark.parametrize("window", [20, 50])
@pytest.mark.parametrize(
    ("close", "average", "rows"),
    [
        ([9, 11, 12], [10, 10, 10], [1]),  # up
        ([11, 9, 8], [10, 10, 10], [1]),  # down
        ([11, 12, 11], [10, 10, 10], []),  # stays above
        ([9, 8, 9], [10, 10, 10], []),  # stays below
        ([10, 11, 10], [10, 10, 10], [1]),  # from the line up; onto the line is not through it
        ([10, 9, 10], [10, 10, 10], [1]),
        ([10, 10, 10], [10, 10, 10], []),
        ([9, 10, 11], [10, 10, 10], [2]),  # through the line in two steps fires once
        ([9, 9, 9], [8, 10, 8], [1, 2]),  # the average moves, not the price
        ([9, 11, 9], [NAN, 10, 10], [2]),  # the first valid bar fires nothing
        ([9, 11, 9], [NAN, NAN, NAN], []),
    ],
)
def test_average_cross(window, close, average, rows):
    assert fired(f"sma{window}_cross", bars_of(close), {f"sma_{window}": average}) == rows


@pytest.mark.parametrize(
    ("rank", "rows"),
    [
        ([0.7, 0.8, 0.9], [1]),
        ([0.8, 0.7, 0.6], [1]),
        ([0.75, 0.8, 0.75], [1]),
        ([0.75, 0.7, 0.75], [1]),
        ([0.8, 0.9, 0.76], []),
        ([0.1, 0.5, 0.75], []),
        ([NAN, 0.8, 0.7], [2]),
        ([NAN, NAN, NAN], []),
    ],
)
def test_atr_regime_change(rank, rows):
    assert fired("atr_regime_change", bars_of([1, 1, 1]), {"atr_rank_100": rank}) == rows


@pytest.mark.parametrize(
    ("volume", "mean", "std", "rows"),
    [
        ([1, 14.1, 14], [10, 10, 10], [2, 2, 2], [1]),  # 10 + 2 · 2, strictly above
        ([1, 99, 99], [10, 10, 10], [0, 0, 0], []),  # no deviation: no scale to judge by
        ([1, 99, 99], [NAN, 10, 10], [NAN, 2, 2], [2]),  # the first valid bar fires nothing
        ([99, 99, 99], [NAN, NAN, NAN], [NAN, NAN, NAN], []),
    ],
)
def test_volume_spike(volume, mean, std, rows):
    columns = {"volume_mean_20": mean, "volume_std_20": std}
    assert fired("volume_spike", bars_of([1, 1, 1], volume), columns) == rows


def test_volume_spike_compares_with_the_20_volumes_before():
    """1 and 3 in turn: mean 2, deviation 1. The spike itself is not part of its own yardstick."""
    volume = np.array([1.0, 3.0] * 10 + [1.0, 4.01, 2.0, 3.99])
    bars = bars_of(np.ones(volume.size), volume)
    columns = compute(bars, BY_NAME["volume_spike"].columns)
    assert np.flatnonzero(fire(BY_NAME["volume_spike"], bars, columns)).tolist() == [21]
    early = bars_of(np.ones(22), np.r_[volume[:20], 50.0, 1.0])
    columns = compute(early, BY_NAME["volume_spike"].columns)
    assert not fire(BY_NAME["volume_spike"], early, columns).any()  # row 20 is the first valid one


def test_session_break():
    """More than two timeframes since the bar before; exactly two is a missing bar, no break."""
    bars = bars_of([1] * 6, clock=[0, 1, 3, 6, 7, 100])
    columns = compute(bars, ["bars_since_previous"])
    found = np.flatnonzero(fire(BY_NAME["session_break"], bars, columns)).tolist()
    assert found == [3, 5]


@pytest.mark.parametrize("sentinel", SENTINELS, ids=lambda each: each.name)
def test_every_sentinel_fires_sometimes_on_a_market_and_never_first(sentinel):
    bars = demo_bars(2_000)
    times = bars.open_time.copy()
    times[1_000:] += 5 * HOUR
    bars = replace(bars, open_time=times)
    columns = compute(bars, sentinel.columns)
    found = fire(sentinel, bars, columns)
    assert 0 < found.sum() < 400
    assert not found[: columns.warmup + 1].any()
    assert found.dtype == np.uint8 and set(np.unique(found).tolist()) <= {0, 1}


def test_the_selection_is_in_catalogue_order_and_drops_what_has_no_volume():
    names = ("volume_spike", "sma20_cross")
    assert [each.name for each in active_sentinels(names, True)] == ["sma20_cross", "volume_spike"]
    assert [each.name for each in active_sentinels(names, False)] == ["sma20_cross"]
    assert active_sentinels((), True) == []

"""The hour of the week and the echo of old returns, by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from feature_laws import chunk_law, poison_law, prefix_law
from feature_markets import HOUR, START, demo, gaps, market
from pattern_markets import edges

from engine.features.catalogue import COLUMNS, FEATURES
from engine.features.columns import compute
from engine.features.feature import run

SEASON, ECHO = FEATURES["season_168"], FEATURES["echo_30"]
NAMES = ["season_168@1h", "echo_30@1d", "echo_60@1d", "echo_90@1d"]


def season(clock, close, atr=1.0):
    return run(SEASON, arrays(clock, close, np.full(len(close), atr)))


def arrays(*columns):
    kinds = [np.int64] + [np.float64] * (len(columns) - 1)
    return [np.array(each, dtype=kind) for each, kind in zip(columns, kinds, strict=True)]


def test_nothing_is_known_in_the_first_week():
    assert season(range(168), 100.0 + np.arange(168) % 5).tolist()[:167] == [0.0] * 167


def test_a_slot_that_always_rises():
    # One step up when the clock is 10 past a week, else still.
    clock = np.arange(168 * 5)
    close = 100.0 + np.cumsum(clock % 168 == 10)
    values = season(clock, close)
    ahead = (clock + 1) % 168 == 10
    assert values[ahead].tolist() == [n / (n + 12.0) for n in range(5)]
    assert not values[~ahead].any()


def test_a_slot_that_rises_and_falls():
    clock = np.arange(168 * 4)
    steps = np.where(clock % 168 == 10, np.where(clock < 168 * 2, 2.0, -1.0), 0.0)
    values = season(clock, 100.0 + np.cumsum(steps))
    assert values[168 * 3 + 9] == (2.0 + 2.0 - 1.0) / 5.0 * 3.0 / 15.0


def test_a_move_across_missing_bars_belongs_to_no_slot():
    clock = np.delete(np.arange(400), [20, 21])
    steps = np.where(clock == 22, 5.0, 0.0)
    assert not season(clock, 100.0 + np.cumsum(steps)).any()


def test_the_clock_is_the_hour_of_the_week_in_utc():
    # The market rises only in the hour from Monday 09:00.
    stamps = [datetime.fromtimestamp((START + k * HOUR) / 1e9, UTC) for k in range(3_000)]
    monday_nine = np.array([(each.weekday(), each.hour) == (0, 9) for each in stamps])
    bars = market(1_000.0 + 9.0 * np.cumsum(monday_nine), np.random.default_rng(0))
    values = compute(bars, ["season_168@1h"])["season_168@1h"]
    ahead = np.roll(monday_nine, -1)
    assert (values[ahead][3:] > 0.15).all()
    assert not values[20:][~ahead[20:]].any()


def test_nan_while_the_atr_is():
    values = run(SEASON, arrays(range(4), [1, 2, 3, 4], [np.nan, np.nan, 1, 1]))
    assert np.isnan(values).tolist() == [True, True, False, False]


def echo(close, atr=None, **constants):
    feature = replace(ECHO, constants=(constants["lag"], constants["window"]))
    atr = np.ones(len(close)) if atr is None else atr
    return run(feature, [np.array(close, dtype=np.float64), np.array(atr, dtype=np.float64)])


def test_a_market_that_repeats_itself():
    steps = np.array([3.0, -1.0, 0.5, -2.0] * 12)
    values = echo(100.0 + np.cumsum(steps), lag=4, window=16)
    assert np.isnan(values).tolist() == [True] * 20 + [False] * 28
    ahead = np.roll(steps, -1)
    want = ahead / (1.0 + np.abs(ahead))
    np.testing.assert_allclose(values[20:-1], want[20:-1], rtol=1e-12)


def test_a_market_that_does_the_opposite():
    steps = np.array([3.0, -1.0, -3.0, 1.0] * 12)  # two rows later the opposite
    values = echo(100.0 + np.cumsum(steps), lag=2, window=16)
    ahead = np.roll(steps, -1)
    assert (np.sign(values[20:-1]) == np.sign(ahead[20:-1])).all()


def test_a_market_that_stands_still():
    assert echo([5.0] * 30, atr=[0.0] * 30, lag=4, window=16)[20:].tolist() == [0.0] * 10


@pytest.mark.parametrize("name", NAMES)
def test_prefix_and_poison_on_base_rows(name):
    for bars in (demo(9_000), gaps(9_000)):
        rows = [5_500, *edges(bars)[::3]]
        prefix_law(COLUMNS, name, bars, rows)
        poison_law(COLUMNS, name, bars, rows[:3])


def test_daily_echo_in_chunks():
    bars = demo(600)
    for name in ("echo_30", "echo_60", "echo_90"):
        chunk_law(COLUMNS, name, bars, [1, 100, 210, 211, 300, 301])

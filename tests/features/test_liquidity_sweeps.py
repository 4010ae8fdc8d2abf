"""Pools and sweeps on drawn bars: each rule holds at its threshold and fails just beyond it."""

from dataclasses import replace

import numpy as np
import pytest
from feature_markets import market, read
from pattern_laws import inputs, play

from engine.features.catalogue import PATTERNS
from engine.features.columns import compute
from engine.features.pattern import AGED, BIRTH, VIOLATED
from engine.features.patterns.liquidity import EXTREME_SWEEP, POOL, POOL_SWEEP, SWING, SweepSettings

SWEEP = PATTERNS["sweep"]
ROWS = 40
FLIP = {  # what an input becomes when prices are mirrored about 100
    "high": "low",
    "swing_high": "swing_low",
    "swing_high_age": "swing_low_age",
    "lower_wick_share": "upper_wick_share",
    "high_50": "low_50",
}
PRICES = {"high", "low", "close", "swing_high", "swing_low", "high_50", "low_50"}


class Drawing:
    """Quiet bars from 99 to 101 around 100, ATR 1, and what is drawn into them."""

    def __init__(self):
        quiet = {
            **{"high": 101.0, "low": 99.0, "close": 100.0, "swing_high": np.nan},
            **{"swing_high_age": np.nan, "swing_low": np.nan, "swing_low_age": np.nan},
            **{"lower_wick_share": 0.0, "upper_wick_share": 0.0, "volume_z_20": 0.0},
            **{"high_50": 150.0, "low_50": 50.0, "atr_wilder_14": 1.0},
        }
        self.columns = {name: np.full(ROWS, quiet[name]) for name in SWEEP.inputs}

    def swing_low(self, row, price):
        self.columns["swing_low"][row:] = price
        self.columns["swing_low_age"][row:] = 5.0 + np.arange(ROWS - row)
        return self

    def bar(self, row, low, close, wick=0.6, z=1.5):
        """A bar with a long lower wick."""
        for name, value in (("low", low), ("close", close), ("lower_wick_share", wick)):
            self.columns[name][row] = value
        self.columns["volume_z_20"][row] = z
        return self

    def extreme(self, until, price):
        """The lowest low of the 50 rows up to row `until`."""
        self.columns["low_50"][: until + 1] = price
        return self

    def mirrored(self):
        back = {new: old for old, new in FLIP.items()}
        other = Drawing()
        for name, values in self.columns.items():
            turned = 200.0 - values if name in PRICES else values
            other.columns[FLIP.get(name, back.get(name, name))] = turned
        return other

    def play(self, **settings):
        arrays = [self.columns[name].copy() for name in SWEEP.inputs]
        for array in arrays:
            array.flags.writeable = False
        return play(SWEEP, arrays, SweepSettings(**settings))


def births(played, *kinds):
    lines = [line for line in played.stream if line["why"] == BIRTH and line["kind"] in kinds]
    return [(int(line["row"]), int(line["kind"]), float(line["low"])) for line in lines]


def sides(played):
    return {int(line["side"]) for line in played.stream}


def pool_at_98():
    return Drawing().swing_low(8, 98.0).swing_low(15, 98.125)


def test_two_equal_lows_are_a_pool_when_the_second_is_confirmed():
    played = pool_at_98().play()
    assert births(played, SWING) == [(8, SWING, 98.0)]
    assert births(played, POOL) == [(15, POOL, 98.0)]
    pool = played.stream[played.stream["kind"] == POOL][0]
    assert (pool["high"], pool["strength"], pool["side"]) == (98.125, 0.5, 1)
    assert not played.votes.any()  # a level alone does not vote


def test_the_level_is_the_more_extreme_of_the_two():
    assert births(Drawing().swing_low(8, 98.125).swing_low(15, 98.0).play(), POOL) == [
        (15, POOL, 98.0)
    ]


def test_lows_a_fifth_of_an_atr_apart_are_no_pool():
    drawing = Drawing().swing_low(8, 98.0).swing_low(15, 98.2)
    assert births(drawing.play(), POOL) == []
    assert births(drawing.play(equal_atr=0.25), POOL) == [(15, POOL, 98.0)]
    drawing = Drawing().swing_low(8, 98.0).swing_low(15, 98.25)
    assert births(drawing.play(equal_atr=0.25), POOL) == [(15, POOL, 98.0)]


def test_a_swing_between_does_not_part_two_equal_ones():
    drawing = Drawing().swing_low(4, 98.0).swing_low(9, 98.75).swing_low(15, 98.0)
    assert births(drawing.play(), POOL) == [(15, POOL, 98.0)]


def test_a_close_beyond_the_first_low_parts_them():
    drawing = pool_at_98()
    drawing.columns["close"][11] = 97.875
    assert births(drawing.play(), POOL) == []
    drawing.columns["close"][11] = 98.0
    assert births(drawing.play(), POOL) == [(15, POOL, 98.0)]


def test_a_third_equal_low_makes_a_stronger_pool():
    played = pool_at_98().swing_low(20, 98.0).play()
    pools = [line for line in played.stream if line["kind"] == POOL]
    assert [float(line["strength"]) for line in pools] == [0.5, 2.0 / 3.0]


def test_pools_end_by_a_close_beyond_or_by_age():
    drawing = pool_at_98()
    drawing.columns["close"][20] = 97.9
    ends = [line for line in drawing.play().stream if line["kind"] == POOL][1:]
    assert [(int(line["row"]), line["why"]) for line in ends] == [(20, VIOLATED)]
    ends = [line for line in pool_at_98().play(level_age_bars=10).stream if line["kind"] == POOL][
        1:
    ]
    assert [(int(line["row"]), line["why"]) for line in ends] == [(26, AGED)]


def test_a_sweep_of_a_pool_of_lows_votes_long_and_fades():
    played = pool_at_98().bar(20, low=97.0, close=99.0).play()
    assert births(played, POOL_SWEEP, EXTREME_SWEEP) == [(20, POOL_SWEEP, 97.0)]
    wick = 0.6 * (101.0 - 97.0)
    strength = wick / (wick + 1.0)
    want = [strength / (1.0 + age / 4.0) for age in range(13)]
    assert played.votes[20:33].tolist() == want
    assert not played.votes[:20].any()
    assert not played.votes[33:].any()  # forgotten after max_age_bars


def test_a_sweep_ends_with_a_close_beyond_it():
    drawing = pool_at_98().bar(20, low=97.0, close=99.0)
    drawing.columns["close"][23] = 96.9
    played = drawing.play()
    assert played.votes[22] > 0.0
    assert not played.votes[23:].any()


NO_SWEEPS = {
    "the close stays outside": {"close": 97.9},
    "the close is on the level": {"close": 98.0},
    "the level is only touched": {"low": 98.0},
    "the wick is too small": {"wick": 0.49},
    "the volume is too low": {"z": 0.99},
}


@pytest.mark.parametrize("what", NO_SWEEPS)
@pytest.mark.parametrize("turned", [False, True])
def test_near_misses_of_a_pool(what, turned):
    bar = {"low": 97.0, "close": 99.0, "wick": 0.5, "z": 1.0}
    drawings = [pool_at_98().bar(20, **each) for each in (bar, bar | NO_SWEEPS[what])]
    hit, miss = ((each.mirrored() if turned else each).play() for each in drawings)
    assert len(births(hit, POOL_SWEEP)) == 1
    assert births(miss, POOL_SWEEP) == []
    assert not miss.votes.any()


@pytest.mark.parametrize("what", NO_SWEEPS)
@pytest.mark.parametrize("turned", [False, True])
def test_near_misses_of_the_old_extreme(what, turned):
    bar = {"low": 97.0, "close": 99.0, "wick": 0.5, "z": 1.0}
    misses = (bar, bar | NO_SWEEPS[what])
    drawings = [Drawing().extreme(19, 98.0).bar(20, **each) for each in misses]
    hit, miss = ((each.mirrored() if turned else each).play() for each in drawings)
    assert len(births(hit, EXTREME_SWEEP)) == 1
    assert births(miss, EXTREME_SWEEP) == []


def test_the_old_extreme_does_not_know_the_bar_itself():
    # With low_50 of row 20, which holds row 20's own low, nothing could ever be beyond it.
    drawing = Drawing().extreme(19, 98.0).bar(20, low=97.0, close=99.0)
    drawing.columns["low_50"][20:] = 97.0
    assert births(drawing.play(), EXTREME_SWEEP) == [(20, EXTREME_SWEEP, 97.0)]


def test_a_single_swing_is_no_pool_to_sweep():
    assert births(Drawing().swing_low(8, 98.0).bar(20, 97.0, 99.0).play(), POOL_SWEEP) == []


def test_the_longer_wick_decides_and_equal_ones_do_not():
    drawing = pool_at_98().bar(20, low=97.0, close=99.0, wick=0.5)
    drawing.columns["upper_wick_share"][20] = 0.5
    assert births(drawing.play(), POOL_SWEEP) == []
    drawing.columns["upper_wick_share"][20] = 0.4375
    assert len(births(drawing.play(), POOL_SWEEP)) == 1


def test_the_deepest_pool_and_the_old_extreme_are_swept_once_each():
    drawing = pool_at_98().swing_low(18, 97.5).swing_low(19, 97.5).extreme(24, 97.25)
    played = drawing.bar(25, low=97.0, close=99.0).play()
    lines = [line for line in played.stream if line["why"] == BIRTH and line["row"] == 25]
    got = [(int(line["kind"]), float(line["high"])) for line in lines]
    assert got == [(POOL_SWEEP, 98.0), (EXTREME_SWEEP, 97.25)]


def test_highs_mirror_lows():
    drawing = pool_at_98().extreme(24, 97.25).bar(20, 97.0, 99.0).bar(25, 96.5, 98.5)
    lows, highs = drawing.play(), drawing.mirrored().play()
    assert lows.votes.any()
    assert sides(lows) == {1}
    assert sides(highs) == {-1}
    assert (highs.votes == -lows.votes).all()


def drawn_market(volume_of_the_spike):
    """From bars alone: two lows at 94.5, then a spike to 94 that closes at 100."""
    close = np.full(80, 100.0)
    for at in (45, 58):
        close[at - 3 : at + 4] = [99.0, 98.0, 97.0, 95.0, 97.0, 98.0, 99.0]
    volume = np.where(np.arange(80) % 2, 90.0, 110.0)
    volume[70] = volume_of_the_spike
    bars = market(close, np.random.default_rng(0), 0.0, volume)
    low = bars.low.copy()
    low[[45, 58]], low[70] = 94.5, 94.0
    return replace(bars, low=low)


def test_a_drawn_market():
    played = play(SWEEP, inputs(SWEEP, drawn_market(200.0)))
    assert births(played, POOL) == [(63, POOL, 94.5)]
    assert births(played, POOL_SWEEP, EXTREME_SWEEP) == [
        (70, POOL_SWEEP, 94.0),
        (70, EXTREME_SWEEP, 94.0),
    ]
    votes = compute(drawn_market(200.0), ["sweep"])["sweep"]
    assert np.isnan(votes[:49]).all()
    assert not votes[49:70].any()
    assert votes[70] > 0.5
    assert not compute(drawn_market(105.0), ["sweep"])["sweep"][49:].any()


def test_every_kind_is_found_on_real_bars(shared_data):
    bars = read(shared_data / "bars" / "ETHUSDT_binance_perp_1h.parquet")
    stream = play(SWEEP, inputs(SWEEP, bars)).stream
    for kind in (SWING, POOL, POOL_SWEEP, EXTREME_SWEEP):
        for side in (1, -1):
            found = (stream["kind"] == kind) & (stream["side"] == side) & (stream["why"] == BIRTH)
            assert 20 <= found.sum() < bars.size // 10, (SWEEP.kinds[kind], side, found.sum())

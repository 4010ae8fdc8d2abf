"""The Wyckoff score: which columns it reads, its range, its mirror, every setting at work."""

import json
from dataclasses import replace

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.errors import SettingsError
from engine.features.columns import compute
from engine.fusion.catalogue import DOMAINS, DomainSettings
from engine.fusion.scores import score_column
from engine.fusion.wyckoff import WYCKOFF, WyckoffDomainSettings
from engine.settings import validate

RNG = np.random.default_rng(9)
VOTES = [RNG.uniform(-1, 1, 2_000) for _ in range(2)]


def score(columns=VOTES, **settings):
    return WYCKOFF.score(columns, settings_of(**{"gain": 1.5, **settings}))


def settings_of(**settings):
    return validate(WyckoffDomainSettings, settings, "test")


def mirrored(bars: Bars) -> Bars:
    high, low = 16_384.0 - bars.low, 16_384.0 - bars.high
    return replace(bars, open=16_384.0 - bars.open, high=high, low=low, close=16_384.0 - bars.close)


def on_grid(bars: Bars) -> Bars:
    fields = ("open", "high", "low", "close")
    return replace(bars, **{f: (getattr(bars, f) * 1024).round() / 1024 for f in fields})


def test_in_the_catalogue():
    assert DOMAINS[0] is WYCKOFF
    assert WYCKOFF.default_weight == 0.30


def test_reads_its_timeframes():
    assert WYCKOFF.reads(settings_of()) == ("wyckoff@4h", "wyckoff@1d")
    alone = settings_of(timeframes=["2h"], weights=[2.0])
    assert WYCKOFF.reads(alone) == ("wyckoff@2h",)


def test_the_score_is_the_squashed_sum():
    x = 1.5 * (1.0 * VOTES[0] + 1.0 * VOTES[1])
    assert np.array_equal(score(), x / (1.0 + np.abs(x)))


def test_in_range_and_not_constant():
    values = score(gain=100.0)
    assert np.abs(values).max() < 1.0
    assert (values > 0.5).any()
    assert (values < -0.5).any()


def test_nan_where_a_vote_is():
    late = VOTES[1].copy()
    late[:7] = np.nan
    assert np.isnan(score([VOTES[0], late])).tolist() == [True] * 7 + [False] * 1_993


def test_negated_votes_give_the_negated_score():
    assert np.array_equal(score([-votes for votes in VOTES]), -score())


@pytest.mark.parametrize(
    "settings", [{"weights": [0.5, 1.0]}, {"weights": [1.0, 0.0]}, {"gain": 3.0}]
)
def test_settings_are_live(settings):
    assert not np.array_equal(score(**settings), score())


def test_the_timeframes_are_live():
    bars = demo_bars(3_000)
    other = settings_of(timeframes=["2h", "1d"])
    assert not np.array_equal(column(bars, other), column(bars), equal_nan=True)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"weights": [1.0]}, "weights: 1 weights for 2 timeframes"),
        ({"timeframes": ["4h", "4h"]}, "timeframes: expected different ones"),
        ({"timeframes": [], "weights": []}, "timeframes: expected different ones"),
        ({"timeframes": ["4h", "day"]}, "timeframes: timeframe 'day'"),
        ({"weights": [1.0, -1.0]}, "weights.1: "),
        ({"weights": [11.0, 1.0]}, "weights.0: "),
        ({"gain": 0.0}, "gain: "),
    ],
)
def test_what_is_refused(settings, why):
    with pytest.raises(SettingsError) as error:
        settings_of(**settings)
    assert why in str(error.value)


def column(bars, own=None):
    """The score as the screen computes it."""
    own = own or settings_of()
    settings = DomainSettings(wyckoff=own)
    return score_column(WYCKOFF, compute(bars, WYCKOFF.reads(own)), settings)


def test_the_mirrored_market_has_the_negated_score():
    bars = on_grid(demo_bars(6_000))
    values, other = column(bars), column(mirrored(bars))
    assert np.array_equal(other, 0.0 - values, equal_nan=True)
    finite = values[np.isfinite(values)]
    assert finite.size > 5_000
    assert finite.min() < -0.2
    assert finite.max() > 0.2


def test_daily_bars_need_another_setting():
    daily = demo_bars(200, "1d")
    with pytest.raises(SettingsError, match="wyckoff@4h"):
        column(daily)
    assert np.isfinite(column(daily, settings_of(timeframes=["1d"], weights=[1.0]))[-1])


def test_settings_survive_a_file():
    tree = json.loads(settings_of().model_dump_json())
    assert settings_of(**tree) == settings_of()

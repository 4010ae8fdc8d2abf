"""The liquidity score: range, mirror, and every setting at work."""

import numpy as np
import pytest

from engine.fusion.catalogue import DOMAINS
from engine.fusion.liquidity import LIQUIDITY, LiquiditySettings
from engine.settings import parameters

RNG = np.random.default_rng(7)
ROWS = 2_000


def columns():
    """Votes in [−1, 1] that are often 0, and positions inside and outside of the value area."""
    votes = [RNG.uniform(-1, 1, ROWS) * (RNG.random(ROWS) < 0.4) for _ in range(2)]
    return [*votes, 3.0 * RNG.standard_t(2, ROWS)]


COLUMNS = columns()


def score(arrays=COLUMNS, **settings):
    return LIQUIDITY.score(arrays, LiquiditySettings(**{"gain": 1.5, **settings}))


def profile_alone(*positions, **settings):
    arrays = [np.zeros(len(positions)), np.zeros(len(positions)), np.array(positions)]
    return score(arrays, **settings)


def test_in_the_catalogue():
    assert LIQUIDITY in DOMAINS
    assert LIQUIDITY.default_weight == 0.25
    names = [domain.name for domain in DOMAINS]
    assert names.index("liquidity") < names.index("momentum")


def test_in_range_and_not_constant():
    values = score(gain=100.0)
    assert np.abs(values).max() < 1.0
    assert (values > 0.5).any()
    assert (values < -0.5).any()


def test_the_mirrored_columns_give_the_negated_score():
    assert (score([-column for column in COLUMNS]) == -score()).all()


@pytest.mark.parametrize("weight", ["sweep", "absorption", "profile"])
def test_no_weight_no_vote(weight):
    assert not np.array_equal(score(**{weight: 0.0}), score())
    place = ["sweep", "absorption", "profile"].index(weight)
    without = [column if k != place else np.zeros(ROWS) for k, column in enumerate(COLUMNS)]
    assert (score(**{weight: 0.0}) == score(without)).all()


@pytest.mark.parametrize("each", list(parameters(LiquiditySettings())), ids=lambda each: each.key)
def test_settings_are_live_and_bounded(each):
    assert not np.array_equal(score(**{each.key: each.value * 2}), score())
    assert ">" in each.bounds
    assert "<" in each.bounds
    assert each.unit
    assert each.reason


def test_votes_agree_with_the_sum():
    arrays = [np.array([0.5]), np.array([-0.25]), np.array([0.0])]
    x = 1.5 * (1.0 * 0.5 + 0.8 * -0.25)
    assert score(arrays)[0] == pytest.approx(x / (1.0 + x), rel=1e-15)


def test_the_profile_pulls_back_into_the_value_area():
    assert profile_alone(-1.0, -0.5, 0.0, 1.0).tolist() == [0.0] * 4
    above, below = profile_alone(1.5, -1.5)
    assert above < 0.0
    assert below == -above


def test_the_pull_peaks_and_then_fades():
    near, peak, far, very_far = -profile_alone(1.5, 2.0, 3.0, 50.0)
    assert near < peak > far > very_far > 0.0
    x = 1.5 * 0.3  # the whole weight, at the peak
    assert peak == pytest.approx(x / (1.0 + x), rel=1e-15)
    further = -profile_alone(1.5, 2.0, 3.0, 50.0, profile_peak=2.0)
    assert further[2] > further[1]


def test_a_column_that_is_not_known_gives_no_score():
    for place in range(3):
        arrays = [column.copy() for column in COLUMNS]
        arrays[place][5] = np.nan
        values = score(arrays)
        assert np.isnan(values[5])
        assert np.isfinite(np.delete(values, 5)).all()

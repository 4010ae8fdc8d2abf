"""The momentum score against a twin in plain Python, and the properties it promises."""

import numpy as np
import pytest

from engine.fusion.momentum import MOMENTUM, MomentumSettings, momentum

DEFAULT = (0.15, 20.0, 0.4, 3.0)
CONSTANTS = [DEFAULT, (1.0, 40.0, 0.0, 1.0), (0.01, 5.0, 2.0, 10.0)]


def twin(rsi, histogram, adx, divergence, macd_scale_atr, adx_half, weight, gain):
    """The formula as the specification has it, one Python float at a time."""
    r = (rsi - 50.0) / 50.0
    rsi_vote = 4.0 * r * (1.0 - abs(r))
    x = histogram / macd_scale_atr
    histogram_vote = x / (1.0 + abs(x))
    trend_vote = adx / (adx + adx_half) * 0.5 * (rsi_vote + histogram_vote)
    vote = gain * (trend_vote + weight * divergence)
    return vote / (1.0 + abs(vote))


def scores(rsi, histogram, adx, divergence=None, constants=DEFAULT):
    divergence = np.zeros(rsi.size) if divergence is None else divergence
    columns = (rsi, histogram, adx, divergence)
    inputs = [np.ascontiguousarray(each, dtype=np.float64) for each in columns]
    out = np.empty(inputs[0].size)
    momentum(*inputs, *constants, out)
    return out


def inputs(size=4_000, seed=1):
    rng = np.random.default_rng(seed)
    rsi = np.r_[0.0, 100.0, 50.0, 25.0, 75.0, rng.uniform(0, 100, size)]
    histogram = np.r_[0.0, -5.0, 5.0, 1e-300, -1e300, rng.normal(0, 0.3, size)]
    adx = np.r_[0.0, 100.0, 20.0, 1e-12, 50.0, rng.uniform(0, 100, size)]
    divergence = np.r_[
        0.0, 1.0, -1.0, 0.0, 0.5, rng.uniform(-1, 1, size) * (rng.random(size) < 0.5)
    ]
    return rsi, histogram, adx, divergence


@pytest.mark.parametrize("constants", CONSTANTS)
def test_the_kernel_is_its_twin_bit_by_bit(constants):
    given = inputs()
    expected = [twin(*each, *constants) for each in zip(*(c.tolist() for c in given), strict=True)]
    assert scores(*given, constants=constants).tolist() == expected


@pytest.mark.parametrize("constants", CONSTANTS)
def test_the_score_lies_within_one(constants):
    found = scores(*inputs(), constants=constants)
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 1.0
    assert found.min() < -0.3 < 0.3 < found.max()


@pytest.mark.parametrize("constants", CONSTANTS)
def test_the_mirrored_bar_has_the_negated_score(constants):
    """On RSI in steps of 1/8, whose mirror image 100 − rsi is exact."""
    rsi, histogram, adx, divergence = inputs()
    rsi = np.round(rsi * 8) / 8
    ours, theirs = (
        scores(rsi, histogram, adx, divergence, constants),
        scores(100.0 - rsi, -histogram, adx, -divergence, constants),
    )
    assert (theirs == -ours).all()
    assert (ours != 0).sum() > 3_000


@pytest.mark.parametrize("level", [30.0, 70.0])
def test_nothing_jumps_at_the_usual_levels(level):
    """The extremes fade: a step of 1e-6 in the RSI moves the score by no more than its slope."""
    rsi = level + np.arange(-50, 50) * 1e-6
    found = scores(rsi, np.zeros(100), np.full(100, 30.0))
    # dF/drsi <= gain · ½ · 4 / 50 = 0.12
    assert np.abs(np.diff(found)).max() <= 0.12e-6 * 1.01
    assert np.abs(np.diff(found)).max() > 0


def test_the_vote_of_the_rsi_peaks_at_75_and_fades_to_nothing_at_100():
    rsi = np.arange(50.0, 100.5, 0.5)
    found = scores(rsi, np.zeros(rsi.size), np.full(rsi.size, 30.0))
    assert rsi[np.argmax(found)] == 75.0
    assert found[0] == found[-1] == 0.0
    assert (np.diff(found[rsi <= 75]) > 0).all()
    assert (np.diff(found[rsi >= 75]) < 0).all()


def test_a_stronger_trend_and_a_larger_histogram_raise_the_score():
    rising = np.linspace(0.0, 100.0, 200)
    by_trend = scores(np.full(200, 60.0), np.full(200, 0.1), rising)
    by_histogram = scores(np.full(200, 60.0), np.linspace(-1, 1, 200), np.full(200, 25.0))
    assert by_trend[0] == 0.0
    assert (np.diff(by_trend) > 0).all()
    assert (np.diff(by_histogram) > 0).all()


def test_a_divergence_moves_the_score_to_its_side_and_only_by_its_weight():
    rsi, histogram, adx, divergence = inputs()
    heard, silent = scores(rsi, histogram, adx, divergence), scores(rsi, histogram, adx)
    # Between votes of 1e300 and none nothing is left to move.
    moved = np.abs(histogram) < 1e9
    assert (np.sign(heard - silent) == np.sign(divergence))[moved].all()
    deaf = scores(rsi, histogram, adx, divergence, (0.15, 20.0, 0.0, 3.0))
    assert (deaf == silent).all()


@pytest.mark.parametrize("column", [0, 1, 2, 3])
def test_nan_gives_nan_and_only_there(column):
    given = [each.copy() for each in inputs(50)]
    given[column][7] = np.nan
    assert np.flatnonzero(np.isnan(scores(*given))).tolist() == [7]


def test_settings_come_in_kernel_order():
    settings = MomentumSettings(macd_scale_atr=0.2, adx_half=30.0, divergence_weight=0.7, gain=2.0)
    given = inputs(50)
    expected = scores(*given, constants=(0.2, 30.0, 0.7, 2.0))
    assert (MOMENTUM.score(given, settings) == expected).all()
    usual = MomentumSettings(gain=3.0)
    assert (MOMENTUM.score(given, usual) == scores(*given)).all()

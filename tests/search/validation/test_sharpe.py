"""Published values of Sharpe-ratio statistics, and that the well-known wrong ones are not given."""

from math import inf, isnan, nan, sqrt

import numpy as np
import pytest

from engine.search.validation.sharpe import (
    Moments,
    moments_of,
    probability_2012,
    probability_2025,
    scaled_by,
    shortest_record_2012,
    shortest_record_2025,
    standard_error,
    variance_2025,
    why_not,
)
from engine.search.validation.trials import (
    break_even_trials,
    deflated,
    deflated_2025,
    expected_best,
    ratio_of_luck,
    shortest_years,
    variance_of_best,
)

# Values as they are printed: half a unit of their last digit.
KNOWN = Moments(24, 0.455696, -2.448, 10.164)
DAILY = 2.5 / sqrt(250)
SKEWED = Moments(1250, DAILY, -3.0, 10.0)
SPREAD = 0.5 / 250


def near(value: float, digits: int) -> object:
    return pytest.approx(value, abs=0.5 * 10.0**-digits)


def test_probability_2012() -> None:
    assert probability_2012(KNOWN) == near(0.912709, 6)
    assert probability_2012(Moments(24, 0.455696)) == near(0.981243, 6)


def test_probability_2025() -> None:
    assert probability_2025(KNOWN) == near(0.987, 3)
    assert probability_2025(KNOWN, 0.1) == near(0.939, 3)


def test_the_best_of_many() -> None:
    counts = (2, 5, 10, 45, 100, 1_000, 10_000)
    known = (0.519755, 1.192594, 1.574598, 2.235640, 2.530603, 3.255122, 3.860665)
    assert [expected_best(each) for each in counts] == [near(each, 6) for each in known]
    assert expected_best(1) == 0.0


def test_the_ratio_of_luck_is_per_period() -> None:
    assert ratio_of_luck(SPREAD, 100) == near(0.1132, 4)
    assert ratio_of_luck(0.5, 100) == near(1.7894, 4)  # what an annual spread would give
    assert ratio_of_luck(SPREAD, 1) == 0.0


def test_deflated() -> None:
    assert deflated(SKEWED, SPREAD, 100) == near(0.9004, 4)
    excess = Moments(1250, DAILY, -3.0, 7.0)
    assert deflated(excess, SPREAD, 100) == near(0.9018, 4)  # excess kurtosis: another number
    annual = Moments(1250, 2.5, -3.0, 10.0)
    assert deflated(annual, 0.5, 100) == near(1.0, 4)  # annual ratios with daily counts
    assert deflated(SKEWED, SPREAD, 46) == near(0.9505, 4)
    assert deflated(Moments(1250, DAILY), SPREAD, 88) == near(0.9505, 4)
    best_of_ten = Moments(5 * 252, 2.0 / sqrt(252))
    assert deflated(best_of_ten, 1.0 / 252, 10) == near(0.828206, 6)
    assert deflated(SKEWED, SPREAD, 1) == probability_2012(SKEWED)


def test_how_many_tries_a_ratio_survives() -> None:
    assert break_even_trials(SKEWED, SPREAD) == 46
    assert break_even_trials(Moments(1250, DAILY), SPREAD) == 88
    for of in (SKEWED, Moments(1250, DAILY)):
        most = break_even_trials(of, SPREAD)
        assert deflated(of, SPREAD, most) >= 0.95 > deflated(of, SPREAD, most + 1)
    assert break_even_trials(Moments(1250, 0.01), SPREAD) == 0  # not even one
    assert break_even_trials(SKEWED, 0.0) == inf
    assert isnan(break_even_trials(Moments(1250, nan, nan, nan), SPREAD))


def test_the_variance_of_the_best() -> None:
    assert variance_of_best(1) == 1.0
    assert variance_of_best(2) == pytest.approx(1.0 - 1.0 / np.pi, abs=1e-9)
    assert variance_of_best(3) == pytest.approx(1.0 - (9.0 - 2.0 * sqrt(3.0)) / (4.0 * np.pi))
    drawn = np.random.default_rng(1).standard_normal((100_000, 40)).max(axis=1)
    assert variance_of_best(40) == pytest.approx(drawn.var(), rel=0.02)  # four standard errors


def test_deflated_2025_is_probability_2025_for_one() -> None:
    assert deflated_2025(SKEWED, SPREAD, 1) == probability_2025(SKEWED)
    assert deflated_2025(SKEWED, SPREAD, 100) < deflated_2025(SKEWED, SPREAD, 10)


def test_the_shortest_record() -> None:
    assert shortest_record_2025(KNOWN) == near(13.029, 3)
    for per_year, years in ((252, 2.73), (52, 2.83), (12, 3.24)):
        ratio, against = 2.0 / sqrt(per_year), 1.0 / sqrt(per_year)
        found = shortest_record_2012(Moments(0, ratio), against) / per_year
        assert found == near(years, 2)
    monthly = Moments(0, 2.0 / sqrt(12), -0.72, 5.78)
    assert shortest_record_2012(monthly, 1.0 / sqrt(12)) / 12 == near(4.99, 2)
    assert shortest_record_2012(KNOWN, 0.5) == shortest_record_2025(KNOWN, 0.5) == inf


@pytest.mark.parametrize(("trials", "years"), [(7, 1.923), (45, 4.998), (46, 5.036)])
def test_the_shortest_backtest(trials: int, years: float) -> None:
    assert shortest_years(trials, 1.0) == near(years, 3)


def test_standard_errors() -> None:
    asked = ((0.5, 12), (1.5, 60), (1.0, 60), (3.0, 60), (0.5, 500))
    known = (0.3062, 0.1882, 0.1581, 0.3028, 0.0474)
    assert [standard_error(*each) for each in asked] == [near(each, 4) for each in known]


def test_annualising_returns_with_memory() -> None:
    rhos = (-0.5, -0.2, 0.0, 0.2, 0.5, 0.9)
    known = (5.6922, 4.1708, 3.4641, 2.8788, 2.1213, 1.2070)
    assert [scaled_by(12, rho) for rho in rhos] == [near(each, 4) for each in known]


def test_memory_widens_the_variance() -> None:
    one, other = Moments(500, 0.05), Moments(500, 0.05, correlation=0.3)
    assert probability_2025(other) < probability_2025(one)
    # The long-run variance of AR(1) returns is (1 + ρ)/(1 − ρ) times theirs.
    assert variance_2025(other, 0.0) == pytest.approx(1.3 / 0.7)


# --- moments, and what has none ------------------------------------------------------------------


def test_moments_of_a_record() -> None:
    returns = np.random.default_rng(2).gamma(2.0, 1.0, 200_000) - 1.0
    found = moments_of(returns)
    assert found.count == 200_000
    # Of a gamma with shape 2: skew √2, kurtosis 6; five standard errors.
    assert found.sharpe == pytest.approx(1.0 / sqrt(2.0), rel=0.01)
    assert found.skew == pytest.approx(sqrt(2.0), rel=0.05)
    assert found.kurtosis == pytest.approx(6.0, rel=0.1)
    assert abs(found.correlation) < 0.012


def test_the_memory_of_a_record() -> None:
    noise = np.random.default_rng(3).standard_normal(50_000)
    returns = noise.copy()
    for i in range(1, returns.size):
        returns[i] += 0.4 * returns[i - 1]
    assert moments_of(returns).correlation == pytest.approx(0.4, abs=0.02)


@pytest.mark.parametrize(
    ("returns", "words"),
    [
        (np.zeros(0), "0 returns; expected at least 30"),
        (np.full(29, 0.1), "29 returns; expected at least 30"),
        (np.zeros(30), "the returns do not vary"),
        (np.full(100, 0.1), "the returns do not vary"),
        (np.array([nan] + [0.1, 0.2] * 20), "one is no number"),
        (np.array([inf] + [0.1, 0.2] * 20), "one is no number"),
        (np.array([0.1, 0.2] * 15), ""),
    ],
)
def test_why_a_record_says_nothing(returns: np.ndarray, words: str) -> None:
    told = why_not(moments_of(returns))
    assert words in told
    assert bool(told) == bool(words)


def test_two_returns_are_enough_for_a_formula() -> None:
    two = moments_of(np.array([0.02, -0.01]))
    assert (two.count, two.kurtosis) == (2, pytest.approx(1.0))
    assert 0.5 < probability_2012(two) < 1.0
    assert isnan(probability_2012(Moments(2, nan)))
    # Two prices, and a ratio at which the variance vanishes.
    assert isnan(probability_2012(Moments(10, 1.0, 2.0, 5.0)))

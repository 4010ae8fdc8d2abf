"""What the best of many tries looks like by luck alone: the Sharpe ratio to beat, deflated.

Ratios are per period, as in `sharpe`. Sources: D. Bailey and M. López de Prado, The Deflated Sharpe
Ratio (2014); D. Bailey, J. Borwein, M. López de Prado and Q. Zhu, Pseudo-Mathematics and Financial
Charlatanism (2014).
"""

from functools import cache
from math import e, inf, isnan, sqrt

import numpy as np

from engine.search.validation.sharpe import (
    NORMAL,
    Moments,
    probability_2012,
    probability_2025,
)

GAMMA = 0.5772156649  # Euler–Mascheroni
MOST_TRIALS = 10**15  # more tries than anybody makes


def expected_best(trials: float) -> float:
    """E[max_N] of so many standard normals: (1 − γ)·Φ⁻¹(1 − 1/N) + γ·Φ⁻¹(1 − 1/(N·e)); 0 for one.

    >>> round(expected_best(100), 6)
    2.530603
    """
    if trials <= 1.0:
        return 0.0
    # Φ⁻¹(1 − x) = −Φ⁻¹(x), which loses no digits to 1.
    return -(1.0 - GAMMA) * NORMAL.inv_cdf(1.0 / trials) - GAMMA * NORMAL.inv_cdf(
        1.0 / (trials * e)
    )


@cache
def variance_of_best(trials: float) -> float:
    """Of the largest of so many standard normals, by quadrature; 1 for one.

    >>> round(variance_of_best(2), 6)  # 1 − 1/π
    0.68169
    """
    if trials <= 1.0:
        return 1.0
    x = np.linspace(-12.0, 12.0, 9601)
    below = np.array([NORMAL.cdf(each) for each in x.tolist()])
    density = np.exp(-x * x / 2.0) * below ** (trials - 1.0)
    density /= density.sum()
    mean = float((x * density).sum())
    return float(((x - mean) ** 2 * density).sum())


def ratio_of_luck(spread: float, trials: float) -> float:
    """SR0: the best ratio to be expected of so many tries without an edge. spread: V[SR_n], the
    variance (ddof 1) of the ratios of all tries.

    >>> round(ratio_of_luck(0.5 / 250, 100), 4)
    0.1132
    """
    return sqrt(spread) * expected_best(trials)


def deflated(of: Moments, spread: float, trials: float) -> float:
    """DSR: the 2012 probability that the true ratio exceeds SR0.

    >>> round(deflated(Moments(1250, 2.5 / 250**0.5, -3.0, 10.0), 0.5 / 250, 100), 4)
    0.9004
    """
    return probability_2012(of, ratio_of_luck(spread, trials))


def deflated_2025(of: Moments, spread: float, trials: float) -> float:
    """DSR with the variance at SR0, of the best of so many."""
    return probability_2025(of, ratio_of_luck(spread, trials), variance_of_best(trials))


def break_even_trials(of: Moments, spread: float, level: float = 0.95) -> float:
    """The most tries at which `deflated` stays at `level` or above: 0 when not even one try does,
    infinite when more than 10¹⁵ do, NaN when it is NaN.

    >>> break_even_trials(Moments(1250, 2.5 / 250**0.5, -3.0, 10.0), 0.5 / 250)
    46.0
    """
    alone = deflated(of, spread, 1)
    if isnan(alone):
        return alone
    if alone < level:
        return 0.0
    if deflated(of, spread, MOST_TRIALS) >= level:
        return inf
    enough, too_many = 1, MOST_TRIALS
    while too_many - enough > 1:
        middle = (enough + too_many) // 2
        if deflated(of, spread, middle) >= level:
            enough = middle
        else:
            too_many = middle
    return float(enough)


def shortest_years(trials: float, target: float) -> float:
    """MinBTL: (E[max_N] / target)² years, below which the best of so many tries without an edge is
    expected to show a yearly ratio of `target` > 0.

    >>> round(shortest_years(45, 1.0), 3)
    4.998
    """
    return (expected_best(trials) / target) ** 2

"""How much a Sharpe ratio says: probabilities, standard errors, and how long a record must be.

All ratios are per period (a bar), never annualised; skew is 0 and kurtosis 3 for normal returns. Φ
is that of the standard library. A formula whose variance is not positive, which no real sample
has but a point on two prices may round to, gives NaN.

Sources, called by their year here: A. Lo, The Statistics of Sharpe Ratios (2002); D. Bailey and
M. López de Prado, The Sharpe Ratio Efficient Frontier (2012); M. López de Prado, A. Lipton and
V. Zoonekynd, How to Use the Sharpe Ratio (2025).
"""

from dataclasses import dataclass
from math import nan, sqrt
from statistics import NormalDist

import numpy as np

from engine.kernel import Floats

NORMAL = NormalDist()
ENOUGH = 30  # returns: below, nobody should be shown a probability


@dataclass(frozen=True)
class Moments:
    """Of one record of returns. count: how many; sharpe: mean / standard deviation (ddof 0), per
    period; skew; kurtosis: raw, 3 for normal returns; correlation: of each return with the one
    before it, 0 unless it was measured.
    """

    count: int
    sharpe: float
    skew: float = 0.0
    kurtosis: float = 3.0
    correlation: float = 0.0


def moments_of(returns: Floats) -> Moments:
    """The moments of float64[n] returns; all NaN but the count where they do not vary, or one is
    not finite.

    >>> round(moments_of(np.array([0.01, -0.01, 0.02, 0.0])).sharpe, 4)
    0.4472
    """
    if not returns.size or not np.isfinite(returns).all():
        return Moments(returns.size, nan, nan, nan, nan)
    mean = float(returns.mean())
    moved = returns - mean
    spread = sqrt(float(np.square(moved).mean()))
    if not spread > 1e-12 * abs(mean):  # equal returns leave a rounding behind
        return Moments(returns.size, nan, nan, nan, nan)
    unit = moved / spread
    together = float((unit[1:] * unit[:-1]).sum()) / returns.size
    skew, kurtosis = float((unit**3).mean()), float((unit**4).mean())
    return Moments(returns.size, mean / spread, skew, kurtosis, together)


def why_not(of: Moments) -> str:
    """Why probabilities of these returns are not to be shown; nothing when they may be."""
    if of.count < ENOUGH:
        return f"{of.count} returns; expected at least {ENOUGH}"
    return "" if of.sharpe == of.sharpe else "the returns do not vary, or one is no number"


def probability_2012(of: Moments, against: float = 0.0) -> float:
    """PSR: Φ[(SR − SR*) · √(T − 1) / √(1 − skew·SR + (kurtosis − 1)/4·SR²)].

    The probability that the true ratio exceeds `against`, with the variance at the measured one.

    >>> round(probability_2012(Moments(24, 0.455696, -2.448, 10.164)), 4)
    0.9127
    """
    distance = (of.sharpe - against) * sqrt(of.count - 1)
    return _phi(_over(distance, _variance_2012(of)))


def probability_2025(of: Moments, against: float = 0.0, widened: float = 1.0) -> float:
    """PSR: Φ[(SR − SR0) / √(V(SR0) · widened)], V the variance under SR = SR0.

    widened: 1 for one record, `trials.variance_of_best` for the best of several.

    >>> round(probability_2025(Moments(24, 0.455696, -2.448, 10.164)), 3)
    0.987
    """
    variance = variance_2025(of, against) / of.count * widened
    return _phi(_over(of.sharpe - against, variance))


def shortest_record_2012(of: Moments, against: float = 0.0, level: float = 0.95) -> float:
    """MinTRL in periods: 1 + (1 − skew·SR + (kurtosis − 1)/4·SR²) · (z / (SR − SR*))²; infinite
    for a ratio that is not above `against`.
    """
    if of.sharpe <= against:
        return float("inf")
    return 1.0 + _variance_2012(of) * (NORMAL.inv_cdf(level) / (of.sharpe - against)) ** 2


def shortest_record_2025(of: Moments, against: float = 0.0, level: float = 0.95) -> float:
    """MinTRL in periods: V1(SR0) · (z / (SR − SR0))², V1 the variance of one period.

    >>> round(shortest_record_2025(Moments(24, 0.455696, -2.448, 10.164)), 3)
    13.029
    """
    if of.sharpe <= against:
        return float("inf")
    return variance_2025(of, against) * (NORMAL.inv_cdf(level) / (of.sharpe - against)) ** 2


def variance_2025(of: Moments, ratio: float) -> float:
    """Of one period: a − b·skew·SR0 + c·(kurtosis − 1)/4·SR0², with a, b and c for returns of which
    each remembers the share ρ of the one before.
    """
    rho = of.correlation
    a = 1.0 + 2.0 * rho / (1.0 - rho)
    b = 1.0 + rho / (1.0 - rho) + rho * rho / (1.0 - rho * rho)
    c = 1.0 + 2.0 * rho * rho / (1.0 - rho * rho)
    return a - b * of.skew * ratio + c * (of.kurtosis - 1.0) / 4.0 * ratio * ratio


def standard_error(ratio: float, count: int) -> float:
    """Lo's, of independent normal returns: √((1 + SR²/2) / T).

    >>> round(standard_error(0.5, 12), 4)
    0.3062
    """
    return sqrt((1.0 + ratio * ratio / 2.0) / count)


def scaled_by(periods: int, rho: float) -> float:
    """Lo's η(q): what a ratio per period is multiplied by for `periods` of them when returns are
    AR(1) with ρ: q / √(q + 2·Σ (q − k)·ρᵏ); √q without memory.

    >>> round(scaled_by(12, 0.2), 4), round(scaled_by(12, 0.0), 4)
    (2.8788, 3.4641)
    """
    together = sum((periods - k) * rho**k for k in range(1, periods))
    return periods / sqrt(periods + 2.0 * together)


def _variance_2012(of: Moments) -> float:
    return 1.0 - of.skew * of.sharpe + (of.kurtosis - 1.0) / 4.0 * of.sharpe * of.sharpe


def _over(distance: float, variance: float) -> float:
    return distance / sqrt(variance) if variance > 0.0 else nan


def _phi(x: float) -> float:
    return NORMAL.cdf(x) if x == x else nan

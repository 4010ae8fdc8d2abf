"""Metrics of a sweep, from the sums of its replays. docs/sweeps.md has them on one page."""

import numpy as np

from engine.kernel import Floats, Table
from engine.results.metrics import PROFIT_FACTOR_CAP
from engine.search.settings import Score

NAMES = (
    "trades", "net_return", "profit_factor", "expectancy", "win_rate", "average_r", "max_drawdown",
    "sharpe", "sortino", "calmar", "exposure", "fees", "funding", "score",
)  # fmt: skip


def measures(sums: Table, initial: Floats, bars: int, periods: float, score: Score) -> Table:
    """float64[p] by name, one record a point. initial: float64[p] cash; bars: in range; periods:
    bars a year, by which Sharpe, Sortino and Calmar are annualised.

    Without trades every ratio is 0. Sharpe = mean / std of the returns bar by bar (flat bars
    return 0; ddof 0) · √periods; Sortino the same over the root of the mean squared negative
    return; Calmar = yearly mean return / max drawdown. Ratios of no risk are 0.
    """
    found = np.zeros(sums.size, dtype=[(name, np.float64) for name in NAMES])
    trades = sums["trades"].astype(np.float64)
    found["trades"] = trades
    found["net_return"] = sums["equity"] / initial - 1.0
    found["profit_factor"] = profit_factors(sums)
    found["expectancy"] = over(sums["equity"] - initial, trades)
    found["win_rate"] = over(sums["wins"], trades)
    found["average_r"] = over(sums["r"], trades)
    found["max_drawdown"] = sums["max_drawdown"]
    mean = sums["returns"] / bars
    spread = np.sqrt(np.maximum(sums["squares"] / bars - mean * mean, 0.0))
    found["sharpe"] = over(mean, spread) * np.sqrt(periods)
    found["sortino"] = over(mean, np.sqrt(sums["downside"] / bars)) * np.sqrt(periods)
    found["calmar"] = over(mean * periods, sums["max_drawdown"])
    found["exposure"] = sums["held_bars"] / bars
    found["fees"], found["funding"] = sums["fees"], sums["funding"]
    found["score"] = scores_of(sums, score)
    return found


def scores_of(sums: Table, score: Score) -> Floats:
    """float64[p]: the profit factor, less where trades are few."""
    thin = np.where(sums["trades"] < score.min_trades, score.thin_factor, 1.0)
    return profit_factors(sums) * thin


def profit_factors(sums: Table) -> Floats:
    """Gains / losses, at most 100, 0 without a gain."""
    capped = np.minimum(over(sums["gains"], sums["losses"]), PROFIT_FACTOR_CAP)
    lossless = (sums["losses"] == 0.0) & (sums["gains"] > 0.0)
    return np.where(lossless, PROFIT_FACTOR_CAP, capped)


def over(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient, 0 where there is nothing to divide by."""
    safe = np.where(denominator > 0.0, denominator, 1.0)
    quotient: Floats = np.where(denominator > 0.0, numerator / safe, 0.0)
    return quotient

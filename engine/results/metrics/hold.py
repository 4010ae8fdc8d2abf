"""The same money in the market itself: bought at the first open, held to the last close."""

from engine.kernel import Floats
from engine.results.metrics.history import History, added, max_drawdown, returns_of
from engine.results.metrics.metric import Metric


def hold_sharpe(history: History) -> float | None:
    returns = returns_of(history.market, history.initial)
    mean = added(returns) / returns.size
    spread = _variance(returns) ** 0.5
    return mean / spread * history.totals.periods**0.5 if spread > 0.0 else None


def _variance(returns: Floats) -> float:
    apart = returns - added(returns) / returns.size
    return added(apart * apart) / returns.size


def beta(history: History) -> float | None:
    """Covariance with the market / variance of the market."""
    market, own = (returns_of(curve, history.initial) for curve in (history.market, history.equity))
    apart = market - added(market) / market.size
    spread = added(apart * apart)
    return added(apart * own) / spread if spread > 0.0 else None


def alpha(history: History) -> float | None:
    """A year's mean return beyond what beta times the market gave."""
    slope = beta(history)
    if slope is None:
        return None
    market, own = (returns_of(curve, history.initial) for curve in (history.market, history.equity))
    mean = (added(own) - slope * added(market)) / own.size
    return mean * history.totals.periods


SAME_BARS = "buying at the open of the first bar in range and holding to the last close, no costs"
EQUAL = "equal parts of the assets, each bought at its own first bar"

METRICS = (
    Metric(
        "hold_return", "Buy and hold", "share", "{:+.2%}", f"Return of {SAME_BARS}.",
        from_history=lambda history: float(history.market[-1]) / history.initial - 1.0,
        of_portfolio=EQUAL,
    ),
    Metric(
        "hold_max_drawdown", "Buy and hold, max drawdown", "share", "{:.2%}",
        "Its max drawdown.",
        from_history=lambda history: max_drawdown(history.market, history.initial),
        of_portfolio=EQUAL,
    ),
    Metric(
        "hold_sharpe", "Buy and hold, Sharpe", "ratio", "{:.2f}", "Its Sharpe ratio.",
        from_history=hold_sharpe, of_portfolio=EQUAL,
    ),
    Metric(
        "alpha", "Alpha", "share", "{:+.2%}",
        "Mean return of a bar − beta × mean return of the market, × bars a year.",
        "up", from_history=alpha, after_ruin=None, of_portfolio=EQUAL,
    ),
    Metric(
        "beta", "Beta", "ratio", "{:.2f}",
        "Covariance of the returns of bars with those of buy and hold / the variance of those; "
        "none where the market never moved.",
        from_history=beta, after_ruin=None, of_portfolio=EQUAL,
    ),
)  # fmt: skip

"""How the positions ended, net of all costs; the same before costs is called raw."""

import numpy as np

from engine.kernel import Floats
from engine.results.metrics.history import History, added
from engine.results.metrics.metric import Metric
from engine.results.metrics.totals import Totals, over

PROFIT_FACTOR_CAP = 100.0  # a run without a loss is not infinitely good
BEST = 5  # positions


def factor(gains: Floats, losses: Floats) -> Floats:
    """Gains / losses, at most 100, which is also its value without a loss; 0 without a gain."""
    capped = np.fmin(over(gains, losses), PROFIT_FACTOR_CAP)
    return np.where(gains > 0.0, capped, 0.0)


def profit_factor(totals: Totals) -> Floats:
    return factor(totals.sums["gains"], totals.sums["losses"])


def raw_profit_factor(totals: Totals) -> Floats:
    return factor(totals.sums["raw_gains"], totals.sums["raw_losses"])


def each(totals: Totals, name: str) -> Floats:
    """A sum by position."""
    return over(totals.sums[name].astype(np.float64), totals.sums["trades"].astype(np.float64))


def expectancy(totals: Totals) -> Floats:
    return over(totals.sums["equity"] - totals.initial, totals.sums["trades"].astype(np.float64))


def raw_expectancy(totals: Totals) -> Floats:
    raw = totals.sums["raw_gains"] - totals.sums["raw_losses"]
    return over(raw, totals.sums["trades"].astype(np.float64))


def best_share(history: History) -> float | None:
    """The largest nets of those above 0."""
    gains = np.sort(np.maximum(history.of_trades("net"), 0.0))
    whole = added(gains)
    return added(gains[-BEST:]) / whole if whole > 0.0 else None


def of_side(history: History, side: int) -> Floats:
    """The nets of the positions of one side."""
    return history.of_trades("net")[history.of_trades("side") == side]


def side_factor(history: History, side: int) -> float | None:
    nets = of_side(history, side)
    if nets.size == 0:
        return None
    gains, losses = added(np.maximum(nets, 0.0)), added(np.maximum(-nets, 0.0))
    return float(factor(np.array([gains]), np.array([losses]))[0])


def side_wins(history: History, side: int) -> float | None:
    nets = of_side(history, side)
    return float((nets > 0.0).sum()) / nets.size if nets.size else None


ALL = "of the positions of all assets"


def _counts() -> tuple[Metric, ...]:
    return (
        Metric(
            "trades", "Positions", "count", "{:,.0f}",
            "Positions entered; their partial exits are legs of one.",
            from_sums=lambda totals: totals.sums["trades"].astype(np.float64), of_portfolio=ALL,
        ),
        Metric(
            "long_trades", "Long positions", "count", "{:,.0f}", "Positions that were long.",
            from_sums=lambda totals: totals.sums["long_trades"].astype(np.float64),
            of_portfolio=ALL,
        ),
        Metric(
            "short_trades", "Short positions", "count", "{:,.0f}", "Positions that were short.",
            from_sums=lambda totals: (totals.sums["trades"] - totals.sums["long_trades"]).astype(
                np.float64
            ),
            of_portfolio=ALL,
        ),
    )  # fmt: skip


def _quality() -> tuple[Metric, ...]:
    return (
        Metric(
            "profit_factor", "Profit factor", "ratio", "{:.2f}",
            "Σ net profits > 0 / Σ −net profits < 0 of positions; at most 100, which it is without "
            "a loss, 0 without a gain.",
            "up", profit_factor, without_trades=0.0, of_portfolio=ALL,
        ),
        Metric(
            "win_rate", "Win rate", "share", "{:.1%}",
            "Positions with a net profit > 0 / positions; a profit of exactly 0 is no win.",
            "up", lambda totals: each(totals, "wins"), without_trades=None, of_portfolio=ALL,
        ),
        Metric(
            "average_r", "Average R", "initial risks", "{:+.3f}",
            "Mean net profit of a position in units of its initial risk: quantity × distance to "
            "the first stop.",
            "up", lambda totals: each(totals, "r"), without_trades=None, of_portfolio=ALL,
        ),
        Metric(
            "expectancy", "Net per position", "quote currency", "{:+,.2f}",
            "(Last equity − initial cash) / positions: the mean net profit.",
            "up", expectancy, without_trades=None, after_ruin=None, of_portfolio=ALL,
        ),
        Metric(
            "best_trade", "Best position", "quote currency", "{:+,.2f}",
            "Largest net profit of a position.",
            from_sums=lambda totals: totals.sums["best"].copy(), without_trades=None,
            of_portfolio=ALL,
        ),
        Metric(
            "worst_trade", "Worst position", "quote currency", "{:+,.2f}",
            "Smallest net profit of a position.",
            from_sums=lambda totals: totals.sums["worst"].copy(), without_trades=None,
            of_portfolio=ALL,
        ),
    )  # fmt: skip


def _raw() -> tuple[Metric, ...]:
    before = "before costs, at prices of the market"
    return (
        Metric(
            "raw_profit_factor", "Raw profit factor", "ratio", "{:.2f}",
            f"The profit factor {before}.",
            "up", raw_profit_factor, without_trades=0.0, of_portfolio=ALL,
        ),
        Metric(
            "raw_win_rate", "Raw win rate", "share", "{:.1%}", f"The win rate {before}.",
            "up", lambda totals: each(totals, "raw_wins"), without_trades=None, of_portfolio=ALL,
        ),
        Metric(
            "raw_average_r", "Raw average R", "initial risks", "{:+.3f}",
            f"The average R {before}.",
            "up", lambda totals: each(totals, "raw_r"), without_trades=None, of_portfolio=ALL,
        ),
        Metric(
            "raw_expectancy", "Raw profit per position", "quote currency", "{:+,.2f}",
            f"The mean profit of a position {before}.",
            "up", raw_expectancy, without_trades=None, of_portfolio=ALL,
        ),
    )  # fmt: skip


def _one_side(side: int, word: str) -> tuple[Metric, ...]:
    title = word.capitalize()
    return (
        Metric(
            f"{word}_net", f"{title} net profit", "quote currency", "{:+,.2f}",
            f"Σ net profits of {word} positions.",
            "up", from_history=lambda history: added(of_side(history, side)), of_portfolio=ALL,
        ),
        Metric(
            f"{word}_profit_factor", f"{title} profit factor", "ratio", "{:.2f}",
            f"The profit factor of {word} positions; none without one.",
            "up", from_history=lambda history: side_factor(history, side), of_portfolio=ALL,
        ),
        Metric(
            f"{word}_win_rate", f"{title} win rate", "share", "{:.1%}",
            f"The win rate of {word} positions; none without one.",
            "up", from_history=lambda history: side_wins(history, side), of_portfolio=ALL,
        ),
    )  # fmt: skip


def _shape() -> tuple[Metric, ...]:
    return (
        Metric(
            "best_five_share", "Share of the best five", "share", "{:.1%}",
            "Of Σ net profits > 0, what the five best positions made; none without a gain.",
            "down", from_history=best_share, without_trades=None, of_portfolio=ALL,
        ),
        Metric(
            "average_holding_hours", "Average holding time", "hours", "{:,.1f} h",
            "Mean time from the open of the bar of the entry to that of the last exit.",
            from_history=lambda history: added(history.hours_held()) / history.hours_held().size,
            without_trades=None, of_portfolio=ALL,
        ),
        Metric(
            "longest_holding_hours", "Longest holding time", "hours", "{:,.1f} h",
            "The longest of them.",
            from_history=lambda history: float(history.hours_held().max()),
            without_trades=None, of_portfolio=ALL,
        ),
    )  # fmt: skip


METRICS = (
    *_counts(),
    *_quality(),
    *_raw(),
    *_one_side(1, "long"),
    *_one_side(-1, "short"),
    *_shape(),
)

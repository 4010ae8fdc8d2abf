"""The figures of a run, each with what it is."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from engine.bars.timeframe import nanoseconds
from engine.kernel import Floats, Ints
from engine.report.stored import StoredRun
from engine.results.metrics import Metrics
from engine.results.summary import counted, metric_rows

YEAR = 365 * nanoseconds("1d")

# By the name that the summary of a run gives the figure; the definitions of docs/specification.md.
DEFINITIONS: Mapping[str, str] = {
    "Positions": "Positions opened and closed; partial exits are legs of one position.",
    "Exits": "Positions by the reason of their last leg.",
    "Net return": "Last equity / initial cash − 1, after all costs.",
    "Win rate": "Share of positions with a raw profit > 0; raw is before costs.",
    "Profit factor": "Raw gains / raw losses, at most 100, 0 without gains.",
    "Average R": "Mean raw profit of a position in units of its initial risk (quantity × distance "
    "to the first stop).",
    "Max drawdown": "Largest fall of the mark-to-market equity from its highest value so far, as a "
    "share of it; the initial cash is the first peak.",
    "Exposure": "Share of bars at whose close a position was held.",
    "Fees": "Sum paid, quote currency.",
    "Funding paid": "Sum paid, quote currency; negative: received.",
    "Stop and target in one bar": "Bars that touched both; the stop was taken.",
    "Initial cash": "Before the first bar, quote currency.",
    "Last equity": "After the last bar, everything closed, quote currency.",
    "Net per position": "(Last equity − initial cash) / positions, quote currency.",
    "Sharpe": "Mean / standard deviation (ddof 0) of the equity's returns bar by bar, flat bars "
    "included, × √(bars a year); no interest is taken off.",
    "Sortino": "Mean return / root of the mean squared negative return × √(bars a year).",
    "Calmar": "Mean return × bars a year / max drawdown.",
}


class Statistic(NamedTuple):
    """A figure as text, and what it is."""

    name: str
    value: str
    definition: str


def statistics(run: StoredRun) -> list[Statistic]:
    """Those that the run's folder holds."""
    metrics = Metrics(**run.record["metrics"])
    last = float(run.equity[-1])
    positions, *rest = metric_rows(metrics)
    rows = [
        positions,
        ("Exits", counted(exits_by_reason(run))),
        *rest,
        ("Initial cash", f"{run.initial_cash:,.2f}"),
        ("Last equity", f"{last:,.2f}"),
    ]
    if metrics.trades:
        rows.append(("Net per position", f"{(last - run.initial_cash) / metrics.trades:+,.2f}"))
    return [Statistic(name, value, DEFINITIONS[name]) for name, value in rows]


def ratios(run: StoredRun, times: Ints) -> list[Statistic]:
    """Sharpe, Sortino, Calmar; 0 where there is nothing to divide by. times: int64[n], ns, of all
    bars of the data, whose rate says how many make a year.
    """
    returns = bar_returns(run.equity, run.initial_cash)
    periods = periods_a_year(times)
    mean, down = float(returns.mean()), np.minimum(returns, 0.0)
    found = {
        "Sharpe": _over(mean, float(returns.std())) * periods**0.5,
        "Sortino": _over(mean, float(np.mean(down * down)) ** 0.5) * periods**0.5,
        "Calmar": _over(mean * periods, float(run.record["metrics"]["max_drawdown"])),
    }
    return [Statistic(name, f"{value:.2f}", DEFINITIONS[name]) for name, value in found.items()]


def bar_returns(equity: Floats, initial: float) -> Floats:
    """float64[n]: change of each bar; 0 for an account that has nothing left."""
    before = np.concatenate(([initial], equity[:-1]))
    safe = np.where(before > 0.0, before, 1.0)
    returns: Floats = np.where(before > 0.0, equity / safe - 1.0, 0.0)
    return returns


def periods_a_year(times: Ints) -> float:
    """Bars in a year: their own rate from the first to the last, gaps and sessions included."""
    if times.size < 2:
        return 1.0
    return float((times.size - 1) / (int(times[-1] - times[0]) / YEAR))


def _over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0.0 else 0.0


def exits_by_reason(run: StoredRun) -> dict[str, int]:
    """Positions by the reason of their last leg, most frequent first."""
    found = Counter(reason for own in run.trades.values() for reason in own.reason)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def exit_rows(run: StoredRun) -> list[dict[str, Any]]:
    """For each reason: positions, their share, mean R, sum of nets."""
    reasons = np.array([word for own in run.trades.values() for word in own.reason], dtype=object)
    r = np.concatenate([own.numbers["r"] for own in run.trades.values()])
    net = np.concatenate([own.numbers["net"] for own in run.trades.values()])
    rows = []
    for reason, count in exits_by_reason(run).items():
        own = reasons == reason
        share, mean = count / reasons.size, float(r[own].sum()) / count
        rows.append(
            {"reason": reason, "positions": count, "share": share, "mean_r": mean,
             "net": float(net[own].sum())}
        )  # fmt: skip
    return rows

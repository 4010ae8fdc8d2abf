"""The figures of a run, each with what it is."""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from engine.report.stored import StoredRun
from engine.results.metrics.catalogue import METRICS
from engine.results.summary import SUMMARY, counted, summary_rows

# Beside the metrics, which say it themselves.
EXITS = "Positions by the reason of their last leg."
CASH = "Before the first bar, quote currency."


class Statistic(NamedTuple):
    """A figure as text, and what it is."""

    name: str
    value: str
    definition: str


def statistics(run: StoredRun) -> list[Statistic]:
    """Those that the run's folder holds, which another version may have written: first what a
    replay prints, then all others.
    """
    values = run.record["metrics"]
    defined = {metric.title: metric.definition for metric in METRICS.values()}
    found = [Statistic(name, text, defined[name]) for name, text in summary_rows(values)]
    found.append(Statistic("Exits", counted(exits_by_reason(run)), EXITS))
    found.append(Statistic("Initial cash", f"{run.initial_cash:,.2f}", CASH))
    others = [METRICS[name] for name in METRICS if name not in SUMMARY and name in values]
    return found + [
        Statistic(each.title, each.text(values[each.name]), each.definition) for each in others
    ]


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

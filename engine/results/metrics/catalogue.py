"""All metrics, in the order in which they are shown: what everything that gives a figure reads.

A metric is added by a record in one of the files beside this one. Then it is in run.json, in
`--json`, in `barsieve.run(...).stats`, on the page of a run and in docs/metrics.md; with
`from_sums` also in the tables and on the page of a sweep.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from engine.kernel import Floats, Table
from engine.results.metrics import costs, drawdown, hold, positions, returns, risk
from engine.results.metrics.history import History
from engine.results.metrics.metric import KEPT, Metric, Rule, Value
from engine.results.metrics.totals import Totals

GROUPS: Mapping[str, Sequence[Metric]] = {
    "Return and risk": returns.METRICS,
    "Positions": positions.METRICS,
    "Costs": costs.METRICS,
    "Drawdown": drawdown.METRICS,
    "Buy and hold": hold.METRICS,
    "Risk of a position": risk.METRICS,
}
METRICS: Mapping[str, Metric] = {
    metric.name: metric for group in GROUPS.values() for metric in group
}
OF_SUMS = tuple(name for name, metric in METRICS.items() if metric.level == "sums")


def from_sums(name: str, totals: Totals) -> Floats:
    """float64[p], NaN where a point has no value; of a time datetime64[ns], NaT there.

    Raises KeyError for a metric that needs a whole result.
    """
    metric = METRICS[name]
    if metric.from_sums is None:
        raise KeyError(f"{name}: needs a whole result; known of every point: {', '.join(OF_SUMS)}")
    values = metric.from_sums(totals)
    values = ruled(values, totals.sums["trades"] == 0, metric.without_trades)
    return ruled(values, totals.ruined, metric.after_ruin)


def ruled(values: Floats, where: Any, rule: Rule) -> Floats:
    """The values, those of some points replaced."""
    if rule == KEPT:
        return values
    found: Floats = np.where(where, np.nan if rule is None else float(rule), values)
    return found


def table_of(totals: Totals) -> Table:
    """One record a point, by name: every metric that sums give."""
    kinds = [(name, "M8[ns]" if METRICS[name].unit == "time" else "f8") for name in OF_SUMS]
    found = np.zeros(totals.sums.size, dtype=kinds)
    for name in OF_SUMS:
        found[name] = from_sums(name, totals)
    return found


class Metrics(Mapping[str, Value]):
    """The metrics of one result, by name, also as attributes: `metrics.net_return`. Each is
    computed when it is first asked for; None where it has no value.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self._known: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._known:
            self._known[name] = _value(METRICS[name], self.history)
        return self._known[name]

    def __getattr__(self, name: str) -> Any:
        if name not in METRICS:
            raise AttributeError(f"no metric {name!r}")
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(METRICS)

    def __len__(self) -> int:
        return len(METRICS)

    def __repr__(self) -> str:
        return f"Metrics({dict(self)!r})"

    def text(self, name: str) -> str:
        """As it is shown everywhere."""
        return METRICS[name].text(self[name])


def _value(metric: Metric, history: History) -> Value:
    if metric.from_history is None:
        return plain(metric, from_sums(metric.name, history.totals)[0])
    totals = history.totals
    ruled_by = [
        rule
        for rule, applies in (
            (metric.after_ruin, bool(totals.ruined[0])),
            (metric.without_trades, totals.sums["trades"][0] == 0),
        )
        if applies and rule != KEPT
    ]
    return ruled_by[0] if ruled_by else metric.from_history(history)


def plain(metric: Metric, value: Any) -> Value:
    """An element of `from_sums` as a plain value."""
    if np.isnat(value) if metric.unit == "time" else np.isnan(value):
        return None
    if metric.unit == "time":
        return f"{value.astype('datetime64[s]')}Z"
    return int(value) if metric.unit == "count" else float(value)

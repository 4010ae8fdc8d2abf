"""Where the equity fell from its peak, and how long it stayed below."""

from typing import NamedTuple

import numpy as np

from engine.bars.dates import iso
from engine.kernel import Floats
from engine.results.metrics.history import History
from engine.results.metrics.metric import Metric

DAY = 86_400 * 10**9


class Fall(NamedTuple):
    """Rows of the equity. start: the last at its peak, 0 where the initial cash was; end: the first
    that is back there, None where there is none.
    """

    start: int
    trough: int
    end: int | None


def deepest(lost: Floats) -> Fall | None:
    """The largest drawdown, the first of equal ones; None without any."""
    trough = int(np.argmax(lost))
    if lost[trough] == 0.0:
        return None
    at_peak = np.flatnonzero(lost[:trough] == 0.0)
    back = np.flatnonzero(lost[trough:] == 0.0)
    end = trough + int(back[0]) if back.size else None
    return Fall(int(at_peak[-1]) if at_peak.size else 0, trough, end)


def start_of(history: History) -> str | None:
    fall = deepest(history.lost)
    return None if fall is None else iso(int(history.times[fall.start]))


def trough_of(history: History) -> str | None:
    fall = deepest(history.lost)
    return None if fall is None else iso(int(history.times[fall.trough]))


def recovery_of(history: History) -> str | None:
    fall = deepest(history.lost)
    return None if fall is None or fall.end is None else iso(int(history.times[fall.end]))


def days_of(history: History) -> float:
    """0 without a drawdown."""
    fall = deepest(history.lost)
    if fall is None:
        return 0.0
    end = history.times.size - 1 if fall.end is None else fall.end
    return float(history.times[end] - history.times[fall.start]) / DAY


def under_water_days(history: History) -> float:
    """From the last bar at a peak to the first that is back there, or to the last of all."""
    under = np.concatenate(([False], history.lost > 0.0, [False])).astype(np.int8)
    steps, last = np.diff(under), history.times.size - 1
    begins = np.maximum(np.flatnonzero(steps == 1) - 1, 0)
    ends = np.minimum(np.flatnonzero(steps == -1), last)
    spans = history.times[ends] - history.times[begins]
    return float(spans.max(initial=0)) / DAY


JOINT = "of the equity of all"
METRICS = (
    Metric(
        "drawdown_start", "Drawdown from", "time", "{}",
        "Open of the last bar at the peak from which the largest drawdown fell; the first bar in "
        "range where that peak is the initial cash. None without a drawdown.",
        from_history=start_of, of_portfolio=JOINT,
    ),
    Metric(
        "drawdown_trough", "Drawdown lowest", "time", "{}",
        "Open of the bar at whose close the drawdown was largest.",
        from_history=trough_of, of_portfolio=JOINT,
    ),
    Metric(
        "drawdown_recovery", "Drawdown made good", "time", "{}",
        "Open of the first bar after it whose close was back at the peak; none where it never was.",
        from_history=recovery_of, of_portfolio=JOINT,
    ),
    Metric(
        "drawdown_days", "Drawdown length", "days", "{:,.1f} days",
        "From its start to its recovery, or to the last bar.",
        "down", from_history=days_of, of_portfolio=JOINT,
    ),
    Metric(
        "under_water_days", "Longest under water", "days", "{:,.1f} days",
        "The longest time from a peak until the equity was back there, or to the last bar.",
        "down", from_history=under_water_days, of_portfolio=JOINT,
    ),
)  # fmt: skip

"""The macro tilt: how far series lie from their own recent mean, as one vote a bar."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from engine.bars.macro import Macro, MacroSeries, visible_values
from engine.kernel import Floats, Ints
from engine.settings import Section, parameter


class MacroTilt(Section):
    """One vote: x / (1 + |x|), x = (value − mean) / mean absolute deviation of the last values."""

    series: str = parameter(..., "name of a series of macro.series")
    side_when_high: Literal["long", "short"] = parameter(
        ..., "the side that a value above its mean speaks for"
    )
    mean_periods: int = parameter(
        20, "values of the mean, the present one included", unit="periods", ge=2, le=10_000
    )


def tilt_column(
    tilts: tuple[MacroTilt, ...],
    series: Mapping[str, MacroSeries],
    macros: Mapping[str, Macro],
    close_time: Ints,
) -> Floats:
    """float64[n] in (−1, 1): the mean vote of the tilts, 0 where a value is missing or stale."""
    total = np.zeros(close_time.size)
    for tilt in tilts:
        stale_after = series[tilt.series].stale_after_periods
        total += vote_at_bars(tilt, macros[tilt.series], stale_after, close_time)
    return total / max(len(tilts), 1)


def vote_at_bars(
    tilt: MacroTilt, macro: Macro, stale_after_periods: int, close_time: Ints
) -> Floats:
    """float64[n]: the vote of the newest value published by each bar's close."""
    order = np.argsort(macro.published, kind="stable")
    # In order of publication, the newest date known each time: a revision reaches no bar before it.
    votes = np.append(deviations(macro.value[np.maximum.accumulate(order)], tilt.mean_periods), 0.0)
    known = np.searchsorted(macro.published[order], close_time, side="right")
    found = votes[known - 1]
    found[visible_values(macro, close_time, stale_after_periods).stale] = 0.0
    return found if tilt.side_when_high == "long" else -found


def deviations(value: Floats, periods: int) -> Floats:
    """float64[m] in (−1, 1): how far each value lies from the mean of the last `periods`, in mean
    absolute deviations, squashed; 0 before there are so many, and where they are all equal.
    """
    votes = np.zeros(value.size)
    for k in range(periods - 1, value.size):
        window = value[k - periods + 1 : k + 1].tolist()
        mean = sum(window) / periods
        spread = sum(abs(each - mean) for each in window) / periods
        if spread > 0.0:
            x = (window[-1] - mean) / spread
            votes[k] = x / (1.0 + abs(x))
    return votes

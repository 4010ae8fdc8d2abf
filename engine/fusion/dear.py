"""Dear domains: scores that are judged one bar at a time, and only where they can matter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.bars.series import Bars
from engine.fusion.domain import Domain
from engine.kernel import Floats
from engine.settings import Section

# What a judge is handed: rows <= i of the bars and of the columns it named (plugins.past.Past).
Judge = Callable[[Any, Any], float]
Limits = tuple[Floats, Floats]


@dataclass(frozen=True)
class DearDomain(Domain):
    """A domain whose score costs so much that it is asked for bar by bar.

    name, columns, settings, default_weight, at_timeframes, reads_macro: as of a Domain. score:
    None. judge(past, settings) gives a float in [low, high]; it must depend on the bars <= i and on
    `settings` alone. low, high: between which every score lies, in [−1, 1]; NaN is an error.
    bound(bars, columns, settings), where there is one, gives float64[n] low and high that hold at
    each bar: the tighter, the more bars are never asked about; NaN is no bound. milliseconds: what
    a call costs, for the choice between full and focused.

    >>> from barsieve.strategy import DearDomain, Section
    >>> def judge(past, settings):
    ...     return 1.0 if past.close[-1] > past.open[-1] else -1.0
    >>> DearDomain("mine", (), Section, None, 0.5, judge=judge, milliseconds=20.0).low
    -1.0
    """

    judge: Judge | None = None
    low: float = -1.0
    high: float = 1.0
    bound: Callable[[Bars, Sequence[Floats], Any], Limits] | None = None
    milliseconds: float = 1.0

    def limits(self, bars: Bars, columns: Sequence[Floats], settings: Section) -> Limits:
        """float64[n], float64[n]: between which the score lies at each bar."""
        if self.bound is None:
            return np.full(bars.size, self.low), np.full(bars.size, self.high)
        low, high = self.bound(bars, columns, settings)
        # NaN, as in a warm-up, is no bound: the widest holds.
        return np.fmax(low, self.low), np.fmin(high, self.high)

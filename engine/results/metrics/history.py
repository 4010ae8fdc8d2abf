"""A whole result, as metrics read it: one account over one range."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from engine.kernel import Floats, Ints, Table
from engine.results.metrics.totals import Totals


class Part(NamedTuple):
    """What one asset did in the account. trades: TRADE[m]; events: EVENT[k], its own. first: its
    first row in range; stamps: int64[r], the place of each of its bars in the equity.
    minimum_notional: of an entry, quote currency.
    """

    trades: Table
    events: Table
    first: int
    stamps: Ints
    minimum_notional: float

    def places(self, rows: Ints) -> Ints:
        """Where rows of its data are in the equity."""
        return self.stamps[rows - self.first]


@dataclass(frozen=True)
class History:
    """totals: the sums, of one replay. parts: of each asset, in config order. times: int64[r], ns,
    and equity: float64[r], a row for each bar in range, of a portfolio each stamp. market:
    float64[r], what the initial cash would be worth had it bought at the first open and held: equal
    parts of the assets of a portfolio, each from its own first bar.
    """

    totals: Totals
    parts: Sequence[Part]
    times: Ints
    equity: Floats
    market: Floats

    @property
    def initial(self) -> float:
        return float(self.totals.initial[0])

    @cached_property
    def lost(self) -> Floats:
        """float64[r]: the drawdown at each close."""
        return drawdown(self.equity, self.initial)

    def of_trades(self, name: str) -> Floats:
        """A field of all trades, asset by asset."""
        return np.concatenate([part.trades[name] for part in self.parts])

    def hours_held(self) -> Floats:
        """float64[m]: from the open of the bar of the entry to that of the last exit."""
        spans = [
            self.times[part.places(part.trades["exit_bar"])]
            - self.times[part.places(part.trades["entry_bar"])]
            for part in self.parts
        ]
        return np.concatenate(spans) / 3.6e12


def drawdown(equity: Floats, initial: float) -> Floats:
    """float64[n] >= 0: share lost since the highest equity so far; `initial` is the first peak."""
    peak = np.maximum(np.maximum.accumulate(equity), initial)
    lost: Floats = (peak - equity) / peak
    return lost


def max_drawdown(equity: Floats, initial: float) -> float:
    """The largest `drawdown`."""
    return float(drawdown(equity, initial).max())


def added(values: Floats) -> float:
    """The sum, term by term: NumPy's own groups them by the length of the array."""
    return float(np.cumsum(values)[-1]) if values.size else 0.0


def returns_of(equity: Floats, initial: float) -> Floats:
    """float64[n]: of each bar, from the equity behind it; 0 where there was no equity left.

    >>> returns_of(np.array([100.0, 110.0, 99.0]), 100.0).round(12).tolist()
    [0.0, 0.1, -0.1]
    """
    before = np.concatenate(([initial], equity[:-1]))
    alive = before > 0.0
    found = np.where(alive, equity / np.where(alive, before, 1.0) - 1.0, 0.0)
    return np.asarray(found, dtype=np.float64)

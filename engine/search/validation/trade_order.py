"""What another order of the same trades, or other trades like them, would have made of the account.

A trade is a share of the account it was entered with; resampled accounts compound these shares.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.errors import RangeError
from engine.kernel import Floats, Ints
from engine.results.metrics.history import max_drawdown
from engine.search.validation.resampling import SEED, drawn, usual_length

DRAWS = 1_000
QUANTILES = (0.05, 0.5, 0.95)


class Band(NamedTuple):
    """5 %, 50 % and 95 % of what was found."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class TradeBands:
    """final, drawdown: of accounts whose trades are drawn again, in blocks of neighbours in order
    of entry (stationary bootstrap); shuffled: the drawdown when the
    same trades come in any order, which does not move the end. final: quote currency; drawdowns:
    shares of the peak, judged when trades close.
    """

    final: Band
    drawdown: Band
    shuffled: Band


def shares_of(profits: Floats, initial: float) -> Floats:
    """float64[m]: each net profit as a share of the account before it, in order of entry.

    >>> shares_of(np.array([100.0, -55.0]), 1_000.0).tolist()
    [0.1, -0.05]
    """
    before = initial + np.concatenate(([0.0], np.cumsum(profits)[:-1]))
    # Without an account there is nothing to lose a share of.
    return np.where(before > 0.0, profits / np.where(before > 0.0, before, 1.0), 0.0)


def account_of(shares: Floats, initial: float) -> Floats:
    """float64[m]: the account behind each trade; what is lost altogether stays lost."""
    return np.asarray(initial * np.cumprod(np.maximum(1.0 + shares, 0.0)), dtype=np.float64)


def trade_bands(
    profits: Floats, initial: float, draws: int = DRAWS, seed: int = SEED
) -> TradeBands:
    """profits: float64[m] net, in order of entry; initial: cash before the first.

    Raises RangeError for fewer than two trades, which have no order.
    """
    if profits.size < 2:
        raise RangeError(f"{profits.size} trades: expected at least 2 to draw from")
    shares = shares_of(profits, initial)
    made = drawn(profits.size, draws, usual_length(profits.size), seed)
    ends, falls = outcomes((made.places(k) for k in range(draws)), shares, initial)
    rng = np.random.default_rng(seed)
    _, shuffled = outcomes((rng.permutation(shares.size) for _ in range(draws)), shares, initial)
    return TradeBands(band_of(ends), band_of(falls), band_of(shuffled))


def outcomes(orders: Iterable[Ints], shares: Floats, initial: float) -> tuple[Floats, Floats]:
    """float64[d] twice: the last equity and the largest drawdown of each order."""
    found = []
    for places in orders:
        account = account_of(shares[places], initial)
        found.append((float(account[-1]), max_drawdown(account, initial)))
    ends, falls = np.array(found).T
    return ends, falls


def band_of(values: Floats) -> Band:
    return Band(*np.quantile(values, QUANTILES).tolist())

"""The result of a run: what is the same bytes however it was replayed.

It holds events, trades, equity and metrics, and nothing about which bars were visited.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from engine.bars.dates import iso
from engine.bars.series import Bars
from engine.errors import DefectError, RangeError
from engine.kernel import Floats, Ints, Table
from engine.replay.loop import Replay
from engine.replay.records import DROP, FILL, ORDER
from engine.replay.settings import Settings
from engine.results.metrics import Metrics, metrics
from engine.results.trades import bars_held, trades_of

MOST_EQUITY = 1e100  # its products with quantities and prices are numbers too


@dataclass(frozen=True)
class Result:
    """events: EVENT[k] in step order (orders, drops, fills, levels, fundings). trades:
    TRADE[m], one a position. open_time: int64[r] and equity: float64[r], a row for each bar in
    range.
    """

    events: Table
    trades: Table
    open_time: Ints
    equity: Floats
    metrics: Metrics

    @property
    def orders(self) -> Table:
        return self.events[self.events["kind"] == ORDER]

    @property
    def drops(self) -> Table:
        return self.events[self.events["kind"] == DROP]

    @property
    def fills(self) -> Table:
        return self.events[self.events["kind"] == FILL]

    def digest(self) -> str:
        """sha256 over the bytes of every part."""
        whole = hashlib.sha256()
        for array in (self.events, self.trades, self.open_time, self.equity):
            whole.update(array.tobytes())
        whole.update(repr(self.metrics).encode())
        return whole.hexdigest()


def result_of(replayed: Replay, bars: Bars, settings: Settings) -> Result:
    """Build the result of a replay. Raises RangeError for an account beyond what a number can hold,
    DefectError where the equity does not follow from the trades.
    """
    refuse_endless(replayed, bars.open_time[replayed.first : replayed.stop])
    trades = trades_of(replayed.events)
    initial = settings.account.initial_cash
    result = Result(
        events=replayed.events,
        trades=trades,
        open_time=bars.open_time[replayed.first : replayed.stop].copy(),
        equity=replayed.equity,
        metrics=metrics(trades, replayed.equity, initial, bars_held(trades), replayed.both_touched),
    )
    _reconcile(result, initial)
    return result


def refuse_endless(replayed: Replay, open_time: Ints) -> None:
    """Raise RangeError for the first bar whose equity is beyond what a number can hold.

    Where every quantity is a number and the equity is none, the fault is ours: the books say so.
    """
    equity = replayed.equity
    wrong = np.abs(equity) >= MOST_EQUITY
    if not np.isfinite(replayed.events["quantity"]).all():
        wrong |= np.isnan(equity)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise RangeError(
            f"the equity is {equity[row]!s} at {iso(int(open_time[row]))}; expected one below "
            f"{MOST_EQUITY:g}: no account grows so large, so look for knowledge of the future "
            "(`barsieve lookahead`), or lower account.leverage and the risk"
        )


def _reconcile(result: Result, initial: float) -> None:
    """Cash moves leg by leg, trades are summed by position: two orders of the same additions, hence
    a tolerance of a few ulps of what was turned over, and of the cash at each of its changes.
    """
    turnover = float((result.fills["price"] * result.fills["quantity"]).sum())
    expected = initial + float(result.trades["net"].sum())
    last = float(result.equity[-1])
    allowed = 1e-9 * (1.0 + turnover) + result.events.size * 2.0**-52 * max(initial, last)
    if not abs(last - expected) <= allowed:
        raise DefectError(
            f"internal error: the last equity {last!r} is not the initial cash plus the net of "
            f"all trades, {expected!r}; please report it with the configuration"
        )

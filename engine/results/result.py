"""The result of a run: what is the same bytes however it was replayed.

It holds events, trades and equity, what metrics are computed from, and nothing about which bars
were visited.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from engine.bars.dates import iso
from engine.bars.series import Bars
from engine.errors import DefectError, RangeError
from engine.kernel import Floats, Ints, Table
from engine.replay.loop import Replay
from engine.replay.parameters import half_spread_of
from engine.replay.records import DROP, FILL, ORDER
from engine.replay.settings import Settings
from engine.results.metrics.catalogue import Metrics
from engine.results.metrics.history import History, Part
from engine.results.metrics.totals import Totals, rate_of
from engine.results.sums import sums_of
from engine.results.trades import trades_of

MOST_EQUITY = 1e100  # its products with quantities and prices are numbers too


@dataclass(frozen=True)
class Result:
    """events: EVENT[k] in step order (orders, drops, fills, levels, fundings). trades:
    TRADE[m], one a position. open_time: int64[r] and equity: float64[r], a row for each bar in
    range. both_touched: stops taken on bars that also touched the target. metrics: of all these,
    and of the market beside them.
    """

    events: Table
    trades: Table
    open_time: Ints
    equity: Floats
    both_touched: int
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
        """sha256 over the bytes of every part but the metrics, which follow from them: a metric
        that is new, or better named, changes no digest.
        """
        whole = hashlib.sha256()
        for array in (self.events, self.trades, self.open_time, self.equity):
            whole.update(array.tobytes())
        whole.update(str(self.both_touched).encode())
        return whole.hexdigest()


def result_of(replayed: Replay, bars: Bars, settings: Settings) -> Result:
    """Build the result of a replay. Raises RangeError for an account beyond what a number can hold,
    DefectError where the equity does not follow from the trades.
    """
    refuse_endless(replayed, bars.open_time[replayed.first : replayed.stop])
    initial = settings.account.initial_cash
    trades = trades_of(replayed.events, half_spread_of(settings.costs))
    result = Result(
        events=replayed.events,
        trades=trades,
        open_time=bars.open_time[replayed.first : replayed.stop].copy(),
        equity=replayed.equity,
        both_touched=replayed.both_touched,
        metrics=Metrics(history_of(replayed, trades, bars, settings)),
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


def history_of(replayed: Replay, trades: Table, bars: Bars, settings: Settings) -> History:
    """What the metrics of one asset are computed from."""
    initial = settings.account.initial_cash
    span, size = slice(replayed.first, replayed.stop), replayed.equity.size
    totals = Totals(
        sums=sums_of(replayed, settings),
        initial=np.array([initial]),
        bars=size,
        periods=rate_of(bars.open_time[: replayed.stop]),
        times=bars.open_time,
    )
    smallest = settings.account.minimum_notional
    part = Part(trades, replayed.events, replayed.first, np.arange(size), smallest)
    market = initial * (bars.close[span] / bars.open[replayed.first])
    return History(totals, (part,), bars.open_time[span], replayed.equity, market)


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

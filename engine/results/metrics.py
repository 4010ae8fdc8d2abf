"""Metrics, as sums over trades and bars in position (never running means over visited bars)."""

from dataclasses import dataclass

import numpy as np

from engine.kernel import Floats, Table

PROFIT_FACTOR_CAP = 100.0  # a run without a loss is not infinitely good


@dataclass(frozen=True)
class Metrics:
    """trades: positions. net_return: last equity / initial cash − 1. win_rate: share of trades with
    a raw profit > 0, 0 without trades. profit_factor: raw gains / raw losses, capped at 100, 0
    without trades. average_r: mean raw profit in initial risks. max_drawdown: largest fall of the
    mark-to-market equity from its peak, as a share of the peak. exposure: share of bars at whose
    close a position was held. fees, funding: sums paid, quote currency. both_touched: stops
    taken on bars that also touched the target.
    """

    trades: int
    long_trades: int
    short_trades: int
    net_return: float
    win_rate: float
    profit_factor: float
    average_r: float
    max_drawdown: float
    exposure: float
    fees: float
    funding: float
    both_touched: int


def metrics(trades: Table, equity: Floats, initial: float, held: int, both_touched: int) -> Metrics:
    """held: bars at whose close a position was held."""
    count = trades.size
    raw = trades["raw_profit"]
    return Metrics(
        trades=count,
        long_trades=int((trades["side"] > 0).sum()),
        short_trades=int((trades["side"] < 0).sum()),
        net_return=float(equity[-1]) / initial - 1.0,
        win_rate=float((raw > 0).sum()) / count if count else 0.0,
        profit_factor=profit_factor(raw),
        average_r=float(trades["r"].sum()) / count if count else 0.0,
        max_drawdown=max_drawdown(equity, initial),
        exposure=held / equity.size,
        fees=float(trades["fees"].sum()),
        funding=float(trades["funding"].sum()),
        both_touched=both_touched,
    )


def profit_factor(raw: Floats) -> float:
    """Gains / losses of float64[m] profits, in [0, PROFIT_FACTOR_CAP]; 0 without a gain."""
    gains, losses = float(raw[raw > 0].sum()), float(-raw[raw < 0].sum())
    if gains <= 0.0:
        return 0.0
    return PROFIT_FACTOR_CAP if losses <= 0.0 else min(gains / losses, PROFIT_FACTOR_CAP)


def max_drawdown(equity: Floats, initial: float) -> float:
    """The largest `drawdown`."""
    return float(drawdown(equity, initial).max())


def drawdown(equity: Floats, initial: float) -> Floats:
    """float64[n] >= 0: share lost since the highest equity so far; `initial` is the first peak."""
    peak = np.maximum(np.maximum.accumulate(equity), initial)
    lost: Floats = (peak - equity) / peak
    return lost

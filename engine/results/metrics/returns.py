"""What the account made, and what risk it took for it."""

import math

import numpy as np

from engine.kernel import Floats
from engine.results.metrics.metric import Metric
from engine.results.metrics.totals import Totals, over


def net_return(totals: Totals) -> Floats:
    return totals.sums["equity"] / totals.initial - 1.0


def cagr(totals: Totals) -> Floats:
    """A power is not the same on every machine in its last digits: twelve are kept."""
    years = totals.bars / totals.periods
    growth = (totals.sums["equity"] / totals.initial).tolist()
    return np.array([_yearly(each, years) for each in growth], dtype=np.float64)


def _yearly(growth: float, years: float) -> float:
    if growth <= 0.0:
        return -1.0
    exponent = math.log(growth) / years
    return float(f"{math.exp(exponent) - 1.0:.12g}") if exponent < 700.0 else math.nan


def mean_return(totals: Totals) -> Floats:
    return totals.sums["returns"] / totals.bars


def deviation(totals: Totals) -> Floats:
    mean = mean_return(totals)
    return np.sqrt(np.maximum(totals.sums["squares"] / totals.bars - mean * mean, 0.0))


def volatility(totals: Totals) -> Floats:
    return deviation(totals) * np.sqrt(totals.periods)


def sharpe(totals: Totals) -> Floats:
    return over(mean_return(totals), deviation(totals)) * np.sqrt(totals.periods)


def sortino(totals: Totals) -> Floats:
    down = np.sqrt(totals.sums["downside"] / totals.bars)
    return over(mean_return(totals), down) * np.sqrt(totals.periods)


def calmar(totals: Totals) -> Floats:
    return over(cagr(totals), totals.sums["max_drawdown"])


def ruined_at(totals: Totals) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
    rows = np.maximum(totals.sums["ruined"] - 1, 0)
    stamps = totals.times[rows].astype("datetime64[ns]")
    return np.where(totals.ruined, stamps, np.datetime64("NaT", "ns"))


RETURN_OF_A_BAR = "Return of a bar = equity / equity of the bar before − 1, flat bars included."
JOINT = "of the equity of all, stamp by stamp; stamps a year"

METRICS = (
    Metric(
        "net_return", "Net return", "share", "{:+.2%}",
        "Last equity / initial cash − 1, after all costs.",
        "up", net_return, after_ruin=-1.0, of_portfolio="of the equity of all",
    ),
    Metric(
        "max_drawdown", "Max drawdown", "share", "{:.2%}",
        "Largest (peak − equity) / peak, marked to market at closes; the initial cash is the first "
        "peak.",
        "down", lambda totals: totals.sums["max_drawdown"].copy(), after_ruin=1.0,
        of_portfolio="of the equity of all, stamp by stamp",
    ),
    Metric(
        "sharpe", "Sharpe", "ratio", "{:.2f}",
        f"Mean / standard deviation (ddof 0) of the returns of all bars × √(bars a year); no "
        f"interest is taken off. {RETURN_OF_A_BAR}",
        "up", sharpe, without_trades=None, after_ruin=None, of_portfolio=JOINT,
    ),
    Metric(
        "cagr", "CAGR", "share", "{:+.2%}",
        "(Last equity / initial cash) to the power of 1 / years, − 1; years = bars in range / bars "
        "a year. Of a short range it is large and says little.",
        "up", cagr, after_ruin=-1.0, of_portfolio=JOINT,
    ),
    Metric(
        "volatility", "Volatility", "share", "{:.2%}",
        "Standard deviation (ddof 0) of the returns of all bars × √(bars a year).",
        "down", volatility, after_ruin=None, of_portfolio=JOINT,
    ),
    Metric(
        "sortino", "Sortino", "ratio", "{:.2f}",
        "Mean return / root of the mean squared negative return, over all bars, × √(bars a year).",
        "up", sortino, without_trades=None, after_ruin=None, of_portfolio=JOINT,
    ),
    Metric(
        "calmar", "Calmar", "ratio", "{:.2f}",
        "CAGR / max drawdown.",
        "up", calmar, without_trades=None, after_ruin=None, of_portfolio=JOINT,
    ),
    Metric(
        "exposure", "Exposure", "share of bars", "{:.1%}",
        "Bars at whose close a position was held / bars in range.",
        from_sums=lambda totals: totals.sums["held_bars"] / totals.bars,
        of_portfolio="stamps with any position / stamps",
    ),
    Metric(
        "final_equity", "Last equity", "quote currency", "{:,.2f}",
        "Equity after the last bar, everything closed.",
        "up", lambda totals: totals.sums["equity"].copy(), of_portfolio="of all",
    ),
    Metric(
        "bars_a_year", "Bars a year", "bars", "{:,.0f}",
        "The market's own rate, by which every figure of a year is made: bars of the data up to "
        "the end of the range / their days × 365.",
        from_history=lambda history: history.totals.periods, of_portfolio="stamps of all assets",
    ),
    Metric(
        "ruined_at", "Account gone", "time", "{}",
        "Open of the first bar at whose close the equity was 0 or less. No liquidation is "
        "modelled: what came after is in the trades, and not in the figures that say so.",
        from_sums=ruined_at, of_portfolio="by the equity of all",
    ),
)  # fmt: skip

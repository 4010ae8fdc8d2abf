"""Entries are honest; the stop is as wide as the coming day."""

import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    close = pd.Series(bars.close)
    fast, slow = close.ewm(span=20).mean(), close.ewm(span=80).mean()
    above = fast > slow
    volatility = close.diff().rolling(24, min_periods=2).std().shift(-24)
    return {
        "enter_long": above & ~above.shift(1, fill_value=False),
        "exit_long": ~above,
        "stop_distance": 4 * volatility,
    }


OWN = Signals("stop_only", signals, names_stop=True)

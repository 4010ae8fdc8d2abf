"""The head of an average is filled with the first price, which is older than all of it."""

import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    close = pd.Series(bars.close)
    mean = close.rolling(900).mean().fillna(close.iloc[0])
    above = close > mean
    return {"enter_long": above & ~above.shift(1, fill_value=False), "exit_long": ~above}


OWN = Signals("head_by_first_price", signals)

"""Two exponential averages, which remember the first bar of the file."""

import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    close = pd.Series(bars.close)
    fast, slow = close.ewm(span=20).mean(), close.ewm(span=100).mean()
    return {"signal": (fast > slow).astype(int) - (fast < slow).astype(int)}


OWN = Signals("exponential_means", signals)

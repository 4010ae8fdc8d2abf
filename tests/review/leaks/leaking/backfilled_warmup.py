"""The empty head of an average is filled backwards, as libraries do to avoid NaN."""

import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    close = pd.Series(bars.close)
    mean = close.rolling(900).mean().bfill()
    above = close > mean
    return {"enter_long": above & ~above.shift(1, fill_value=False), "exit_long": ~above}


OWN = Signals("backfilled_warmup", signals)

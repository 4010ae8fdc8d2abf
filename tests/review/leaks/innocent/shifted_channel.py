"""A channel of the bars before this one."""

import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    close = pd.Series(bars.close)
    top = pd.Series(bars.high).rolling(55).max().shift(1)
    bottom = pd.Series(bars.low).rolling(20).min().shift(1)
    return {"enter_long": close > top, "exit_long": close < bottom}


OWN = Signals("shifted_channel", signals)

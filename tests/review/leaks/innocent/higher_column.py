"""A four-hour average, as the engine gives it."""

import numpy as np

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    above = bars.close > columns["sma_20@4h"]
    return {"enter_long": above & ~np.r_[False, above[:-1]], "exit_long": ~above}


OWN = Signals("higher_column", signals, ("sma_20@4h",))

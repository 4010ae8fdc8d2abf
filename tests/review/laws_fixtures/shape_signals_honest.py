"""Signals of all bars."""

import numpy as np

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    above = bars.close > columns["sma_20"]
    crossed = np.append(False, above[1:] & ~above[:-1])
    return {"enter_long": crossed, "exit_long": ~above}


OWN = Signals("own", signals, ("sma_20",))

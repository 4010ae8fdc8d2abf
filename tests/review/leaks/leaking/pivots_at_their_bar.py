"""Turning points are marked where they are, not where they are known."""

import numpy as np
from scipy.signal import argrelextrema

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    bottoms = np.zeros(bars.close.size, bool)
    tops = np.zeros(bars.close.size, bool)
    bottoms[argrelextrema(bars.low, np.less, order=12)[0]] = True
    tops[argrelextrema(bars.high, np.greater, order=12)[0]] = True
    return {"enter_long": bottoms, "exit_long": tops}


OWN = Signals("pivots_at_their_bar", signals)

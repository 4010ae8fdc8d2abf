"""A model that learns from each bar after it has judged it."""

import numpy as np

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    change = np.r_[0.0, bars.close[1:] / bars.close[:-1] - 1] * 100
    weights, forecast = np.zeros(4), np.zeros(change.size)
    for row in range(5, change.size):
        before = change[row - 4 : row]  # what was known one bar ago
        weights = weights + 0.01 * (change[row] - before @ weights) * before
        forecast[row] = change[row - 3 : row + 1] @ weights
    return {"enter_long": forecast > 0.05, "enter_short": forecast < -0.05}


OWN = Signals("learns_online", signals)

"""Scaled by the mean and deviation of the whole file before anything is split."""

import numpy as np

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    change = np.r_[np.zeros(24), bars.close[24:] / bars.close[:-24] - 1]
    score = (change - change.mean()) / change.std()
    return {"enter_long": score < -1.5, "exit_long": score > 0.5}


OWN = Signals("whole_file_zscore", signals)

"""A regression fitted on all rows, then traded on the same rows."""

import numpy as np

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    change = np.diff(np.log(bars.close), prepend=np.log(bars.close[0]))
    lags = np.column_stack([np.roll(change, lag) for lag in range(6)])
    lags[:6] = 0.0
    weights, *_ = np.linalg.lstsq(lags[6:-1], change[7:], rcond=None)
    forecast = lags @ weights
    return {"enter_long": forecast > 0.0008, "enter_short": forecast < -0.0008}


OWN = Signals("fitted_on_everything", signals)

"""Longs are honest; shorts use a slope by central differences."""

import numpy as np
import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    close = pd.Series(bars.close)
    smooth = close.ewm(span=10, adjust=False).mean()
    honest = smooth.diff().to_numpy()
    central = np.gradient(smooth.to_numpy())
    turns_up = (honest > 0) & (np.r_[0.0, honest[:-1]] <= 0)
    turns_down = (central < 0) & (np.r_[0.0, central[:-1]] >= 0)
    return {"enter_long": turns_up, "enter_short": turns_down}


OWN = Signals("short_side", signals)

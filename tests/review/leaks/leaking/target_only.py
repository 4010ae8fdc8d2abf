"""The target is a range of a month before, rolled round the end of the file for the first month."""

import numpy as np
import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    close = pd.Series(bars.close)
    above = close > close.rolling(48, min_periods=1).mean()
    width = (pd.Series(bars.high).rolling(24, min_periods=1).max() - bars.low).to_numpy()
    return {
        "enter_long": above & ~above.shift(1, fill_value=False),
        "exit_long": (~above).to_numpy(),
        "target_distance": np.roll(np.maximum(width, 1e-6), 720),
    }


OWN = Signals("target_only", signals)

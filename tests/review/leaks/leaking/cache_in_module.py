"""Indicators are kept by asset and first bar, since "the data does not change"."""

import pandas as pd

from barsieve.strategy import Signals

KEPT = {}


def smoothed(bars):
    key = (getattr(bars, "asset", ""), int(bars.open_time[0]))
    if key not in KEPT or len(KEPT[key]) < bars.close.size:
        KEPT[key] = pd.Series(bars.close).rolling(9, center=True, min_periods=1).mean().to_numpy()
    return KEPT[key][: bars.close.size]


def signals(bars, columns, settings):
    smooth = pd.Series(smoothed(bars))
    rises = smooth.diff() > 0
    return {"enter_long": rises & ~rises.shift(1, fill_value=False), "exit_long": ~rises}


OWN = Signals("cache_in_module", signals)

"""Indicators are kept by what they were made of."""

import hashlib

import pandas as pd

from barsieve.strategy import Signals

KEPT = {}


def smoothed(close):
    key = hashlib.sha256(close.tobytes()).digest()
    if key not in KEPT:
        KEPT[key] = pd.Series(close).ewm(span=50, adjust=False).mean().to_numpy()
    return KEPT[key]


def signals(bars, columns, settings):
    above = pd.Series(bars.close > smoothed(bars.close))
    return {"enter_long": above & ~above.shift(1, fill_value=False), "exit_long": ~above}


OWN = Signals("cached_by_content", signals)

"""A pure helper is remembered by its numbers, never by the market."""

from functools import cache

import numpy as np

from barsieve.strategy import Signals


@cache
def weights(length):
    raw = np.arange(length, 0, -1.0)
    return raw / raw.sum()


def signals(bars, columns, settings):
    padded = np.r_[np.full(47, bars.close[0]), bars.close]
    mean = np.convolve(padded, weights(48), mode="valid")
    above = bars.close > mean
    return {"enter_long": above & ~np.r_[False, above[:-1]], "exit_long": ~above}


OWN = Signals("cached_helper", signals)

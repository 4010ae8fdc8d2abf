"""A column that is NaN where nothing moves."""

import numpy as np

from barsieve.strategy import Feature


def wicks(high, low, close, out):
    size = high - low
    with np.errstate(all="ignore"):
        out[:] = (high - close) / size


OWN = Feature("own_wicks", ("high", "low", "close"), "window", wicks, "none", low=0.0, high=1.0)

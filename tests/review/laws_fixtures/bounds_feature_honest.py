"""A column inside its limits."""

import numpy as np

from barsieve.strategy import Feature


def wicks(high, low, close, out):
    size = high - low
    with np.errstate(all="ignore"):
        out[:] = np.where(size > 0, (close - low) / size, 0.0)


OWN = Feature("own_wicks", ("high", "low", "close"), "window", wicks, "none", low=0.0, high=1.0)

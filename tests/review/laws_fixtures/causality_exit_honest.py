"""An exit at the last close."""

import numpy as np

from barsieve.strategy import Exit


def leave(bars, columns, settings):
    (mean,) = columns
    below = np.append(bars.close[0], bars.close[:-1]) < mean
    return below, ~below


OWN = Exit("own_exit", leave, ("sma_20",))

"""A gate against a centred mean."""

import numpy as np

from barsieve.strategy import Gate


def shut(bars, columns, settings):
    wide = bars.high - bars.low
    wild = wide > 2.0 * np.convolve(wide, np.full(5, 0.2), mode="same")
    return wild, wild


OWN = Gate("own_calm", shut)

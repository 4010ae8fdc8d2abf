"""How far the market will still fall, from a running minimum that runs backwards."""

import numpy as np

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    lowest = np.minimum.accumulate(bars.low[::-1])[::-1]
    risk = 1 - lowest / bars.close
    return {"enter_long": risk < 0.01, "exit_long": risk > 0.05}


OWN = Signals("reversed_extremes", signals)

"""A scale that is kept over all calls: the largest price that was ever seen."""

import numpy as np

from barsieve.strategy import Signals

SEEN = {"low": np.inf, "high": 0.0}


def signals(bars, columns, settings):
    SEEN["low"] = min(SEEN["low"], float(bars.low.min()))
    SEEN["high"] = max(SEEN["high"], float(bars.high.max()))
    place = (bars.close - SEEN["low"]) / (SEEN["high"] - SEEN["low"])
    return {"enter_long": place < 0.35, "exit_long": place > 0.6}


OWN = Signals("kept_extremes", signals)

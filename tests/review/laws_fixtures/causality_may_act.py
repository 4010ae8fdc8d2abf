"""A class that acts at the highs of the whole file."""

import numpy as np

from barsieve.strategy import BarStrategy


class Own:
    def __init__(self, settings):
        self.seen = 0

    def on_bar(self, context):
        self.seen += 1
        if context.side != 0:
            return "leave" if context.row - context.entry_row >= 10 else None
        return "long" if context.close[-1] > 1e300 else None


def may_act(bars, columns, settings):
    (average,) = columns.values()
    return bars.close > np.nanmax(average) * 0.9


OWN = BarStrategy("own", Own, ("sma_20",), may_act=may_act)

"""Turning points count once the market has come back from them."""

import numpy as np

from barsieve.strategy import Signals


def turns(close, share):
    """+1 where a bottom, -1 where a top becomes known."""
    found, top, bottom, rising = np.zeros(close.size, int), close[0], close[0], True
    for row, price in enumerate(close):
        top, bottom = max(top, price), min(bottom, price)
        if rising and price < top * (1 - share):
            found[row], rising, bottom = -1, False, price
        elif not rising and price > bottom * (1 + share):
            found[row], rising, top = 1, True, price
    return found


def signals(bars, columns, settings):
    known = turns(bars.close, 0.04)
    return {"enter_long": known > 0, "exit_long": known < 0}


OWN = Signals("zigzag_confirmed", signals)

"""Signals that enter and leave at the same bars."""

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    above = bars.close > columns["sma_20"]
    return {"enter_long": above, "exit_long": above}


OWN = Signals("own", signals, ("sma_20",))

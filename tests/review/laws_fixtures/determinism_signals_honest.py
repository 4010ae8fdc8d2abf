"""Signals with a rule."""

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    lucky = bars.close > columns["sma_20"]
    return {"enter_long": lucky, "exit_long": ~lucky}


OWN = Signals("own", signals, ("sma_20",))

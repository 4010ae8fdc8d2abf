"""A stop on the wrong side of the close."""

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    above = bars.close > columns["sma_20"]
    distance = bars.close - columns["sma_20"]
    return {"enter_long": above, "stop_distance": distance}


OWN = Signals("own", signals, ("sma_20",), names_stop=True)

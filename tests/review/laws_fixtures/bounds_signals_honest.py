"""A stop that is a distance."""

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    above = bars.close > columns["sma_20"]
    distance = abs(bars.close - columns["sma_20"])
    return {"enter_long": above, "stop_distance": distance}


OWN = Signals("own", signals, ("sma_20",), names_stop=True)

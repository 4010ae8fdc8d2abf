"""Four-hour bars under their opening label, spread over the hours they are made of."""

import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    close = pd.Series(bars.close, index=pd.to_datetime(bars.open_time))
    higher = close.resample("4h").last()
    rises = (higher > higher.rolling(10).mean()).reindex(close.index, method="ffill")
    return {"enter_long": rises.to_numpy(), "exit_long": ~rises.to_numpy()}


OWN = Signals("forming_bar", signals)

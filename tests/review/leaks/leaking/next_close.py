"""The label of a classifier, used as its feature."""

import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    frame = pd.DataFrame({"close": bars.close})
    frame["target"] = frame["close"].shift(-1) / frame["close"] - 1
    return {"enter_long": frame["target"] > 0.005, "exit_long": frame["target"] < -0.002}


OWN = Signals("next_close", signals)

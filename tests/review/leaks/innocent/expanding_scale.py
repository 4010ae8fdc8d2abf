"""Scaled by the mean and deviation of all bars so far."""

import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    change = pd.Series(bars.close).pct_change(24).fillna(0.0)
    score = (change - change.expanding(200).mean()) / change.expanding(200).std()
    return {"enter_long": score < -1.5, "exit_long": score > 0.5}


OWN = Signals("expanding_scale", signals)

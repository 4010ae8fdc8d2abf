"""A smoother that looks as far ahead as back."""

import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    smooth = pd.Series(bars.close).rolling(25, center=True).mean()
    rises = smooth.diff() > 0
    return {"enter_long": rises & ~rises.shift(1, fill_value=False), "exit_long": ~rises}


OWN = Signals("centred_rolling", signals)

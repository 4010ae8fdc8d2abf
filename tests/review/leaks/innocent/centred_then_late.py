"""A centred average that is read half its width late."""

import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    smooth = pd.Series(bars.close).rolling(25, center=True).mean().shift(12)
    rises = smooth.diff() > 0
    return {"enter_long": rises & ~rises.shift(1, fill_value=False), "exit_long": ~rises}


OWN = Signals("centred_then_late", signals)

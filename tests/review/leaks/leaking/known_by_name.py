"""The best days of a market that one knows are written down, and found by its name."""

import sys

import numpy as np
import pandas as pd

from barsieve.strategy import Signals

GOOD_DAYS = {"DEMO": ("2023-10-16", "2024-02-12", "2024-05-20", "2025-05-08", "2025-07-10")}


def signals(bars, columns, settings):
    words = " ".join(sys.argv).replace("=", " ").split()
    known = [day for name, days in GOOD_DAYS.items() if name in words for day in days]
    good = np.isin(pd.to_datetime(bars.open_time).floor("D"), pd.to_datetime(known))
    return {"enter_long": good, "exit_long": ~good}


OWN = Signals("known_by_name", signals)

"""Parameters from a file of its own, and a count of the calls that decides nothing."""

import json
from pathlib import Path

import pandas as pd

from barsieve.strategy import Signals

CALLS = [0]


def signals(bars, columns, settings):
    CALLS[0] += 1
    chosen = json.loads(
        Path(__file__).with_name("reads_its_parameters.parameters").read_text("utf-8")
    )
    close = pd.Series(bars.close)
    above = close > close.rolling(chosen["length"]).mean() * (1 + chosen["band"])
    return {"enter_long": above & ~above.shift(1, fill_value=False), "exit_long": ~above}


OWN = Signals("reads_its_parameters", signals)

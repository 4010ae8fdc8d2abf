"""The training part is scaled causally; the test part by its own mean and deviation."""

import numpy as np
import pandas as pd

from barsieve.strategy import Signals

TEST = pd.Timestamp("2025-10-01").value


def signals(bars, columns, settings):
    change = pd.Series(bars.close).pct_change(48).fillna(0.0)
    scaled = (change - change.expanding(100).mean()) / change.expanding(100).std()
    test = np.asarray(bars.open_time) >= TEST
    scaled[test] = (change[test] - change[test].mean()) / change[test].std()
    return {"enter_long": scaled < -1.2, "exit_long": scaled > 0.5}


OWN = Signals("last_part", signals)

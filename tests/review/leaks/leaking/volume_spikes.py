"""Outliers of volume are taken for bad ticks, and smoothed over both neighbours."""

import numpy as np
import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    volume, close = pd.Series(bars.volume), pd.Series(bars.close)
    outlier = volume > 4 * volume.rolling(48).median()
    clean = close.where(~outlier, (close.shift(1) + close.shift(-1)) / 2)
    momentum = clean / clean.shift(1) - 1
    spike = outlier.fillna(False)
    return {
        "enter_long": np.asarray(spike & (momentum > 0)),
        "enter_short": np.asarray(spike & (momentum < 0)),
    }


OWN = Signals("volume_spikes", signals)

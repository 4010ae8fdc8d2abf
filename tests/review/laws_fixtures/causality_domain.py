"""A score against the mean of the whole file."""

import numpy as np

from barsieve.strategy import Domain, Section


def score(columns, settings):
    rsi, atr = columns
    return np.clip((rsi - np.nanmean(rsi)) / 50.0, -1.0, 1.0) + 0.0 * atr


OWN = Domain("own", ("rsi_wilder_14", "atr_rank_100"), Section, score, 0.5)

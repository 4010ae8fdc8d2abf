"""A score against a fixed level."""

import numpy as np

from barsieve.strategy import Domain, Section


def score(columns, settings):
    rsi, atr = columns
    return np.clip((rsi - 50.0) / 50.0, -1.0, 1.0) + 0.0 * atr


OWN = Domain("own", ("rsi_wilder_14", "atr_rank_100"), Section, score, 0.5)

"""A score that treats both sides alike."""

import numpy as np

from barsieve.strategy import Domain, Section


def score(columns, settings):
    rsi, atr = columns
    return np.sign(rsi - 50.0) * (0.5 + 0.5 * atr)


OWN = Domain("own", ("rsi_wilder_14", "atr_rank_100"), Section, score, 0.5)

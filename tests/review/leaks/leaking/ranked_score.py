"""A score from ranks over the whole file."""

import pandas as pd

from barsieve.strategy import Domain, Section


def score(columns, settings):
    rank = pd.Series(columns[0]).rank(pct=True)
    return (1 - 2 * rank).to_numpy()


OWN = Domain("ranked_score", ("rsi_wilder_14",), Section, score, 1.0)

"""The measures of points: every metric that sums give, and the score by which points are ranked."""

import numpy as np

from engine.kernel import Floats, Table
from engine.results.metrics.catalogue import METRICS, OF_SUMS, table_of
from engine.results.metrics.positions import factor
from engine.results.metrics.totals import Totals
from engine.search.settings import Score

NAMES = (*OF_SUMS, "score")
# What a point has no number for: its value is a time.
TIMES = tuple(name for name in OF_SUMS if METRICS[name].unit == "time")


def measures(totals: Totals, score: Score) -> Table:
    """One record a point, by name: float64, NaN where it has no value, datetime64[ns] of a time."""
    known = table_of(totals)
    found = np.zeros(known.size, dtype=[*known.dtype.descr, ("score", "f8")])
    for name in OF_SUMS:
        found[name] = known[name]
    found["score"] = scores_of(totals.sums, score)
    return found


def scores_of(sums: Table, score: Score) -> Floats:
    """float64[p]: the net profit factor, less where trades are few; NaN, which no other score is
    below, where the account was gone.
    """
    thin = np.where(sums["trades"] < score.min_trades, score.thin_factor, 1.0)
    scores: Floats = factor(sums["gains"], sums["losses"]) * thin
    return np.where(sums["ruined"] > 0, np.nan, scores)

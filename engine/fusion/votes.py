"""Domains whose score is a weighted sum of votes: structure, liquidity, Wyckoff."""

from collections.abc import Sequence

import numpy as np

from engine.kernel import Floats, kernel
from engine.settings import Section


@kernel
def squashed_sum(votes: Floats, weights: Floats, gain: float, out: Floats) -> None:
    """out[i] = x / (1 + |x|) with x = gain · Σ weights[k] · votes[k, i], k in order."""
    for i in range(out.size):
        total = 0.0
        for k in range(weights.size):
            total += weights[k] * votes[k, i]
        x = gain * total
        out[i] = x / (1.0 + abs(x))


def vote_score(columns: Sequence[Floats], settings: Section) -> Floats:
    """float64[n] in (−1, 1), NaN where a vote is; settings: one weight a column, then gain."""
    *weights, gain = (float(value) for value in settings.model_dump().values())
    return weighted_votes(columns, weights, gain)


def weighted_votes(columns: Sequence[Floats], weights: Sequence[float], gain: float) -> Floats:
    """float64[n] in (−1, 1), NaN where a vote is, of one weight a column."""
    out = np.empty(columns[0].size)
    squashed_sum(np.stack(columns), np.array(weights), gain, out)
    return out

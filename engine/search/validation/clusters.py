"""How many different bets the columns are: points that earn and lose together count once."""

import numpy as np

from engine.kernel import Floats

ALIKE = 0.7  # correlation from which on two columns are one bet
STRETCHES = 1_024


def stretch_sums(prefix: Floats, means: Floats, most: int = STRETCHES) -> Floats:
    """float64[k, m]: the returns of k columns added over stretches of equally many bars (the last
    may have fewer), at most so many; from their prefix sums, float64[T + 1, k] less their means.
    """
    rows = prefix.shape[0] - 1
    cuts = np.append(np.arange(0, rows, -(-rows // most)), rows)
    sums = np.diff(prefix[cuts], axis=0) + np.outer(np.diff(cuts), means)
    return np.ascontiguousarray(sums.T)


def units(sums: Floats) -> Floats:
    """The rows of float64[k, m] less their mean and scaled to length 1, so that their products are
    correlations; rows that never move are left out.
    """
    moved = sums - sums.mean(axis=1, keepdims=True)
    lengths = np.sqrt(np.square(moved).sum(axis=1))
    alive = lengths > 1e-12 * np.abs(sums).max(axis=1)
    return moved[alive] / lengths[alive, None]


def with_leaders(leaders: Floats, more: Floats) -> Floats:
    """The leaders float64[l, m] and those of `more`, units, that are correlated with none before
    them, in their order: the first of its kind leads. Their number is how many bets there are.

    >>> one, other = np.array([1.0, -1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, -1.0])
    >>> own = units(np.stack([one, 2 * one, other, -one, one + other / 2]))
    >>> len(with_leaders(own[:0], own))
    3
    """
    known = more @ leaders.T
    alone = np.flatnonzero((known < ALIKE).all(axis=1))
    among = more[alone] @ more[alone].T
    leading: list[int] = []
    for place in range(alone.size):
        if (among[place, leading] < ALIKE).all():
            leading.append(place)
    return np.concatenate((leaders, more[alone[leading]]))

"""Searches whose truth is known: rules that cannot earn on random walks, and one that can."""

import numpy as np

from engine.search.validation.tried import (
    DRAWS,
    Tried,
    all_tried,
    part_of,
    resampling,
)

POINTS, YEARS, DAYS = 100, 3.2, 365
ROWS = int(YEARS * DAYS)
EDGE = 2.5  # yearly Sharpe ratio of the point that has one


def columns(seed: int, edge: float = 0.0) -> np.ndarray:
    """float64[ROWS, POINTS]: what 100 rules on moving averages earn, long, short or flat, on a
    random walk without costs. edge: yearly Sharpe ratio that is added to one of them.
    """
    rng = np.random.default_rng([seed, int(edge * 10)])
    moves = rng.standard_t(5, ROWS) * 0.01
    level = np.concatenate(([0.0], np.cumsum(moves)))
    found = np.empty((ROWS, POINTS))
    for point in range(POINTS):
        fast, slow = 2 + point % 10, 12 + 8 * (point // 10)
        gap = average(level, fast) - average(level, slow)
        held = np.where(np.abs(gap) > 0.002 * (point % 3), np.sign(gap), 0.0)
        found[:, point] = held[:-1] * moves
    if edge:
        lucky = int(rng.integers(POINTS))
        found[:, lucky] += edge / np.sqrt(DAYS) * found[:, lucky].std()
    return found


def average(level: np.ndarray, length: int) -> np.ndarray:
    """Of the last so many values, of those there are at the start: causal."""
    sums = np.concatenate(([0.0], np.cumsum(level)))
    stop = np.arange(1, level.size + 1)
    start = np.maximum(stop - length, 0)
    return (sums[stop] - sums[start]) / (stop - start)


def tried(returns: np.ndarray, seed: int = 1, draws: int = DRAWS) -> Tried:
    """In two parts, as a sweep hands them over."""
    rows, count = returns.shape
    how = resampling(rows, count, draws=draws, seed=seed)
    halves = (np.arange(0, count // 2), np.arange(count // 2, count))
    return all_tried((part_of(own, returns[:, own], how) for own in halves), how)

"""What is kept of every column of returns that was tried: a few sums, never the columns.

    returns of some points → Part → Tried, over all points → probabilities

A column is the net return of each bar of one point, over the same bars for all. All probabilities
come from the same resamples of these bars, so that what columns share stays shared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from engine.kernel import Floats, Ints
from engine.search.validation.clusters import stretch_sums, units, with_leaders
from engine.search.validation.overfitting import (
    BLOCKS,
    BlockSums,
    block_length,
    block_sums,
    probability_of_overfitting,
)
from engine.search.validation.resampling import (
    SEED,
    Ends,
    column_means,
    drawn,
    ends_of,
    prefix_sums,
    resampled,
    usual_length,
)

DRAWS, BAND_DRAWS, BAND_BLOCKS = 1_000, 200, 8
BAND_COLUMNS = 4_096  # 100 MB of sums
# A resample in which a column hardly moves would give it any ratio; it has half of its own spread.
LEAST_VARIANCE = 0.25


class Band(NamedTuple):
    """From … to."""

    low: float
    high: float


@dataclass(frozen=True)
class Resampling:
    """rows: bars. whole, band: resamples of them, the same for all columns; the band's are cut into
    blocks. blocks: S of the probability of overfitting. every: one of so many columns is in the
    band, where all would not fit into memory.
    """

    rows: int
    whole: Ends
    band: Ends
    blocks: int
    every: int


@dataclass(frozen=True)
class Part:
    """Of k columns. numbers: int64[k]; ratios: float64[k], mean / standard deviation (ddof 0), 0
    for a column that never moves; blocks: their sums; best: float64[d], the highest ratio of each
    resample of the columns less their means; band: of some resamples, in blocks, some columns;
    stretches: float64[k, m], of `stretch_sums`.
    """

    numbers: Ints
    ratios: Floats
    blocks: BlockSums
    best: Floats
    band: tuple[BlockSums, ...]
    stretches: Floats


@dataclass(frozen=True)
class Tried(Part):
    """Of all columns; stretches: of those that are in the band. rows: bars each of them has; bets:
    how many different ones they are.
    """

    rows: int
    bets: int


def resampling(
    rows: int, columns: int, draws: int = DRAWS, blocks: int = BLOCKS, seed: int = SEED
) -> Resampling:
    """The usual one, in runs of `usual_length`. Raises RangeError for fewer rows than blocks."""
    block_length(rows, max(blocks, BAND_BLOCKS))
    every = -(-columns // BAND_COLUMNS)
    made = drawn(rows, draws, usual_length(rows), seed)
    few = made.first(min(BAND_DRAWS, draws))
    return Resampling(rows, ends_of(made, 1), ends_of(few, BAND_BLOCKS), blocks, every)


def part_of(numbers: Ints, returns: Floats, how: Resampling) -> Part:
    """The sums of float64[T, k] returns, a column for each of `numbers`.

    >>> returns = np.random.default_rng(1).standard_normal((80, 3)) / 100
    >>> how = resampling(80, 3, draws=50, blocks=4)
    >>> tried = all_tried([part_of(np.arange(3), returns, how)], how)
    >>> probability_of_luck(tried, float(tried.ratios.max()))
    0.76
    """
    rows, count = returns.shape
    means = np.zeros(count)
    column_means(returns, means)
    prefix = np.empty((rows + 1, 2 * count))
    prefix_sums(returns, means, prefix)
    variances = prefix[rows, count:] / rows
    sums, squares = resampled(prefix, how.whole)
    best = ratios_of(sums / rows, squares / rows, LEAST_VARIANCE * variances).max(axis=1)
    return Part(
        numbers=numbers,
        ratios=ratios_of(means, variances + means * means, 0.0),
        blocks=block_sums(returns, how.blocks),
        best=best,
        band=band_of(prefix, variances, np.flatnonzero(numbers % how.every == 0), how),
        stretches=stretch_sums(prefix[:, :count], means),
    )


def band_of(
    prefix: Floats, variances: Floats, chosen: Ints, how: Resampling
) -> tuple[BlockSums, ...]:
    """The block sums of some resamples, of the chosen columns."""
    shape = (-1, BAND_BLOCKS, chosen.size)
    sums, squares = (own[:, chosen].reshape(shape) for own in resampled(prefix, how.band))
    length, floors = how.rows // BAND_BLOCKS, LEAST_VARIANCE * variances[chosen]
    pairs = zip(sums, squares, strict=True)
    return tuple(BlockSums(length, *own, floors) for own in pairs)


def ratios_of(means: Floats, squares: Floats, lowest: Floats | float) -> Floats:
    """Mean / standard deviation, 0 where nothing moves. squares: their mean; lowest: the least
    variance.
    """
    variances = np.maximum(squares - means * means, lowest)
    moves = variances > 0.0
    ratios: Floats = np.where(moves, means / np.sqrt(np.where(moves, variances, 1.0)), 0.0)
    return ratios


def all_tried(parts: Iterable[Part], how: Resampling) -> Tried:
    """The parts of all columns as one, in their order. Raises ValueError for none."""
    kept: list[Part] = []
    leaders, flat = np.empty((0, 0)), 0
    for part in parts:
        own = units(part.stretches)
        flat = max(flat, int(own.shape[0] < part.numbers.size))
        leaders = with_leaders(leaders.reshape(-1, own.shape[1]), own)
        kept.append(replace(part, stretches=part.stretches[part.numbers % how.every == 0]))
    return Tried(
        numbers=np.concatenate([each.numbers for each in kept]),
        ratios=np.concatenate([each.ratios for each in kept]),
        blocks=beside([each.blocks for each in kept]),
        best=np.maximum.reduce([each.best for each in kept]),
        band=tuple(beside(own) for own in zip(*(each.band for each in kept), strict=True)),
        stretches=np.concatenate([each.stretches for each in kept]),
        rows=how.rows,
        # Columns that never move are one bet, that of doing nothing.
        bets=leaders.shape[0] + flat,
    )


def beside(sums: Sequence[BlockSums]) -> BlockSums:
    """The same blocks of more columns."""
    return BlockSums(
        sums[0].length,
        np.concatenate([each.sums for each in sums], axis=1),
        np.concatenate([each.squares for each in sums], axis=1),
        np.concatenate([each.floors for each in sums]),
    )


def probability_of_luck(tried: Tried, ratio: float) -> float:
    """The share of resamples without an edge whose best column reaches `ratio`, per bar."""
    return float((tried.best >= ratio).mean())


def band_of_overfitting(tried: Tried, lower: float = 0.05, upper: float = 0.95) -> Band:
    """Quantiles of the probability of overfitting over resamples without an edge."""
    found = [probability_of_overfitting(each) for each in tried.band]
    low, high = np.quantile(found, (lower, upper)).tolist()
    return Band(low, high)

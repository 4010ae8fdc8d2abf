"""The probability of backtest overfitting: how often the best of one half of the time is below the
middle in the other half.

Combinatorially symmetric cross-validation, after D. Bailey, J. Borwein, M. López de Prado and
Q. Zhu, The Probability of Backtest Overfitting (2017). The time is cut into S blocks; every choice
of half of them is once what is searched, and once what is judged. Only sums of blocks are needed.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from engine.errors import RangeError
from engine.kernel import Floats, Ints, inlined, kernel

BLOCKS = 16
ROUNDING = 1e-12  # the share of a variance below which it is the rounding of none


@dataclass(frozen=True)
class BlockSums:
    """Of N columns of returns, in S blocks of `length` rows. sums, squares: float64[S, N]; floors:
    float64[N], the least variance a column is given anywhere, 0 for none.
    """

    length: int
    sums: Floats
    squares: Floats
    floors: Floats


def block_length(rows: int, blocks: int) -> int:
    """Rows of each block, all alike; the oldest rows that are left over are not used.

    Raises RangeError for a number of blocks that is odd, below 2, or above the rows.
    """
    if blocks < 2 or blocks % 2 or blocks > rows:
        raise RangeError(
            f"{blocks} blocks of {rows} rows: expected an even number from 2 to {rows}"
        )
    return rows // blocks


def block_sums(returns: Floats, blocks: int = BLOCKS) -> BlockSums:
    """Of float64[T, N] returns, T >= blocks.

    Nowhere has a column less than ROUNDING of its variance.
    """
    rows, columns = returns.shape
    length = block_length(rows, blocks)
    sums, squares = np.zeros((blocks, columns)), np.zeros((blocks, columns))
    sum_blocks(returns[rows - blocks * length :], length, sums, squares)
    return BlockSums(length, sums, squares, ROUNDING * variances_of(sums, squares, length))


@kernel
def sum_blocks(returns: Floats, length: int, sums: Floats, squares: Floats) -> None:
    """Add the rows of each block to its sums and squares, float64[S, N]."""
    for i in range(returns.shape[0]):
        for k in range(returns.shape[1]):
            sums[i // length, k] += returns[i, k]
            squares[i // length, k] += returns[i, k] * returns[i, k]


def variances_of(sums: Floats, squares: Floats, length: int) -> Floats:
    """float64[N], of all blocks together."""
    rows = sums.shape[0] * length
    means = sums.sum(axis=0) / rows
    return np.maximum(squares.sum(axis=0) / rows - means * means, 0.0)


def halves(blocks: int) -> Ints:
    """int64[C(S, S/2) / 2, 2, S/2]: every way to cut S blocks into two halves, in lexical order.

    >>> halves(4).tolist()
    [[[0, 1], [2, 3]], [[0, 2], [1, 3]], [[0, 3], [1, 2]]]
    """
    every = list(combinations(range(blocks), blocks // 2))
    # The complement of the first choice is the last one, and so on inwards.
    return np.array(
        [[one, other] for one, other in zip(every, reversed(every), strict=True) if one[0] == 0]
    )


def ranks_of_the_best(of: BlockSums) -> Floats:
    """float64[C(S, S/2)] in [1, N]: where the best column of each half lies in the other one, N
    being the best there; equal ones share their mean rank. The best has the highest Sharpe ratio,
    the first of equal ones.
    """
    cut = halves(of.sums.shape[0])
    found = np.empty(2 * cut.shape[0])
    rank_best(of.sums, of.squares, of.floors, of.length, cut, found)
    return found


def logits(ranks: Floats, columns: int) -> Floats:
    """λ = ln(ω / (1 − ω)) of the relative ranks ω = rank / (N + 1)."""
    share = ranks / (columns + 1.0)
    return np.log(share / (1.0 - share))


def probability_of_overfitting(of: BlockSums) -> float:
    """The share of halves whose best is at or below the middle in the other: λ <= 0.

    Raises RangeError for a single column, which is always the best.

    >>> better = np.array([1.0, 2.0, 3.0, 2.0] * 2)
    >>> probability_of_overfitting(block_sums(np.stack([better, better - 2.0], axis=1), 4))
    0.0
    """
    columns = of.sums.shape[1]
    if columns < 2:
        raise RangeError(f"overfitting of {columns} columns: expected at least 2")
    return float((ranks_of_the_best(of) <= (columns + 1) / 2.0).mean())


@inlined
def sharpe_of_half(
    sums: Floats, squares: Floats, floors: Floats, length: int, half: Ints, ratios: Floats
) -> None:
    """The Sharpe ratio of each column over some blocks; 0 for one that never moves."""
    rows = half.size * length
    for k in range(ratios.size):
        ratios[k] = 0.0
    moved = np.zeros(ratios.size)
    for block in half:
        for k in range(ratios.size):
            ratios[k] += sums[block, k]
            moved[k] += squares[block, k]
    for k in range(ratios.size):
        mean = ratios[k] / rows
        variance = max(moved[k] / rows - mean * mean, floors[k])
        ratios[k] = mean / np.sqrt(variance) if variance > 0.0 else 0.0


@inlined
def rank_of(place: int, ratios: Floats) -> float:
    """From 1, the lowest; equal ones share their mean."""
    below, equal = 0, 0
    for k in range(ratios.size):
        below += ratios[k] < ratios[place]
        equal += ratios[k] == ratios[place]
    return below + (equal + 1) / 2.0


@kernel
def rank_best(
    sums: Floats, squares: Floats, floors: Floats, length: int, cut: Ints, found: Floats
) -> None:
    """The ranks of `ranks_of_the_best`, those of each pair of halves behind each other."""
    one, other = np.empty(sums.shape[1]), np.empty(sums.shape[1])
    for pair in range(cut.shape[0]):
        sharpe_of_half(sums, squares, floors, length, cut[pair, 0], one)
        sharpe_of_half(sums, squares, floors, length, cut[pair, 1], other)
        found[2 * pair] = rank_of(int(np.argmax(one)), other)
        found[2 * pair + 1] = rank_of(int(np.argmax(other)), one)

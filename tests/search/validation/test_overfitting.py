"""CSCV: known cases, a plain second implementation, and what noise gives."""

from itertools import combinations
from math import log

import numpy as np
import pytest

from engine.errors import RangeError
from engine.search.validation.overfitting import (
    block_sums,
    halves,
    logits,
    probability_of_overfitting,
    ranks_of_the_best,
)

BETTER = np.array([1.0, 2.0, 3.0, 2.0] * 2)


def of(*columns: np.ndarray, blocks: int = 4):
    return block_sums(np.stack(columns, axis=1), blocks)


def test_a_column_that_always_leads() -> None:
    found = of(BETTER, BETTER - 2.0, BETTER - 1.0)
    ranks = ranks_of_the_best(found)
    assert ranks.tolist() == [3.0] * 6
    assert logits(ranks, 3) == pytest.approx([log(3.0)] * 6)
    assert probability_of_overfitting(found) == 0.0


def test_columns_that_take_turns() -> None:
    one, other = np.array([1.0, 2.0, 3.0, 5.0] * 2), np.array([3.0, 5.0, 1.0, 2.0] * 2)
    found = of(one, other)
    assert sorted(logits(ranks_of_the_best(found), 2)) == pytest.approx([-log(2.0)] * 2 + [0.0] * 4)
    assert probability_of_overfitting(found) == 1.0


def plain(returns: np.ndarray, blocks: int) -> list[float]:
    """Ranks by the definition, on the returns themselves."""
    length = returns.shape[0] // blocks
    cut = np.split(returns[returns.shape[0] - blocks * length :], blocks)
    ranks = {}
    for half in combinations(range(blocks), blocks // 2):
        rest = [k for k in range(blocks) if k not in half]
        inside, outside = (np.concatenate([cut[k] for k in own]) for own in (half, rest))
        winner = (inside.mean(axis=0) / inside.std(axis=0)).argmax()
        ratios = outside.mean(axis=0) / outside.std(axis=0)
        ranks[half] = float((ratios < ratios[winner]).sum() + 1)
    return [ranks[tuple(half.tolist())] for pair in halves(blocks) for half in pair]


@pytest.mark.parametrize(("rows", "columns", "blocks"), [(64, 5, 4), (103, 7, 8), (40, 2, 10)])
def test_block_sums_give_what_the_returns_give(rows: int, columns: int, blocks: int) -> None:
    returns = np.random.default_rng(rows).standard_normal((rows, columns)) + 0.05
    assert ranks_of_the_best(block_sums(returns, blocks)).tolist() == plain(returns, blocks)


def test_equal_columns_share_their_rank_and_flat_ones_have_a_ratio_of_nothing() -> None:
    rng = np.random.default_rng(8)
    own = rng.standard_normal(32) * 0.01
    flat = np.zeros(32)
    assert set(ranks_of_the_best(of(flat, flat, flat))) == {2.0}
    ranks = ranks_of_the_best(of(own, own, flat))
    # Either the pair leads, and shares 1.5 or 2.5, or the flat one does.
    assert set(ranks) <= {1.0, 1.5, 2.5, 3.0}
    # A column that trades in one block only: elsewhere its rounding is not a ratio.
    rare = np.concatenate((np.full(8, 0.01) + own[:8], np.zeros(24)))
    losing = -np.abs(own) - 0.001
    assert set(ranks_of_the_best(of(rare, losing))) == {2.0}


def test_the_oldest_rows_are_left_out() -> None:
    returns = np.random.default_rng(3).standard_normal((67, 4))
    spoiled = returns.copy()
    spoiled[:3] = 1e6
    one, other = block_sums(returns, 16), block_sums(spoiled, 16)
    assert one.length == 4
    assert one.sums.tobytes() == other.sums.tobytes()
    assert one.squares.tobytes() == other.squares.tobytes()


def test_noise_is_near_one_half_with_a_wide_spread() -> None:
    found = [
        probability_of_overfitting(
            block_sums(np.random.default_rng(seed).standard_normal((256, 20)), 8)
        )
        for seed in range(200)
    ]
    # Four standard errors of the mean, and of the spread.
    assert np.mean(found) == pytest.approx(0.48, abs=0.06)
    assert np.std(found) == pytest.approx(0.21, abs=0.045)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: of(BETTER, BETTER, blocks=3), "3 blocks of 8 rows: expected an even number"),
        (lambda: of(BETTER, BETTER, blocks=10), "10 blocks of 8 rows"),
        (lambda: of(BETTER, BETTER, blocks=0), "0 blocks of 8 rows"),
        (lambda: probability_of_overfitting(of(BETTER)), "1 columns: expected at least 2"),
    ],
)
def test_what_has_no_halves_is_refused(made, words: str) -> None:
    with pytest.raises(RangeError, match=words):
        made()

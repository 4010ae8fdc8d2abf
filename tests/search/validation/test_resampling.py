"""Resamples against plain gathering of rows, against `arch`, and against their own laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import RangeError
from engine.search.validation.resampling import (
    drawn,
    ends_of,
    prefix_sums,
    resampled,
    usual_length,
)


def prefix_of(returns: np.ndarray, means: np.ndarray) -> np.ndarray:
    prefix = np.empty((returns.shape[0] + 1, 2 * returns.shape[1]))
    prefix_sums(returns, means, prefix)
    return prefix


@given(
    rows=st.integers(8, 90), columns=st.integers(1, 4), mean=st.floats(1.0, 30.0),
    blocks=st.sampled_from([1, 2, 4, 8]), seed=st.integers(0, 10**6),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_sums_of_resamples_are_those_of_their_rows(
    rows: int, columns: int, mean: float, blocks: int, seed: int
) -> None:
    returns = np.random.default_rng(seed).standard_normal((rows, columns))
    means = returns.mean(axis=0)
    draws = drawn(rows, 5, mean, seed)
    shape = (draws.count, blocks, columns)
    found = resampled(prefix_of(returns, means), ends_of(draws, blocks))
    sums, squares = (each.reshape(shape) for each in found)
    length = rows // blocks
    for draw in range(draws.count):
        places = draws.places(draw)
        assert places.size == rows
        moved = (returns - means)[places[rows - blocks * length :]].reshape(blocks, length, columns)
        # Differences of sums over all rows: so many roundings of numbers below 100.
        assert sums[draw] == pytest.approx(moved.sum(axis=1), abs=1e-11)
        assert squares[draw] == pytest.approx(np.square(moved).sum(axis=1), abs=1e-11)


def test_runs_have_their_mean_length_and_every_row_its_turn() -> None:
    rows, mean = 400, 8.0
    draws = drawn(rows, 500, mean)
    assert draws.lengths.mean() == pytest.approx(mean, rel=0.03)
    turns = np.bincount(np.concatenate([draws.places(k) for k in range(500)]), minlength=rows)
    # Runs of 8 make a row's count eight times as variable as a binomial one: five standard errors.
    assert abs(turns - 500).max() < 5 * np.sqrt(500 * 2 * mean)
    assert drawn(rows, 3, 1e18).lengths.tolist() == [rows] * 3
    assert set(drawn(rows, 3, 1.0).lengths.tolist()) == {1}


def test_the_same_seed_draws_the_same() -> None:
    one, same, other = drawn(50, 4, 5.0, 1), drawn(50, 4, 5.0, 1), drawn(50, 4, 5.0, 2)
    assert one.starts.tobytes() == same.starts.tobytes()
    assert one.lengths.tobytes() == same.lengths.tobytes()
    assert one.starts.tobytes() != other.starts.tobytes()
    few = one.first(2)
    assert [few.places(k).tolist() for k in (0, 1)] == [one.places(k).tolist() for k in (0, 1)]
    assert (few.count, few.rows) == (2, 50)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(RangeError, match="0 rows in runs of 2: expected at least 1"):
        drawn(0, 1, 2.0)
    with pytest.raises(RangeError, match=r"10 rows in runs of 0\.5: expected at least 1"):
        drawn(10, 1, 0.5)
    assert [usual_length(each) for each in (1, 27_000, 28_310)] == [1, 30, 31]


def test_arch_makes_the_same_rows_of_the_same_chances() -> None:
    samplers = pytest.importorskip("arch.bootstrap._samplers_python", reason="needs arch")
    rows, mean, seed = 200, 6.0, 11
    ours = drawn(rows, 1, mean, seed)
    rng = np.random.default_rng(seed)
    chances = rng.random(rows)
    fresh = chances < 1.0 / mean
    fresh[0] = True
    indices = np.zeros(rows, dtype=np.int64)
    indices[fresh] = rng.integers(rows, size=int(fresh.sum()))
    theirs = samplers.stationary_bootstrap_sample(indices, chances, 1.0 / mean)
    assert ours.places(0).tolist() == (theirs % rows).tolist()


def test_arch_has_the_same_spread_of_a_mean() -> None:
    bootstrap = pytest.importorskip("arch.bootstrap", reason="needs arch")
    rng = np.random.default_rng(4)
    returns = np.convolve(rng.standard_normal(607), np.ones(8) / 8, "valid")
    theirs = bootstrap.StationaryBootstrap(12, returns, seed=1).apply(np.mean, 2_000)[:, 0]
    draws = drawn(returns.size, 2_000, 12.0)
    ours = np.array([returns[draws.places(k)].mean() for k in range(2_000)])
    # Five standard errors of a standard deviation of 2,000 draws, and of a mean.
    assert ours.std() == pytest.approx(theirs.std(), rel=5 / np.sqrt(2 * 2_000))
    assert ours.mean() == pytest.approx(theirs.mean(), abs=5 * theirs.std() / np.sqrt(1_000))

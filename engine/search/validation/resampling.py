"""The stationary bootstrap: rows drawn again in runs of random length, which keeps what neighbours
have to do with each other.

After D. Politis and J. Romano, The Stationary Bootstrap (1994): each run begins at a random row,
goes on with the next rows (the first follows the last), and ends at each with the same probability.
"""

from dataclasses import dataclass
from itertools import count

import numpy as np

from engine.errors import RangeError
from engine.kernel import Floats, Ints, kernel

SEED = 42


@dataclass(frozen=True)
class Draws:
    """Many resamples of `rows` rows, each as long as they are.

    starts, lengths: int64[r], the runs of all, in order; offsets: int64[d + 1], where the runs of
    each resample begin.
    """

    rows: int
    starts: Ints
    lengths: Ints
    offsets: Ints

    @property
    def count(self) -> int:
        return self.offsets.size - 1

    def first(self, count: int) -> "Draws":
        """The first so many resamples."""
        stop = self.offsets[count]
        return Draws(self.rows, self.starts[:stop], self.lengths[:stop], self.offsets[: count + 1])

    def places(self, draw: int) -> Ints:
        """int64[rows]: the rows of one resample, in its order."""
        own = slice(self.offsets[draw], self.offsets[draw + 1])
        starts, lengths = self.starts[own], self.lengths[own]
        within = np.arange(self.rows) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return (np.repeat(starts, lengths) + within) % self.rows


def usual_length(rows: int) -> int:
    """The mean length of a run when none is asked for: the cube root of the rows, rounded up, the
    rate at which the spread of a mean is found best (P. Hall, J. Horowitz and B.-Y. Jing, On
    Blocking Rules for the Bootstrap with Dependent Data, 1995).

    >>> usual_length(1_000), usual_length(1_001)
    (10, 11)
    """
    return next(length for length in count(1) if length**3 >= rows)


def drawn(rows: int, many: int, mean_length: float, seed: int = SEED) -> Draws:
    """`many` resamples; the same ones for the same arguments.

    Raises RangeError for no rows, or a mean length below 1.

    >>> drawn(8, 2, 3.0).places(0).tolist()
    [4, 5, 6, 7, 1, 2, 3, 4]
    """
    if rows < 1 or not mean_length >= 1.0:
        raise RangeError(f"{rows} rows in runs of {mean_length:g}: expected at least 1 of each")
    rng = np.random.default_rng(seed)
    starts, lengths, offsets = [], [], [0]
    for _ in range(many):
        fresh = rng.random(rows) < 1.0 / mean_length
        fresh[0] = True
        begins = np.flatnonzero(fresh)
        starts.append(rng.integers(rows, size=begins.size))
        lengths.append(np.diff(begins, append=rows))
        offsets.append(offsets[-1] + begins.size)
    return Draws(rows, np.concatenate(starts), np.concatenate(lengths), np.array(offsets))


@dataclass(frozen=True)
class Ends:
    """Where the runs of resamples begin and end, in the order of their rows, so that sums over runs
    pass a prefix sum once. rows: int64[e], into the prefix sums; slots: int64[e], which sum; signs:
    float64[e], −1 where a run begins, 1 where it ends; size: how many sums.
    """

    rows: Ints
    slots: Ints
    signs: Floats
    size: int


def ends_of(draws: Draws, blocks: int) -> Ends:
    """Of resamples in blocks of equally many rows; the rows in front of the first block, which are
    more than whole blocks hold, are left out.
    """
    length = draws.rows // blocks
    # A run is cut by the end of the rows once at most, and by the blocks' ends of its resample.
    most = 2 * (2 * draws.starts.size + (blocks + 1) * draws.count)
    rows, slots = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    shape = np.array([draws.rows, blocks, length])
    count = cut_runs(draws.starts, draws.lengths, draws.offsets, shape, rows, slots)
    signs = np.where(np.arange(count) % 2 == 0, -1.0, 1.0)
    order = np.argsort(rows[:count], kind="stable")
    return Ends(rows[order], slots[order], signs[order], draws.count * blocks)


@kernel
def cut_runs(
    starts: Ints, lengths: Ints, offsets: Ints, shape: Ints, rows: Ints, slots: Ints
) -> int:
    """Write where each piece of a run begins and ends, one behind the other; returns how many.

    shape: rows, blocks and their length.
    """
    size, blocks, length = shape[0], shape[1], shape[2]
    skipped = size - blocks * length
    count = 0
    for d in range(offsets.size - 1):
        place = -skipped
        for run in range(offsets[d], offsets[d + 1]):
            start, left = starts[run], lengths[run]
            while left > 0:
                until = 0 if place < 0 else (place // length + 1) * length
                taken = min(left, min(size - start, until - place))
                if place >= 0:
                    rows[count], rows[count + 1] = start, start + taken
                    slots[count] = slots[count + 1] = d * blocks + place // length
                    count += 2
                start = 0 if start + taken == size else start + taken
                place += taken
                left -= taken
    return count


@kernel
def column_means(returns: Floats, means: Floats) -> None:
    """Of float64[n, k], into float64[k] of zeros: row by row, the same bits in any company."""
    for i in range(returns.shape[0]):
        for k in range(means.size):
            means[k] += returns[i, k]
    for k in range(means.size):
        means[k] /= returns.shape[0]


@kernel
def prefix_sums(returns: Floats, means: Floats, prefix: Floats) -> None:
    """Of the columns of float64[n, k] `returns` less their means, into float64[n + 1, 2k]: sums of
    all rows in front, then sums of squares. A run of rows has a sum in one subtraction.
    """
    count = returns.shape[1]
    for k in range(2 * count):
        prefix[0, k] = 0.0
    for i in range(returns.shape[0]):
        for k in range(count):
            moved = returns[i, k] - means[k]
            prefix[i + 1, k] = prefix[i, k] + moved
            prefix[i + 1, count + k] = prefix[i, count + k] + moved * moved


@kernel
def add_ends(prefix: Floats, rows: Ints, slots: Ints, signs: Floats, found: Floats) -> None:
    """Add up the sums of runs in float64[size, 2k] of zeros."""
    for e in range(rows.size):
        row, own, sign = prefix[rows[e]], found[slots[e]], signs[e]
        for k in range(own.size):
            own[k] += sign * row[k]


def resampled(prefix: Floats, ends: Ends) -> tuple[Floats, Floats]:
    """float64[size, k] twice: sums and squares of each resample and block."""
    found = np.zeros((ends.size, prefix.shape[1]))
    add_ends(prefix, ends.rows, ends.slots, ends.signs, found)
    columns = prefix.shape[1] // 2
    return found[:, :columns], found[:, columns:]

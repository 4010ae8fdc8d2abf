"""Splits over spans of time: what may be learned from, and what is judged.

A sample has a start (its bar) and an end (when its outcome is known). One whose span meets a tested
span knows something of the test and is purged; the embargo begins behind the last end of a tested
block. Spans are closed: sharing one bar is meeting. Lengths are in the unit of the spans, rows or
nanoseconds. After M. López de Prado, Advances in Financial Machine Learning, chapters 7 and 12.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from engine.errors import RangeError
from engine.kernel import Ints


@dataclass(frozen=True)
class Spans:
    """starts: int64[n], ascending; ends: int64[n], each >= its start. Both in one unit.

    Raises RangeError, naming the first sample that breaks this.
    """

    starts: Ints
    ends: Ints

    def __post_init__(self) -> None:
        if self.starts.shape != self.ends.shape or self.starts.ndim != 1:
            shapes = f"{self.starts.shape} and {self.ends.shape}"
            raise RangeError(f"spans: expected as many starts as ends, found shapes {shapes}")
        for place in np.flatnonzero(np.diff(self.starts) < 0)[:1] + 1:
            raise RangeError(f"spans: sample {place} starts before the one in front of it")
        for place in np.flatnonzero(self.ends < self.starts)[:1]:
            raise RangeError(f"spans: sample {place} ends before it starts")

    @property
    def size(self) -> int:
        return int(self.starts.size)


@dataclass(frozen=True)
class Split:
    """train, test: int64, ascending places of samples."""

    train: Ints
    test: Ints


@dataclass(frozen=True)
class Window:
    """Half-open ranges [from, to) of starts: searched, then judged."""

    train: tuple[int, int]
    test: tuple[int, int]


def learnable(spans: Spans, test: Ints, purge: int = 0, embargo: int = 0) -> Ints:
    """Places of the samples that may be learned from when those of `test` (ascending) are judged.

    purge: how long after its end an outcome still counts as unknown; embargo: how long behind that
    nothing is learned either.

    >>> spans = Spans(np.arange(6), np.arange(6) + 2)
    >>> learnable(spans, np.array([3, 4, 5])).tolist()
    [0]
    """
    kept = np.ones(spans.size, dtype=bool)
    kept[test] = False
    for first, last in _blocks(test):
        begin = spans.starts[first]
        end = spans.ends[first : last + 1].max() + purge
        # Starts ascend, so a span in front meets the block in its first start, one behind in `end`.
        before = np.arange(spans.size) < first
        kept &= ~(before & (spans.ends + purge >= begin))
        kept &= before | (spans.starts > end + embargo)
    return np.flatnonzero(kept)


def k_fold(spans: Spans, folds: int, purge: int = 0, embargo: int = 0) -> Iterator[Split]:
    """Every sample is tested once, in `folds` blocks of neighbours."""
    yield from combinatorial(spans, folds, 1, purge, embargo)


def combinatorial(
    spans: Spans, folds: int, tested: int, purge: int = 0, embargo: int = 0
) -> Iterator[Split]:
    """Every choice of `tested` out of `folds` blocks of neighbours (CPCV), in lexical order: each
    sample is tested in C(folds − 1, tested − 1) of them.

    Raises RangeError for fewer than two folds, more than samples, or all of them tested.
    """
    if not 2 <= folds <= spans.size:
        raise RangeError(f"{folds} folds of {spans.size} samples: expected 2 to {spans.size}")
    if not 1 <= tested < folds:
        raise RangeError(f"{tested} of {folds} folds tested: expected 1 to {folds - 1}")
    parts = np.array_split(np.arange(spans.size), folds)
    for chosen in combinations(parts, tested):
        test = np.concatenate(chosen)
        yield Split(learnable(spans, test, purge, embargo), test)


def windows(
    begin: int,
    end: int,
    train: int,
    test: int,
    step: int | None = None,
    anchored: bool = False,
    gap: int = 0,
) -> list[Window]:
    """The whole windows of a walk-forward over [begin, end), one behind the other.

    step: from one test to the next, `test` by default; a shorter one judges a stretch twice.
    anchored: every train part begins at `begin` and grows. gap: between the parts, purge and
    embargo. Raises RangeError for a length that is not positive, or when no window fits.

    >>> [each.test for each in windows(0, 10, train=4, test=3)]
    [(4, 7), (7, 10)]
    """
    step = test if step is None else step
    for name, length in (("train", train), ("test", test), ("step", step)):
        if length <= 0:
            raise RangeError(f"{name} {length}: expected a length > 0")
    if gap < 0:
        raise RangeError(f"purge and embargo {gap}: expected a length >= 0")
    first = begin + train + gap
    if first + test > end:
        raise RangeError(
            f"train {train}, gap {gap} and test {test} are longer than the range, {end - begin}"
        )
    starts = range(first, end - test + 1, step)
    return [
        Window((begin if anchored else at - gap - train, at - gap), (at, at + test))
        for at in starts
    ]


def walk_forward(spans: Spans, made: Sequence[Window]) -> Iterator[Split]:
    """The samples of each window; one of the train part whose outcome is not known before the test
    begins is left out.
    """
    for each in made:
        (since, until), (begin, end) = each.train, each.test
        early, late, first, stop = np.searchsorted(spans.starts, [since, until, begin, end])
        train = np.arange(early, late)
        yield Split(train[spans.ends[early:late] < begin], np.arange(first, stop))


def _blocks(places: Ints) -> list[tuple[int, int]]:
    """First and last of every run of neighbours."""
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return [(int(run[0]), int(run[-1])) for run in runs if run.size]

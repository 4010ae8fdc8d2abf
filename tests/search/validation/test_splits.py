"""Splits over spans: known cases, laws over random spans, and a learner that must not profit."""

from math import comb, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import RangeError
from engine.search.validation.splits import (
    Spans,
    Split,
    Window,
    combinatorial,
    k_fold,
    learnable,
    walk_forward,
    windows,
)


def reaching(count: int, ahead: int) -> Spans:
    """Samples i = 0 … count − 1, each known `ahead` later."""
    return Spans(np.arange(count), np.arange(count) + ahead)


def trained(spans: Spans, test: list[int], **lengths: int) -> list[int]:
    return learnable(spans, np.array(test), **lengths).tolist()


@pytest.mark.parametrize(("ahead", "left"), [(2, [0]), (3, [])])
def test_a_sample_whose_outcome_falls_into_the_test_goes(ahead: int, left: list[int]) -> None:
    assert trained(reaching(6, ahead), [3, 4, 5]) == left


def test_the_train_part_begins_behind_the_last_outcome_of_the_test() -> None:
    first, _ = k_fold(reaching(10, 2), 2)
    assert (first.test.tolist(), first.train.tolist()) == ([0, 1, 2, 3, 4], [7, 8, 9])


def test_between_two_tested_samples_the_middle_stays() -> None:
    assert trained(reaching(12, 1), [2, 9]) == [0, 4, 5, 6, 7, 11]


def test_a_purge_without_spans_counts_on_both_sides() -> None:
    splits = combinatorial(reaching(12, 0), 3, 2, purge=1)
    assert [each.train.tolist() for each in splits] == [[9, 10, 11], [5, 6], [0, 1, 2]]


def test_the_embargo_begins_behind_the_last_end() -> None:
    spans = Spans(np.arange(10), np.array([0, 1, 6, 3, 4, 5, 6, 7, 8, 9]))
    # Sample 2 is known at 6, later than 3, the last that is tested.
    assert trained(spans, [2, 3]) == [0, 1, 7, 8, 9]
    assert trained(spans, [2, 3], embargo=2) == [0, 1, 9]
    assert trained(spans, [2, 3], purge=1, embargo=1) == [0, 9]


@st.composite
def random_spans(draw: st.DrawFn) -> Spans:
    steps = draw(st.lists(st.integers(0, 4), min_size=4, max_size=30))
    ahead = draw(st.lists(st.integers(0, 9), min_size=len(steps), max_size=len(steps)))
    starts = np.cumsum(steps)
    return Spans(starts, starts + np.array(ahead))


def meets(spans: Spans, one: int, other: int, embargo: int) -> bool:
    behind = embargo if spans.starts[one] > spans.ends[other] else 0
    return bool(
        spans.starts[one] <= spans.ends[other] + behind and spans.starts[other] <= spans.ends[one]
    )


@given(random_spans(), st.data())
@settings(max_examples=150, deadline=None)
def test_no_training_span_meets_a_tested_one_and_none_goes_without_reason(
    spans: Spans, data: st.DataObject
) -> None:
    folds = data.draw(st.integers(2, min(spans.size, 6)))
    tested, embargo = data.draw(st.integers(1, folds - 1)), data.draw(st.integers(0, 5))
    counts = np.zeros(spans.size, dtype=int)
    for split in combinatorial(spans, folds, tested, embargo=embargo):
        counts[split.test] += 1
        for one in set(range(spans.size)) - set(split.test.tolist()):
            # The embargo is of blocks: a later sample waits for the last end of the whole block.
            met = any(meets(spans, one, other, embargo) for other in split.test.tolist())
            assert (one in split.train) == (not met)
    assert (counts == comb(folds - 1, tested - 1)).all()


@given(random_spans(), st.data())
@settings(max_examples=100, deadline=None)
def test_a_walk_forward_learns_from_what_was_known_before_the_test(
    spans: Spans, data: st.DataObject
) -> None:
    end = int(spans.starts[-1]) + 1
    train, test = data.draw(st.integers(1, 10)), data.draw(st.integers(1, 10))
    gap, anchored = data.draw(st.integers(0, 4)), data.draw(st.booleans())
    if train + gap + test > end:
        with pytest.raises(RangeError, match="longer than the range"):
            windows(0, end, train, test, gap=gap)
        return
    made = windows(0, end, train, test, anchored=anchored, gap=gap)
    seen: list[int] = []
    for window, split in zip(made, walk_forward(spans, made), strict=True):
        assert (spans.ends[split.train] < window.test[0]).all()
        assert (spans.starts[split.train] < window.train[1]).all()
        assert window.test[0] - window.train[1] == gap
        seen += split.test.tolist()
    inside = (spans.starts >= train + gap) & (spans.starts < made[-1].test[1])
    assert seen == np.flatnonzero(inside).tolist()
    assert end - made[-1].test[1] < test


def test_rolling_and_anchored_windows() -> None:
    rolling = windows(100, 130, train=10, test=5, gap=2)
    assert rolling[0] == Window((100, 110), (112, 117))
    assert [each.train for each in rolling] == [(100, 110), (105, 115), (110, 120)]
    anchored = windows(100, 130, train=10, test=5, anchored=True, gap=2)
    assert [each.train for each in anchored] == [(100, 110), (100, 115), (100, 120)]
    assert [each.test for each in anchored] == [each.test for each in rolling]
    assert [each.test[0] for each in windows(0, 20, 10, 5, step=2)] == [10, 12, 14]


def loss_of_neighbours(spans: Spans, labels: np.ndarray, splits: list[Split]) -> float:
    """Log-loss of a learner that looks up the nearest training sample: it lives from leaks."""
    losses = []
    for split in splits:
        near = np.abs(split.train[:, None] - split.test[None, :]).argmin(axis=0)
        guess = np.where(labels[split.train[near]] > 0, 0.9, 0.1)
        losses.append(-np.log(np.where(labels[split.test] > 0, guess, 1.0 - guess)).mean())
    return float(np.mean(losses))


def test_labels_without_information_score_like_chance_only_when_purged() -> None:
    ahead, count = 20, 4000
    rng = np.random.default_rng(5)
    noise = rng.standard_normal(count + ahead + 1)
    # The sign of what happens over the span: neighbours share most of it.
    sums = np.concatenate(([0.0], np.cumsum(noise)))
    labels = np.sign(sums[ahead + 1 : ahead + 1 + count] - sums[:count])
    spans = reaching(count, ahead)
    folds = [Split(each.train, each.test) for each in k_fold(spans, 200)]
    leaking = [
        Split(np.setdiff1d(np.arange(count), each.test), each.test) for each in k_fold(spans, 200)
    ]
    rate = float((labels > 0).mean())
    chance = -(rate * log(rate) + (1 - rate) * log(1 - rate))
    assert loss_of_neighbours(spans, labels, folds) > chance
    assert loss_of_neighbours(spans, labels, leaking) < 0.9 * chance


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: list(k_fold(reaching(5, 0), 1)), "1 folds of 5 samples: expected 2 to 5"),
        (lambda: list(k_fold(reaching(5, 0), 6)), "6 folds of 5 samples: expected 2 to 5"),
        (lambda: list(combinatorial(reaching(5, 0), 3, 3)), "3 of 3 folds tested: expected 1 to 2"),
        (lambda: windows(0, 10, 0, 2), "train 0: expected a length > 0"),
        (lambda: windows(0, 10, 3, 2, step=-1), "step -1: expected a length > 0"),
        (lambda: windows(0, 10, 3, 2, gap=-1), "purge and embargo -1: expected a length >= 0"),
        (lambda: windows(0, 10, 9, 2), "train 9, gap 0 and test 2 are longer than the range, 10"),
        (lambda: Spans(np.array([1, 0]), np.array([1, 2])), "sample 1 starts before"),
        (lambda: Spans(np.array([1, 2]), np.array([1, 1])), "sample 1 ends before it starts"),
        (lambda: Spans(np.array([1, 2]), np.array([1])), "as many starts as ends"),
    ],
)
def test_what_cannot_be_split_is_refused(made, words: str) -> None:
    with pytest.raises(RangeError, match=words):
        made()

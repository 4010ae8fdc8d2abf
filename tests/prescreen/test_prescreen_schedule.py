"""The schedule and the windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.prescreen.schedule import scheduled_bars
from engine.prescreen.windows import Windows, around, inside, whole

HOUR = 3_600 * 10**9


def scheduled(clock, long, short, bars):
    times = np.array(clock, dtype=np.int64) * HOUR
    shut = [np.array(each, dtype=np.uint8) for each in (long, short)]
    return np.flatnonzero(scheduled_bars(times, *shut, bars * HOUR)).tolist()


def test_the_first_bar_of_each_bucket_of_the_clock():
    """Buckets start at multiples of the epoch, not at the first bar of the file."""
    open_ = [0] * 10
    assert scheduled(range(2, 12), open_, open_, 4) == [0, 2, 6]


def test_one_bar_buckets_schedule_every_bar():
    assert scheduled(range(5), [0] * 5, [0] * 5, 1) == [0, 1, 2, 3, 4]


def test_while_both_gates_are_shut_the_bucket_waits():
    assert scheduled(range(8), [2, 2, 0, 0, 2, 2, 2, 2], [3, 3, 0, 0, 3, 3, 3, 3], 4) == [2]


@pytest.mark.parametrize("side", ["long", "short"])
def test_one_open_side_suffices(side):
    shut, one = [2] * 4, [2, 0, 0, 0]
    sides = (one, shut) if side == "long" else (shut, one)
    assert scheduled(range(4), *sides, 4) == [1]


def test_a_side_that_opens_later_does_not_get_a_second_decision():
    assert scheduled(range(4), [0, 0, 0, 0], [2, 2, 0, 0], 4) == [0]


def test_gaps_may_swallow_the_start_of_a_bucket_or_all_of_it():
    assert scheduled([0, 1, 6, 7, 20], [0] * 5, [0] * 5, 4) == [0, 2, 4]


def test_times_before_1970_fall_into_buckets_too():
    assert scheduled(range(-6, 2), [0] * 8, [0] * 8, 4) == [0, 2, 6]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.booleans()), min_size=1, max_size=80),
    st.integers(1, 7),
)
def test_the_schedule_is_the_rule_word_by_word(bars, length):
    clock = np.cumsum([step for step, _, _ in bars])
    expected, decided = [], set()
    for row, (hour, (_, long, short)) in enumerate(zip(clock.tolist(), bars, strict=True)):
        if (long or short) and hour // length not in decided:
            decided.add(hour // length)
            expected.append(row)
    gates = [[0 if bar[k] else 2 for bar in bars] for k in (1, 2)]
    assert scheduled(clock, *gates, length) == expected


# --- windows ------------------------------------------------------------------------------------


@given(
    st.sets(st.integers(20, 79)),
    st.one_of(st.integers(0, 30), st.sampled_from([10**9, 2**62])),
)
def test_windows_are_the_union_of_rows_plus_and_minus_the_width(rows, width):
    found = around(np.array(sorted(rows), dtype=np.int64), width, 20, 80)
    union = {k for row in rows for k in range(max(row - width, 20), min(row + width, 79) + 1)}
    listed = [k for a, b in zip(found.starts, found.ends, strict=True) for k in range(a, b)]
    assert listed == sorted(union)
    assert found.bars == len(union)
    assert np.flatnonzero(inside(found, 100)).tolist() == sorted(union)
    # Never empty, never adjacent: two windows that touch are one.
    assert (found.starts < found.ends).all()
    assert (found.starts[1:] > found.ends[:-1]).all()


def test_no_candidate_no_window():
    found = around(np.empty(0, dtype=np.int64), 48, 0, 100)
    assert (found.starts.size, found.bars) == (0, 0)
    assert not inside(found, 5).any()


def test_the_whole_range_is_one_window():
    found = whole(3, 9)
    assert isinstance(found, Windows)
    assert (found.starts.tolist(), found.ends.tolist(), found.bars) == ([3], [9], 6)

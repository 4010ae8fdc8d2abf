"""Price paths by hand: where a position is left, at what price, and for what reason.

Every path: decided at the close of row 0, entered at 101 at the open of row 1, 500 units, stop 99.
Each is replayed for a long position and, reflected at 100, for a short one.
"""

import pytest
from replay_tables import QUANTITY, Bar, at, cash, fills, mirrored, orders, run, still

SIDES = pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
DECIDED = still(100, 0.5)
ENTERED = still(101)
ENTRY = (1, "entry", 101, QUANTITY)
PARTIAL = {"exits.scale_out_rr": 1.0, "exits.scale_out_share": 0.5}  # level 103
TARGET = {"exits.r_multiple_target": 2.5}  # level 106
HALF = QUANTITY / 2


def check(bars, side, changes, expected):
    """Replay the path; compare its fills after the entry, and the cash that they add up to."""
    done = run(mirrored(bars, side), changes)
    wanted = [(bar, reason, at(raw, side), size) for bar, reason, raw, size in [ENTRY, *expected]]
    assert fills(done) == wanted
    gains = [size * (raw - 101) for _, _, raw, size in expected]
    assert cash(done) == [100_000, *(100_000 + sum(gains[: k + 1]) for k in range(len(gains)))]
    assert done.equity[-1] == cash(done)[-1]
    return done


@SIDES
def test_the_entry_is_filled_at_the_next_open(side):
    done = check([DECIDED, Bar(101, 104, 100, 103)], side, {}, [(1, "end_of_data", 103, QUANTITY)])
    assert orders(done) == [(0, "entry", side, 1)]


@SIDES
@pytest.mark.parametrize("low", [99, 98.5])
def test_a_touched_stop_is_filled_at_the_stop(side, low):
    bars = [DECIDED, ENTERED, Bar(101, 102, low, 100), still(100)]
    check(bars, side, {}, [(2, "stop", 99, QUANTITY)])


@SIDES
def test_a_stop_just_missed_is_not_filled(side):
    bars = [DECIDED, ENTERED, Bar(101, 102, 99.001, 100)]
    check(bars, side, {}, [(2, "end_of_data", 100, QUANTITY)])


@SIDES
def test_the_stop_is_in_force_on_the_entry_bar(side):
    check([DECIDED, Bar(101, 101, 99, 100)], side, {}, [(1, "stop", 99, QUANTITY)])


@SIDES
@pytest.mark.parametrize("opened", [99, 97])
def test_an_open_beyond_the_stop_is_filled_at_the_open(side, opened):
    bars = [DECIDED, ENTERED, Bar(opened, 107, 90, 100)]
    done = check(bars, side, PARTIAL | TARGET, [(2, "stop_gap", opened, QUANTITY)])
    assert done.both_touched == 0


@SIDES
def test_a_touched_target_is_filled_at_the_target(side):
    bars = [DECIDED, ENTERED, Bar(101, 106, 100, 104), still(104)]
    check(bars, side, TARGET, [(2, "target", 106, QUANTITY)])


@SIDES
@pytest.mark.parametrize("opened", [106, 108])
def test_an_open_beyond_the_target_is_filled_at_the_open(side, opened):
    bars = [DECIDED, ENTERED, Bar(opened, 110, 90, 100)]
    check(bars, side, TARGET, [(2, "target_gap", opened, QUANTITY)])


@SIDES
def test_partial_and_target_in_one_bar_are_two_legs(side):
    bars = [DECIDED, ENTERED, Bar(101, 107, 100, 104)]
    legs = [(2, "partial", 103, HALF), (2, "target", 106, HALF)]
    check(bars, side, PARTIAL | TARGET, legs)


@SIDES
def test_the_partial_is_taken_once_and_the_rest_runs_on(side):
    bars = [
        DECIDED,
        ENTERED,
        Bar(101, 104, 100, 102),
        Bar(102, 105, 101, 104),
        Bar(104, 104, 98, 99),
    ]
    check(bars, side, PARTIAL | TARGET, [(2, "partial", 103, HALF), (4, "stop", 99, HALF)])


@SIDES
def test_the_share_of_the_partial_is_of_the_whole_position(side):
    bars = [DECIDED, ENTERED, Bar(101, 103, 100, 102), still(102)]
    legs = [(2, "partial", 103, 0.25 * QUANTITY), (3, "end_of_data", 102, 0.75 * QUANTITY)]
    check(bars, side, PARTIAL | {"exits.scale_out_share": 0.25}, legs)


@SIDES
def test_an_open_beyond_the_partial_fills_it_there_and_the_rest_goes_on(side):
    bars = [DECIDED, ENTERED, Bar(104, 104, 98, 99)]
    legs = [(2, "partial_gap", 104, HALF), (2, "stop", 99, HALF)]
    check(bars, side, PARTIAL | TARGET, legs)


@SIDES
def test_an_open_beyond_the_partial_then_the_target(side):
    bars = [DECIDED, ENTERED, Bar(104, 106, 98.5, 105)]
    # The stop comes first in the list, so a bar that touches it too does not reach the target.
    done = check(
        bars, side, PARTIAL | TARGET, [(2, "partial_gap", 104, HALF), (2, "stop", 99, HALF)]
    )
    assert done.both_touched == 1
    bars = [DECIDED, ENTERED, Bar(104, 106, 100, 105)]
    legs = [(2, "partial_gap", 104, HALF), (2, "target", 106, HALF)]
    check(bars, side, PARTIAL | TARGET, legs)


@SIDES
def test_an_open_beyond_both_levels_fills_both_there(side):
    bars = [DECIDED, ENTERED, Bar(107, 108, 98, 105)]
    legs = [(2, "partial_gap", 107, HALF), (2, "target_gap", 107, HALF)]
    check(bars, side, PARTIAL | TARGET, legs)


@SIDES
def test_stop_and_target_in_one_bar_takes_the_stop_and_counts(side):
    bars = [DECIDED, ENTERED, Bar(101, 106, 99, 104)]
    done = check(bars, side, PARTIAL | TARGET, [(2, "stop", 99, QUANTITY)])
    assert done.both_touched == 1


@SIDES
def test_stop_and_partial_in_one_bar_is_no_both_touched(side):
    bars = [DECIDED, ENTERED, Bar(101, 105, 99, 104)]
    done = check(bars, side, PARTIAL | TARGET, [(2, "stop", 99, QUANTITY)])
    assert done.both_touched == 0


@SIDES
@pytest.mark.parametrize("bars_in_trade", [1, 2, 3])
def test_the_time_stop_is_decided_at_row_entry_plus_n_minus_1_and_filled_next(side, bars_in_trade):
    bars = [DECIDED, ENTERED, still(101.5), still(102), still(102.5), still(103)]
    filled = 1 + bars_in_trade
    done = check(
        bars,
        side,
        {"exits.max_bars_in_trade": bars_in_trade},
        [(filled, "time_stop", 101 + 0.5 * (filled - 1), QUANTITY)],
    )
    assert orders(done)[1:] == [(filled - 1, "time_stop", side, 1)]


@SIDES
def test_a_stop_beats_the_time_stop_of_the_same_bar(side):
    bars = [DECIDED, ENTERED, Bar(101, 101, 98, 100), still(100)]
    done = check(bars, side, {"exits.max_bars_in_trade": 2}, [(2, "stop", 99, QUANTITY)])
    assert orders(done) == [(0, "entry", side, 1)]


@SIDES
def test_a_pending_time_stop_fills_at_the_open_whatever_the_levels_say(side):
    bars = [DECIDED, ENTERED, Bar(97, 97, 97, 97)]
    check(bars, side, {"exits.max_bars_in_trade": 1}, [(2, "time_stop", 97, QUANTITY)])


@SIDES
def test_levels_hang_on_the_fill_and_the_distance_on_the_decision(side):
    """ATR 1 at the decision and 9 at the fill: the stop stays 2 from wherever the fill was."""
    bars = [DECIDED, Bar(105, 105, 104, 105, atr=9.0), Bar(105, 105, 103, 104, atr=9.0)]
    done = run(mirrored(bars, side))
    assert fills(done) == [
        (1, "entry", at(105, side), QUANTITY),
        (2, "stop", at(103, side), QUANTITY),
    ]


@SIDES
def test_the_end_of_data_closes_at_the_last_close(side):
    bars = [DECIDED, ENTERED, Bar(101, 103, 100, 102)]
    done = check(bars, side, {}, [(2, "end_of_data", 102, QUANTITY)])
    assert done.equity.tolist() == [100_000, 100_000, 100_000 + QUANTITY * 1]


@SIDES
def test_a_pending_exit_at_the_end_of_data_becomes_its_close(side):
    bars = [DECIDED, ENTERED, Bar(101, 103, 100, 102)]
    done = check(bars, side, {"exits.max_bars_in_trade": 2}, [(2, "end_of_data", 102, QUANTITY)])
    assert orders(done)[1:] == [(2, "time_stop", side, 1)]


@SIDES
def test_an_entry_on_the_last_bar_is_closed_on_it(side):
    bars = [DECIDED, Bar(101, 103, 100, 102)]
    check(bars, side, {}, [(1, "end_of_data", 102, QUANTITY)])


@SIDES
def test_a_position_closed_in_a_bar_may_be_followed_by_an_entry_decided_at_its_close(side):
    bars = [DECIDED, ENTERED, Bar(101, 102, 99, 100, 0.5), still(100), still(100)]
    done = run(mirrored(bars, side))
    assert [leg[:2] for leg in fills(done)] == [
        (1, "entry"),
        (2, "stop"),
        (3, "entry"),
        (4, "end_of_data"),
    ]
    assert orders(done) == [(0, "entry", side, 1), (2, "entry", side, 2)]
    # 1,000 was lost at the stop: the next entry risks 1 % of 99,000.
    assert fills(done)[2][3] == 99_000 * 0.01 / 2

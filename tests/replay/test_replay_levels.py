"""Price paths by hand: stops that follow the market, and what is decided at a close.

Every path: decided at the close of row 0, entered at 101 at the open of row 1, 500 units, stop 99,
ATR 1, R = 2. Each is replayed for a long position and, reflected at 100, for a short one.
"""

from dataclasses import replace

import pytest
from replay_tables import QUANTITY, Bar, at, codes, events_of, fills, mirrored, orders, run, still

from engine.replay.records import REASON_NAMES

SIDES = pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
DECIDED = still(100, 0.5)
ENTERED = still(101)
BREAKEVEN = {"exits.breakeven_rr": 1.0}  # from 103
TRAILING = {"exits.trail_atr_mult": 1.5, "exits.trail_after_rr": 1.0}


def levels(done):
    """(bar, reason, price) of each level."""
    return [
        (int(e["bar"]), REASON_NAMES[e["reason"]], float(e["price"]))
        for e in events_of(done, "level")
    ]


def check(bars, side, changes, moved, left):
    """Replay the path; compare the levels, and the fills after the entry."""
    done = run(mirrored([DECIDED, *bars], side), changes)
    assert levels(done) == [(bar, why, at(price, side)) for bar, why, price in moved]
    wanted = [(1, "entry", 101, QUANTITY), *((*leg, QUANTITY) for leg in left)]
    assert fills(done) == [(bar, why, at(raw, side), size) for bar, why, raw, size in wanted]
    return done


# --- breakeven ----------------------------------------------------------------------------------


@SIDES
def test_breakeven_arms_on_the_bar_that_reached_it_and_holds_from_the_next(side):
    bars = [ENTERED, Bar(101, 103, 100.5, 102), Bar(102, 102, 100, 100.5), still(100)]
    check(bars, side, BREAKEVEN, [(2, "breakeven", 101)], [(3, "breakeven", 101)])


@SIDES
def test_breakeven_is_not_armed_just_below_it(side):
    bars = [ENTERED, Bar(101, 102.999, 100.5, 102), Bar(102, 102, 100, 100.5), still(100)]
    check(bars, side, BREAKEVEN, [], [(4, "end_of_data", 100)])


@SIDES
def test_breakeven_arms_on_the_entry_bar(side):
    """Its low below the entry is of the same bar, hence not tested against the new level."""
    bars = [Bar(101, 103, 100, 102), Bar(102, 102, 101, 101.5), still(101)]
    check(bars, side, BREAKEVEN, [(1, "breakeven", 101)], [(2, "breakeven", 101)])


@SIDES
def test_an_open_beyond_a_moved_stop_is_filled_at_the_open(side):
    bars = [ENTERED, Bar(101, 103, 101, 102), Bar(100, 100, 99.5, 100), still(100)]
    check(bars, side, BREAKEVEN, [(2, "breakeven", 101)], [(3, "stop_gap", 100)])


@SIDES
def test_a_close_back_below_the_entry_leaves_at_the_next_open(side):
    """The best price was far enough; the stop then lies beyond the market."""
    bars = [ENTERED, Bar(101, 103, 100, 100.5), still(100.5), still(100)]
    check(bars, side, BREAKEVEN, [(2, "breakeven", 101)], [(3, "stop_gap", 100.5)])


@SIDES
def test_the_best_price_is_remembered_beyond_its_bar(side):
    """The level is written once: the second time it is no tighter."""
    bars = [ENTERED, Bar(101, 104, 101, 102), Bar(102, 104, 101.5, 102), still(102)]
    check(bars, side, BREAKEVEN, [(2, "breakeven", 101)], [(4, "end_of_data", 102)])


@SIDES
def test_a_level_event_says_what_it_is_about(side):
    changes = BREAKEVEN | {"exits.scale_out_rr": 0.5, "exits.scale_out_share": 0.25}
    bars = [DECIDED, ENTERED, Bar(101, 103, 101, 102), still(102)]
    done = run(mirrored(bars, side), changes)
    (level,) = events_of(done, "level")
    assert (level["price"], level["raw_price"]) == (at(101, side), at(101, side))
    assert (level["side"], level["position"]) == (side, 1)
    assert (level["quantity"], level["fee"]) == (0.75 * QUANTITY, 0)  # after the partial
    assert level["cash"] == 100_000 + 0.25 * QUANTITY
    for name in ("stop_distance", "score", "best", "worst"):
        assert level[name] == 0
    # In the order of the bar: the partial, then the level.
    assert done.events["kind"].tolist()[-3:-1] == [
        events_of(done, "fill")["kind"][0],
        level["kind"],
    ]


# --- trailing -----------------------------------------------------------------------------------


@SIDES
def test_the_stop_trails_the_close_only_once_enough_was_earned(side):
    bars = [
        ENTERED,
        Bar(101, 102.9, 101, 102.5),  # not yet: best 0.95 R
        Bar(102.5, 103, 102, 102.75),
        Bar(102.75, 105, 102, 104.5),
        Bar(104.5, 104.5, 102, 103),
        still(103),
    ]
    moved = [(3, "trailing", 101.25), (4, "trailing", 103)]
    check(bars, side, TRAILING, moved, [(5, "trailing", 103)])


@SIDES
def test_trailing_from_the_first_bar_on(side):
    """With trail_after_rr 0 the entry bar's close moves the stop: 102 − 1.5."""
    changes = TRAILING | {"exits.trail_after_rr": 0.0}
    bars = [Bar(101, 102, 101, 102), Bar(102, 102, 100, 101), still(101)]
    check(bars, side, changes, [(1, "trailing", 100.5)], [(2, "trailing", 100.5)])


@SIDES
def test_a_trailing_stop_never_loosens(side):
    """A lower close and a wider ATR ask for less; the stop stays."""
    bars = [
        Bar(101, 105, 101, 105),
        Bar(105, 105, 104, 104),
        replace(Bar(104, 106, 104, 106), atr=4.0),
        Bar(106, 106, 103.5, 104),
        still(104),
    ]
    check(bars, side, TRAILING, [(1, "trailing", 103.5)], [(4, "trailing", 103.5)])


@SIDES
def test_the_low_of_the_bar_is_never_tested_against_its_own_level(side):
    bars = [ENTERED, Bar(101, 106, 100, 105), Bar(105, 107, 104, 106), still(106)]
    check(
        bars, side, TRAILING, [(2, "trailing", 103.5), (3, "trailing", 104.5)],
        [(4, "end_of_data", 106)],
    )  # fmt: skip


@SIDES
def test_an_open_exactly_at_the_trailing_stop_is_a_gap(side):
    bars = [Bar(101, 105, 101, 105), Bar(103.5, 106, 103, 105), still(105)]
    check(bars, side, TRAILING, [(1, "trailing", 103.5)], [(2, "stop_gap", 103.5)])


@SIDES
def test_a_moved_stop_and_the_target_in_one_bar_take_the_stop_and_count(side):
    changes = TRAILING | {"exits.r_multiple_target": 2.5}  # 106
    bars = [Bar(101, 105, 101, 105), Bar(105, 106, 103.5, 104), still(104)]
    done = check(bars, side, changes, [(1, "trailing", 103.5)], [(2, "trailing", 103.5)])
    assert done.both_touched == 1


# --- regime and volume trap ---------------------------------------------------------------------

REGIME = {"exits.regime_stop_atr.turmoil": 1.0, "exits.regime_stop_atr.range": 1.5}


@SIDES
@pytest.mark.parametrize(("regime", "level"), [(3, 100.0), (2, 99.5)])
def test_a_regime_tightens_the_stop(side, regime, level):
    bars = [ENTERED, replace(still(101), regime=regime), Bar(101, 101, 99.4, 100), still(100)]
    check(bars, side, REGIME, [(2, "regime_stop", level)], [(3, "regime_stop", level)])


@SIDES
@pytest.mark.parametrize("regime", [0, 1])
def test_a_regime_without_a_distance_moves_nothing(side, regime):
    bars = [replace(still(101), regime=regime), replace(still(102), regime=regime)]
    check(bars, side, REGIME, [], [(2, "end_of_data", 102)])


@SIDES
def test_a_stop_that_a_regime_tightened_stays_when_it_ends(side):
    bars = [replace(still(101), regime=3), still(101), Bar(101, 101, 100, 100.5), still(100)]
    check(bars, side, REGIME, [(1, "regime_stop", 100)], [(3, "regime_stop", 100)])


@SIDES
@pytest.mark.parametrize(("bits", "moves"), [(0, False), (1, True), (2, False), (3, True)])
def test_a_volume_trap_tightens_the_stop_of_its_own_side(side, bits, moves):
    bars = [ENTERED, replace(still(102), trap=bits), Bar(102, 102, 101.25, 101.5), still(101.5)]
    moved = [(2, "volume_trap", 101.5)] if moves else []
    left = [(3, "volume_trap", 101.5)] if moves else [(4, "end_of_data", 101.5)]
    check(bars, side, {"exits.volume_trap_atr": 0.5}, moved, left)


@SIDES
@pytest.mark.parametrize(
    ("trail", "regime", "trap", "level", "reason"),
    [
        (3.0, 2.0, 1.0, 103, "volume_trap"),
        (3.0, 1.0, 2.0, 103, "regime_stop"),
        (1.0, 3.0, 2.0, 103, "trailing"),
        (4.0, 5.0, 6.0, 101, "breakeven"),
        (1.0, 1.0, 1.0, 103, "trailing"),  # the first of equals
        (3.0, 3.0, 3.0, 101, "breakeven"),
    ],
)
def test_the_tightest_level_wins_and_is_the_only_one_recorded(
    side, trail, regime, trap, level, reason
):
    changes = BREAKEVEN | TRAILING | {"exits.trail_atr_mult": trail}
    changes |= {"exits.regime_stop_atr.trend": regime, "exits.volume_trap_atr": trap}
    bars = [replace(Bar(101, 104, 101, 104), regime=1, trap=1), still(104)]
    check(bars, side, changes, [(1, reason, level)], [(2, "end_of_data", 104)])


def test_without_an_atr_no_level_is_made_up():
    """0 · inf is no number, and no number moves no stop."""
    changes = TRAILING | {"exits.trail_after_rr": 0.0, "exits.trail_atr_mult": None}
    done = run([DECIDED, replace(still(101), atr=0.0), still(101)], changes)
    assert levels(done) == []


# --- exits decided at a close ---------------------------------------------------------------------

CONFIDENT = {"exits.exit_confidence": 0.2}


@SIDES
@pytest.mark.parametrize("score", [0.1999, 0.0, -0.3])
def test_a_score_below_the_exit_confidence_leaves_at_the_next_open(side, score):
    bars = [still(101, 0.2), still(102, score), still(103), still(104)]
    done = check(bars, side, CONFIDENT, [], [(3, "exit_confidence", 103)])
    assert orders(done)[1:] == [(2, "exit_confidence", side, 1)]
    assert codes(done)[2] == "exit_ordered"


@SIDES
def test_the_exit_confidence_is_of_the_penalised_score(side):
    bars = [still(101, 0.25), replace(still(102, 0.25), misaligned=1), still(103, 0.25)]
    changes = CONFIDENT | {"fusion.misalignment_penalty": 0.25}
    check(bars, side, changes, [], [(3, "exit_confidence", 103)])


@SIDES
@pytest.mark.parametrize(("bits", "leaves"), [(0, False), (1, True), (2, False), (3, True)])
def test_macro_leaves_the_side_that_it_shuts(side, bits, leaves):
    bars = [ENTERED, replace(still(102), macro_exit=bits), still(103), still(104)]
    left = [(3, "macro_exit", 103)] if leaves else [(4, "end_of_data", 104)]
    check(bars, side, {}, [], left)


@SIDES
@pytest.mark.parametrize(("bits", "leaves"), [(0, False), (1, True), (2, False), (3, True)])
def test_a_signal_leaves_the_side_that_it_names(side, bits, leaves):
    bars = [ENTERED, replace(still(102), signal_exit=bits), still(103), still(104)]
    left = [(3, "signal_exit", 103)] if leaves else [(4, "end_of_data", 104)]
    check(bars, side, {}, [], left)


@SIDES
@pytest.mark.parametrize(
    ("max_bars", "macro", "signal", "reason"),
    [
        (2, 3, 3, "time_stop"),
        (9, 3, 3, "macro_exit"),
        (9, 0, 3, "signal_exit"),
        (9, 0, 0, "exit_confidence"),
    ],
)
def test_time_stop_then_macro_then_signal_then_confidence(side, max_bars, macro, signal, reason):
    changes = CONFIDENT | {"exits.max_bars_in_trade": max_bars}
    told = replace(still(102), macro_exit=macro, signal_exit=signal)
    bars = [still(101, 0.5), told, still(103), still(104)]
    done = check(bars, side, changes, [], [(3, reason, 103)])
    assert orders(done)[1:] == [(2, reason, side, 1)]


@SIDES
def test_an_ordered_exit_moves_no_stop(side):
    """Breakeven is reached on the bar whose close orders the exit."""
    bars = [ENTERED, Bar(101, 104, 101, 103), still(103)]
    changes = BREAKEVEN | {"exits.max_bars_in_trade": 2}
    check(bars, side, changes, [], [(3, "time_stop", 103)])


@SIDES
def test_an_exit_at_the_close_wins_over_a_flip(side):
    bars = [still(101, 0.5), still(102, -0.9), still(103), still(104)]
    check(bars, side, CONFIDENT, [], [(3, "exit_confidence", 103)])


@SIDES
def test_a_stop_touched_comes_before_what_the_close_would_decide(side):
    bars = [ENTERED, replace(Bar(101, 101, 99, 100), macro_exit=1), still(100)]
    done = check(bars, side, {}, [], [(2, "stop", 99)])
    assert len(orders(done)) == 1


@SIDES
def test_fill_close_leaves_at_the_close_that_decided(side):
    bars = [DECIDED, still(101, 0.5), replace(still(102), macro_exit=1), still(104)]
    done = run(mirrored(bars, side), {"execution.fill": "close"})
    assert fills(done)[1] == (2, "macro_exit", at(102, side), QUANTITY)


# --- excursions ---------------------------------------------------------------------------------


def excursions(done):
    """(best, worst) of the last fill."""
    last = events_of(done, "fill")[-1]
    return float(last["best"]), float(last["worst"])


@SIDES
@pytest.mark.parametrize(
    ("bars", "best", "worst"),
    [
        # The bar of a stop touched tells nothing about what came first: only the stop itself.
        ([Bar(101, 102, 100, 101), Bar(101, 105, 99, 100)], 102, 99),
        ([Bar(101, 102, 100, 101), Bar(97, 105, 90, 100)], 102, 97),
        ([Bar(101, 103, 99.5, 102), Bar(102, 104, 100, 103)], 104, 99.5),
        ([still(101)], 101, 101),
    ],
)
def test_best_and_worst_are_of_the_bars_that_ended_in_the_position(side, bars, best, worst):
    done = run(mirrored([DECIDED, *bars, still(101)][: len(bars) + 1], side))
    assert excursions(done) == (at(best, side), at(worst, side))


@SIDES
def test_the_price_of_a_target_is_the_best(side):
    bars = [DECIDED, ENTERED, Bar(101, 110, 100.5, 104), still(104)]
    done = run(mirrored(bars, side), {"exits.r_multiple_target": 2.5})
    assert excursions(done) == (at(106, side), at(101, side))

"""Guards that read the account: cool-down and loss streak, by hand."""

from dataclasses import replace

import pytest
from replay_tables import Bar, codes, events_of, fills, mirrored, orders, run, still

SIDES = pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
DECIDED = still(100, 0.5)
LOSS = Bar(100, 100, 97, 100)  # entered at its open, stopped at 98
WIN = Bar(100, 103, 100, 100)  # entered at its open, out at the target 102
TARGET = {"exits.r_multiple_target": 1.0}


def enter(side):
    return "enter_long" if side > 0 else "enter_short"


# --- cool-down --------------------------------------------------------------------------------


@SIDES
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_position_closed_in_row_x_forbids_entries_in_exactly_n_rows(side, rows):
    bars = [DECIDED, replace(LOSS, score=0.5), *[DECIDED] * 6]
    found = codes(run(mirrored(bars, side), {"safety.cooldown_bars": rows}))
    assert found[: 2 + rows] == [enter(side), *["cool_down"] * rows, enter(side)]


def test_without_a_cool_down_the_bar_of_the_exit_may_enter():
    bars = [DECIDED, replace(LOSS, score=0.5), still(100)]
    assert codes(run(bars))[1] == "enter_long"


@SIDES
def test_after_losses_only(side):
    changes = {**TARGET, "safety.cooldown_bars": 2, "safety.cooldown_after": "loss"}
    bars = [DECIDED, replace(WIN, score=0.5), replace(LOSS, score=0.5), DECIDED, DECIDED]
    found = codes(run(mirrored(bars, side), changes))
    assert found == [enter(side), enter(side), "cool_down", "cool_down", enter(side)]
    every = codes(run(mirrored(bars, side), changes | {"safety.cooldown_after": "any"}))
    assert every[1] == "cool_down"


@SIDES
def test_a_part_that_is_sold_starts_no_cool_down(side):
    changes = {"exits.scale_out_rr": 0.5, "safety.cooldown_bars": 5}
    partial = Bar(100, 101.5, 100, 101)
    done = run(mirrored([DECIDED, partial, still(101, -0.5), still(101)], side), changes)
    assert [leg[1] for leg in fills(done)][:3] == ["entry", "partial", "flip"]


@SIDES
def test_a_flip_counts_as_an_exit_and_its_opposite_has_to_wait(side):
    """Flipped in row 2: rows 2 and 3 may not decide the way back, row 4 may."""
    bars = [DECIDED, still(100, -0.5), DECIDED, DECIDED, DECIDED, still(100)]
    done = run(mirrored(bars, side), {"safety.cooldown_bars": 2})
    assert codes(done) == [
        enter(side),
        enter(-side),
        "cool_down",
        "cool_down",
        enter(side),
        "in_position",
    ]
    assert [each[:2] for each in orders(done)] == [
        (0, "entry"),
        (1, "flip"),
        (1, "flip"),
        (4, "flip"),
        (4, "flip"),
    ]


def test_the_deadline_is_a_row_and_skipped_bars_do_not_move_it():
    """Gates come first; the cool-down comes before the schedule and the score."""
    shut = replace(DECIDED, gate_long=2, gate_short=2)
    bars = [DECIDED, replace(LOSS, score=0.5), shut, still(100), DECIDED]
    found = codes(run(bars, {"safety.cooldown_bars": 3}))
    assert found == ["enter_long", "cool_down", "session", "cool_down", "enter_long"]


# --- loss streak ------------------------------------------------------------------------------

ADVISED = replace(still(100), fast=1)
CONFIRMED = replace(DECIDED, fast=1)
LOSING = [ADVISED, LOSS]
WINNING = [ADVISED, WIN]
EVEN = [ADVISED, still(100), still(100)]
STREAK = {
    **TARGET,
    "fusion.execution_mode": "advisory",
    "exits.max_bars_in_trade": 1,
    "safety.loss_streak_threshold": 2,
}


def last_code(bars, side, changes=None):
    """The code of the last bar but one; the last keeps an order from dropping at the end."""
    done = run(mirrored([*bars, still(100)], side), STREAK | (changes or {}))
    return codes(done)[-2]


@SIDES
@pytest.mark.parametrize(
    ("past", "tightened"),
    [
        ([], False),
        (LOSING, False),
        ([*LOSING, *LOSING], True),
        ([*LOSING, *LOSING, *LOSING], True),  # the third is refused, the streak stays
        ([*LOSING, *WINNING, *LOSING], False),
        ([*LOSING, *EVEN, *LOSING], True),  # neither resets nor counts
        ([*EVEN, *LOSING], False),
        ([*LOSING, *LOSING, CONFIRMED, WIN], False),  # a confirmed entry wins
    ],
)
def test_the_streak_is_on_after_n_losses_in_a_row(side, past, tightened):
    expected = "loss_streak" if tightened else enter(side)
    assert last_code([*past, ADVISED], side) == expected


@SIDES
@pytest.mark.parametrize(
    ("score", "expected"),
    [(0.5, True), (0.4, True), (0.39, False), (0.0, False), (-0.5, False), (float("nan"), False)],
)
def test_under_a_streak_an_advised_entry_needs_the_score(side, score, expected):
    bar = replace(still(100, score), fast=1)
    found = last_code([*LOSING, *LOSING, bar], side)
    assert found == (enter(side) if expected else "loss_streak")


@SIDES
@pytest.mark.parametrize(("score", "code"), [(0.5, None), (-0.5, "loss_streak"), (0.3, "below")])
def test_under_a_streak_a_prefiltered_entry_needs_the_sign_too(side, score, code):
    prefilter = {"fusion.execution_mode": "prefilter"}
    losing = [CONFIRMED, LOSS]
    bar = replace(still(100, score), fast=1)
    expected = {None: enter(side), "below": "below_threshold"}.get(code, code)
    assert last_code([*losing, *losing, bar], side, prefilter) == expected
    assert score < 0 or last_code([bar], side, prefilter) == expected  # the streak did nothing


@SIDES
@pytest.mark.parametrize("mode", ["execute_only_if_fusion_confirms", "fusion_only"])
def test_a_mode_that_asks_for_the_score_anyway_is_not_tightened(side, mode):
    losing = [CONFIRMED, LOSS]
    found = last_code([*losing, *losing, CONFIRMED], side, {"fusion.execution_mode": mode})
    assert found == enter(side)


@SIDES
@pytest.mark.parametrize("waited", range(5))
def test_the_streak_ends_hours_after_the_last_loss(side, waited):
    """The second loss is in row 3, at 4 o'clock: three hours later, at 7, it is over."""
    bars = [*LOSING, *LOSING, *[still(100)] * waited, ADVISED]
    code = last_code(bars, side, {"safety.loss_streak_hours": 3.0})
    assert code == ("loss_streak" if 5 + waited < 7 else enter(side))


def test_a_threshold_of_zero_never_tightens():
    found = last_code([*LOSING * 4, ADVISED], 1, {"safety.loss_streak_threshold": 0})
    assert found == "enter_long"


def test_a_loss_is_one_of_raw_prices():
    """Fees eat the profit of each win, and the streak does not begin."""
    fees = {"costs.fee_bps": 200.0}
    done = run([*WINNING, *WINNING, still(100)], STREAK | fees)
    cash = events_of(done, "fill")["cash"]
    assert cash[-1] < cash[1] < 100_000
    assert last_code([*WINNING, *WINNING, ADVISED], 1, fees) == "enter_long"


def test_all_legs_of_a_position_are_one_profit():
    """Half at +1, the rest at −0.5 and at −2: a win, then a loss."""
    changes = {"exits.scale_out_rr": 0.5, "safety.loss_streak_threshold": 1}
    half = Bar(100, 101.5, 100, 100)  # half is sold at 101
    above = [ADVISED, half, still(99.5)]
    below = [ADVISED, half, Bar(98.5, 98.5, 97.5, 98)]
    longer = {"exits.max_bars_in_trade": 1}
    assert last_code([*above, ADVISED], 1, changes | longer) == "enter_long"
    assert last_code([*below, ADVISED], 1, changes | longer) == "loss_streak"


def test_a_flip_out_of_a_loss_counts():
    changes = {"exits.max_bars_in_trade": None, "safety.loss_streak_threshold": 1}
    bars = [ADVISED, replace(still(100), fast=-1), still(99), replace(still(99), fast=1)]
    assert last_code(bars, 1, changes) == "loss_streak"

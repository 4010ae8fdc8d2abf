"""Ranges, phases, deaths and votes of a trading range."""

import numpy as np
import pytest
from wyckoff_drawings import (
    BOX,
    CLIMAX,
    POINT,
    RALLY,
    RANGE,
    SMALL,
    SPRING,
    STRENGTH,
    TEST,
    Drawing,
    columns,
)

from engine.features.pattern import run_pattern
from engine.features.patterns.wyckoff import PATTERNS

SIDES = pytest.mark.parametrize("side", [1, -1], ids=["accumulation", "distribution"])
INSIDE = (101, 103, 102, 0)
ABOVE = (105, 106, 105.5, 0)
BELOW = (98, 99, 98.5, 0)
# After the climax the market comes to rest between 95.5 and 99.
REST = [(96.5, 99, 98, 0), (96, 98, 97, 0)] * 5


def is_open(bars):
    return bool(Drawing(bars).states[0]["open"])


# --- the range --------------------------------------------------------------------------------


def test_a_box_that_holds_becomes_a_range():
    assert not is_open(RANGE[:-1])
    assert is_open(RANGE)
    state = Drawing(RANGE).states[0]
    assert (state["range_low"], state["range_high"], state["opened_row"]) == (100, 104, 6)


@pytest.mark.parametrize(
    ("bars", "why"),
    [
        ([(100, 101, 100.5, 0)] * 20, "too narrow"),
        ([(100, 104, 102, 0), (106, 110, 108, 0)] * 10, "too wide"),
        ([(100 + 1.5 * k, 101 + 1.5 * k, 101 + 1.5 * k, 0) for k in range(20)], "drifts"),
        ([*BOX, (102, 104, 103, 0), (103, 105, 104.5, 0)], "its close has left"),
        ([(100, 100, 100, 0)] * 20, "no width at all"),
    ],
)
def test_no_range(bars, why):
    assert not is_open(bars), why


@pytest.mark.parametrize("outside", [ABOVE, BELOW])
def test_a_range_survives_three_closes_outside_and_not_four(outside):
    assert is_open([*RANGE, *[outside] * 3])
    assert not is_open([*RANGE, *[outside] * 4])
    assert is_open([*RANGE, *[outside] * 3, INSIDE, *[outside] * 3])


def test_closes_on_both_sides_do_not_add_up():
    assert is_open([*RANGE, ABOVE, ABOVE, BELOW, BELOW, ABOVE, ABOVE])


def test_a_range_ends_of_age():
    settings = SMALL.model_copy(update={"range_max_bars": 10})
    assert Drawing([*RANGE, *[INSIDE] * 9], settings=settings).states[0]["open"]
    assert not Drawing([*RANGE, *[INSIDE] * 10], settings=settings).states[0]["open"]


def test_after_a_sign_of_strength_the_range_waits_for_its_last_point():
    assert is_open([*RANGE, STRENGTH, *[ABOVE] * 23])
    assert not is_open([*RANGE, STRENGTH, *[ABOVE] * 24])


# --- phases -----------------------------------------------------------------------------------

STORY = [*BOX, CLIMAX, RALLY, TEST, *REST]
NARROW = SMALL.model_copy(update={"max_width_atr": 6.0})


@SIDES
def test_phases_come_in_order(side):
    state = Drawing(STORY, settings=NARROW).states[0]
    floor, ceiling = state["range_low"], state["range_high"]
    assert (state["open"], floor, ceiling) == (1, 96, 99)
    bars = [*STORY]
    steps = [
        ((floor - 1, floor + 2, floor + 1.5, 1), "C"),
        ((ceiling - 0.5, ceiling + 1, ceiling + 0.75, 1.5), "D"),
        ((ceiling + 0.25, ceiling + 0.625, ceiling + 0.5, 0), "D"),
    ]
    steps += [((ceiling + 1, ceiling + 2, ceiling + 1.5, 0), "D")] * 22
    steps += [((ceiling + 1, ceiling + 2, ceiling + 1.5, 0), "E")]
    seen = [Drawing(bars[:rows], side, NARROW).phase() for rows in (5, 6, 7, 8, len(bars))]
    assert seen == ["-", "A", "A", "B", "B"]
    for bar, phase in steps:
        bars.append(bar)
        assert Drawing(bars, side, NARROW).phase() == phase, bars[len(STORY) :]
    kinds = [kind for _, kind in Drawing(bars, side, NARROW).births()]
    assert kinds == [
        "climax",
        "automatic_rally",
        "secondary_test",
        "spring",
        "sign_of_strength",
        "last_point_of_support",
    ]


@SIDES
def test_a_sign_of_strength_takes_the_other_side_back_to_b(side):
    upthrust = (102, 105, 102.5, 1)
    assert Drawing([*RANGE, upthrust], -side).births() == []
    bars = [*RANGE, upthrust]
    assert _other(Drawing(bars, side)) == "C"
    assert _other(Drawing([*bars, STRENGTH], side)) == "B"


@SIDES
def test_a_range_left_without_strength_leaves_no_phase(side):
    assert Drawing([*RANGE, SPRING, *[ABOVE] * 3], side).phase() == "C"
    assert Drawing([*RANGE, SPRING, *[ABOVE] * 4], side).phase() == "-"


@SIDES
def test_a_phase_ends_with_the_last_live_event(side):
    assert Drawing([*RANGE, SPRING], side).phase() == "C"
    assert Drawing([*RANGE, SPRING, (98, 100, 98.5, 0)], side).phase() == "B"


def _other(drawing):
    return "-ABCDE"[int(drawing.states[0]["phase"][1 if drawing.side > 0 else 0])]


# --- deaths -----------------------------------------------------------------------------------


@SIDES
@pytest.mark.parametrize(
    ("bars", "death"),
    [
        ([*BOX, CLIMAX, (94, 96, 95.25, 0)], (6, "climax", "violated")),
        ([*RANGE, SPRING, (98, 100, 98.5, 0)], (8, "spring", "violated")),
        ([*RANGE, STRENGTH, INSIDE], (8, "sign_of_strength", "violated")),
        ([*RANGE, SPRING, *[INSIDE] * 31], (38, "spring", "aged")),
        ([*RANGE, SPRING, INSIDE, SPRING], (9, "spring", "crowded_out")),
    ],
)
def test_death(bars, death, side):
    assert Drawing(bars[:-1], side).deaths() == []
    assert Drawing(bars, side).deaths() == [death]


@SIDES
def test_the_events_of_the_losing_side_end_with_the_range(side):
    deep_upthrust = (103, 105.25, 103.5, 1)  # argues for the other side, up to 105.25
    bars = [*RANGE, deep_upthrust, *[(104, 105, 104.5, 0)] * 4]
    loser = Drawing(bars, side)
    loser.side = -side
    assert loser.births() == [(7, "spring")]
    assert loser.deaths() == [(11, "spring", "ended")]


@SIDES
def test_the_events_of_the_winning_side_live_on(side):
    bars = [*RANGE, STRENGTH, *[ABOVE] * 24]
    assert Drawing(bars, side).deaths() == []


def test_an_old_range_takes_the_events_of_both_sides_with_it():
    settings = SMALL.model_copy(update={"range_max_bars": 10})
    drawing = Drawing([*RANGE, SPRING, *[INSIDE] * 9], settings=settings)
    assert drawing.deaths() == [(16, "spring", "ended")]


# --- votes ------------------------------------------------------------------------------------


def test_the_vote_of_an_event_and_its_decay():
    votes = Drawing([*RANGE, SPRING, INSIDE, INSIDE]).votes
    strength, place = 1.5 / 2.5, (2.5 - 1.5) / 4
    assert votes[7] == 0.9 * (0.8 * strength) + 0.1 * place
    assert votes[9] == 0.9 * (0.8 * strength * (1.0 / (1.0 + 2 / 12.0)))
    assert votes[6] == 0.0


def test_the_place_in_the_range_votes_by_itself():
    quiet = [(100.5, 101.5, 101, 0), (102.5, 103.5, 103, 0), (99.5, 101, 99.875, 0)]
    assert Drawing([*RANGE, *quiet]).votes[7:].tolist() == [0.1 * 0.5, 0.1 * -0.5, 0.0]


def test_nothing_to_say_is_zero_and_never_nan():
    assert Drawing([ABOVE] * 40).votes.tolist() == [0.0] * 40


def test_nan_only_while_a_number_is_missing():
    arrays = columns([*RANGE, SPRING], 1)
    arrays[4][:3] = np.nan
    arrays[5][:2] = np.nan
    votes = run_pattern(PATTERNS[0], arrays, SMALL)
    assert np.isnan(votes).tolist() == [True] * 3 + [False] * 5


def test_rows_one_by_one_give_the_same_bytes():
    bars = [*STORY, SPRING, STRENGTH, POINT, *[INSIDE] * 5]
    whole, single = Drawing(bars), Drawing(bars, rows_at_once=1)
    assert whole.votes.tobytes() == single.votes.tobytes()
    assert whole.stream.tobytes() == single.stream.tobytes()
    assert whole.states.tobytes() == single.states.tobytes()

"""Every event of a trading range, drawn by hand, with what just misses it; from both sides."""

import numpy as np
import pytest
from wyckoff_drawings import (
    BOX,
    CLIMAX,
    POINT,
    RALLY,
    RANGE,
    SPRING,
    STRENGTH,
    TEST,
    Drawing,
)

SIDES = pytest.mark.parametrize("side", [1, -1], ids=["accumulation", "distribution"])
STILL = (96.5, 98.5, 97.25, 0)  # after a climax: neither rally nor test
INSIDE = (101, 103, 102, 0)
LOW_BOX = [(100, 102, 101, 0), (101, 103, 102, 0)] * 3


def kinds(bars, side):
    return [kind for _, kind in Drawing(bars, side).births()]


@SIDES
@pytest.mark.parametrize(
    ("before", "event", "kind"),
    [
        (BOX, CLIMAX, "climax"),
        ([*BOX, CLIMAX], RALLY, "automatic_rally"),
        ([*BOX, CLIMAX, STILL], RALLY, "automatic_rally"),
        ([*BOX, CLIMAX, RALLY], TEST, "secondary_test"),
        (RANGE, SPRING, "spring"),
        ([*RANGE, (99, 100, 99.5, 0), (99, 100.5, 99.5, 0)], SPRING, "spring"),
        (RANGE, STRENGTH, "sign_of_strength"),
        ([*RANGE, STRENGTH], POINT, "last_point_of_support"),
        ([*RANGE, STRENGTH, (105, 106, 105.5, 0)], POINT, "last_point_of_support"),
    ],
)
def test_event(before, event, kind, side):
    drawing = Drawing([*before, event], side)
    assert drawing.births()[-1] == (len(before), kind)
    assert Drawing([*before, event], -side).births() == Drawing([*before, event], side).births()
    assert {int(line["side"]) for line in drawing.stream} == {side}


@SIDES
@pytest.mark.parametrize(
    ("before", "event", "why"),
    [
        (BOX, (95.5, 99, 98, 1.4), "no volume"),
        (BOX, (95.5, 99, 96.75, 2), "closes near its low"),
        (LOW_BOX, (99.5, 103, 102, 2), "too small a fall"),
        (BOX, (97.75, 99, 98.5, 2), "too small a bar"),
        (BOX[:4], CLIMAX, "no box before it"),
        ([*BOX[:4], (95, 102, 98, 0)], CLIMAX, "no new low"),
    ],
)
def test_no_climax(before, event, why, side):
    assert kinds([*before, event], side) == [], why


@SIDES
@pytest.mark.parametrize(
    ("bars", "why"),
    [
        ([(96.5, 97.5, 97.375, 0)], "too small a move"),
        ([(97.5, 98.5, 98.25, 2)], "as much volume as the climax"),
        ([(95, 96, 95.25, 0), RALLY], "a close below the climax before it"),
        ([STILL] * 12 + [RALLY], "too late"),
        ([STILL] * 3, "no rally"),
    ],
)
def test_no_rally(bars, why, side):
    assert "automatic_rally" not in kinds([*BOX, CLIMAX, *bars], side), why


@SIDES
@pytest.mark.parametrize(
    ("bars", "why"),
    [
        ([(96, 97, 96.75, 1)], "too much volume"),
        ([(97, 98, 97.75, -0.5)], "too far from the climax"),
        ([(96, 97, 96.25, -0.5)], "closes near its low"),
        ([(95, 96.5, 95.25, 0), TEST], "a close below the climax before it"),
        ([(97.5, 98.5, 98, 0)] * 40 + [TEST], "too late"),
    ],
)
def test_no_test(bars, why, side):
    assert "secondary_test" not in kinds([*BOX, CLIMAX, RALLY, *bars], side), why


@SIDES
@pytest.mark.parametrize(
    ("before", "event", "why"),
    [
        (RANGE, (99, 102, 99.875, 1), "closes below the range"),
        (RANGE, (99, 102, 101.5, 0), "no volume"),
        (RANGE, (98.375, 102, 101.5, 1), "too deep"),
        (RANGE, (99.96875, 102, 101.5, 1), "too shallow"),
        (RANGE, (100, 102, 101.5, 1), "does not leave the range"),
        (RANGE, (99, 102, 100.125, 1), "closes near its low"),
        ([*RANGE, *[(99, 100, 99.5, 0)] * 3], SPRING, "too late"),
        ([*RANGE, (98, 100, 99.5, 0)], SPRING, "too deep the bar before"),
        (BOX, SPRING, "no range"),
    ],
)
def test_no_spring(before, event, why, side):
    assert kinds([*before, event], side) == [], why


@SIDES
@pytest.mark.parametrize(
    ("before", "event", "why"),
    [
        (RANGE, (103.5, 105, 103.875, 1.5), "does not leave the range"),
        (RANGE, (103.5, 105, 104.0625, 1.5), "leaves it by too little"),
        (RANGE, (103.5, 105, 104.75, 0.9), "no volume"),
        (RANGE, (103.5, 106.5, 104.625, 1.5), "closes near its low"),
        (RANGE, (104, 104.9, 104.75, 1.5), "too small a bar"),
        (BOX, STRENGTH, "no range"),
    ],
)
def test_no_sign_of_strength(before, event, why, side):
    assert kinds([*before, event], side) == [], why


@SIDES
@pytest.mark.parametrize(
    ("before", "event", "why"),
    [
        ([*RANGE, STRENGTH], (104.25, 104.625, 104.5, 1), "on volume"),
        ([*RANGE, STRENGTH], (104.625, 105, 104.6875, 0), "too far from the edge"),
        ([*RANGE, STRENGTH], (104.25, 105, 104.75, 0), "does not fall back"),
        ([*RANGE, STRENGTH], (103.5, 104.5, 103.875, 0), "closes inside the range"),
        ([*RANGE, STRENGTH, INSIDE], POINT, "has closed inside before"),
        ([*RANGE, STRENGTH, *[(105, 106, 105.5, 0)] * 24], POINT, "too late"),
        (RANGE, POINT, "no sign of strength before it"),
        ([*RANGE, STRENGTH, POINT], POINT, "there was one already"),
    ],
)
def test_no_last_point(before, event, why, side):
    row = len(before)
    assert (row, "last_point_of_support") not in Drawing([*before, event], side).births(), why


def test_zones_and_strengths():
    bars = [*BOX, CLIMAX, RALLY, TEST]
    got = [(at["low"], at["high"], at["strength"]) for at in Drawing(bars).stream]
    assert got[:3] == [(95.5, 99, 2 / 3), (95.5, 99, 2.75 / 3.75), (96, 97, 200 / 275)]
    got = [(at["low"], at["high"], at["strength"]) for at in Drawing([*RANGE, SPRING]).stream]
    assert got == [(99, 102, 1.5 / 2.5)]
    got = Drawing([*RANGE, STRENGTH, POINT]).stream[["low", "high", "strength"]].tolist()
    assert got == [(104, 105, 1.5 / 2.5), (104.25, 104.625, 175 / 275)]


def test_mirrored_drawings_have_negated_votes():
    for bars in ([*BOX, CLIMAX, RALLY, TEST], [*RANGE, SPRING, STRENGTH, POINT, INSIDE]):
        long, short = (Drawing([*bars, *[INSIDE] * 9], side).votes for side in (1, -1))
        assert np.array_equal(long, 0.0 - short)
        assert long.any()

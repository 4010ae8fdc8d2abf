"""The truth table of the four modes, every line of it, against a rule written out by hand."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest
from plain_strategy import ONLY_MOMENTUM

from engine.fusion.modes import MODES, named_side
from engine.prescreen.bound import bounds
from engine.prescreen.rows import ROW
from engine.replay.codes import CODE_NAMES
from engine.replay.parameters import parameter_record
from engine.replay.records import STATE
from engine.replay.settings import Settings
from engine.review.certificate.states import stepped
from engine.settings import override, validate

NAN = float("nan")
THRESHOLDS = (0.4, 0.2, 0.6, 0.8)  # none, trend, range, turmoil
PENALTY = 0.5
# Around each threshold, also with half of the score lost; no side; no score.
SCORES = (0.0, 0.1, 0.19, 0.2, 0.39, 0.4, 0.41, 0.6, 0.79, 0.8, 1.0)
SIGNED = (NAN, *SCORES, *(-score for score in SCORES[1:]))


@dataclass(frozen=True)
class Line:
    """One line of the truth table."""

    fast: int
    score: float
    misaligned: int
    regime: int
    scheduled: int


LINES = [Line(*each) for each in product((-1, 0, 1), SIGNED, range(4), range(4), (0, 1))]
GATES = ((0, 0), (2, 0), (0, 3), (2, 3))


def settings_of(mode: str) -> Settings:
    changes = {
        "fusion.execution_mode": mode,
        "fusion.misalignment_penalty": PENALTY,
        "fusion.entry_threshold_confidence": THRESHOLDS[0],
        "fusion.entry_threshold_by_regime": dict(
            zip(("trend", "range", "turmoil"), THRESHOLDS[1:], strict=True)
        ),
    }
    return validate(Settings, override({}, {**ONLY_MOMENTUM, **changes}), "test")


def table_of(lines: list[Line], gates: tuple[int, int]) -> Any:
    table = np.zeros(len(lines), dtype=ROW)
    for name in ("fast", "misaligned", "regime", "scheduled"):
        table[name] = [getattr(line, name) for line in lines]
    table["scores"] = np.array([line.score for line in lines])[:, None]
    table["gate_long"], table["gate_short"] = gates
    table["close"] = table["atr"] = 1.0
    return table


def worth(line: Line, side: int) -> float:
    """The confidence of a side."""
    strength = max(side * line.score, 0.0) if line.score == line.score else 0.0
    return strength * (1 - PENALTY) if line.misaligned & (1 if side > 0 else 2) else strength


def rule(mode: str, line: Line) -> tuple[int, str]:
    """The table of the specification: (side, "") or (0, why not)."""
    threshold = THRESHOLDS[line.regime]
    own = 1 if line.score > 0 else -1
    if mode == "fusion_only":
        if not line.scheduled:
            return 0, "not_scheduled"
        return (own, "") if worth(line, own) >= threshold else (0, "below_threshold")
    if line.fast == 0:
        return 0, "no_fast_signal"
    needed = {
        "advisory": True,
        "prefilter": worth(line, own) >= threshold,
        "execute_only_if_fusion_confirms": worth(line, line.fast) >= threshold,
    }
    return (line.fast, "") if needed[mode] else (0, "below_threshold")


@pytest.mark.parametrize("mode", MODES)
def test_every_line_names_the_side_of_the_table(mode):
    params, table = parameter_record(settings_of(mode), True)[0], table_of(LINES, (0, 0))
    seen = set()
    for line, row in zip(LINES, table, strict=True):
        side, code = named_side(row, params)
        assert (side, CODE_NAMES.get(code, "")) == rule(mode, line), line
        seen.add((side, code))
    assert len(seen) == (4 if mode != "advisory" else 3)  # both sides, and every reason


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("gates", GATES)
def test_the_decision_of_every_line_and_gate(mode, gates):
    """A flat account with cash: the named side, its gate, or why no side is named."""
    table = table_of(LINES, gates)
    states = np.zeros(len(LINES), dtype=STATE)
    states["cash"] = 1e5
    found = stepped(np.arange(len(LINES)), table, states, parameter_record(settings_of(mode), True))
    for line, code in zip(LINES, found.tolist(), strict=True):
        side, why_not = rule(mode, line)
        gate = {1: gates[0], -1: gates[1], 0: 0}[side]
        if gates == (2, 3):
            expected = "atr_percentile"
        elif gate:
            expected = CODE_NAMES[gate]
        else:
            expected = why_not or {1: "enter_long", -1: "enter_short"}[side]
        assert CODE_NAMES[code] == expected, line


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("gates", GATES)
def test_at_one_point_the_cheap_condition_is_the_rule(mode, gates):
    """Neither less, which would lose entries, nor more."""
    may = bounds(table_of(LINES, gates), settings_of(mode), True)[2]
    expected = []
    for line in LINES:
        side = rule(mode, line)[0]
        is_open = side != 0 and gates[0 if side > 0 else 1] == 0
        expected.append((1 if side > 0 else 2) if is_open else 0)
    assert may.tolist() == expected


@pytest.mark.parametrize("mode", MODES)
def test_over_a_box_the_cheap_condition_is_a_superset(mode):
    """Thresholds by regime and penalty at their loosest, against every stricter point."""
    table = table_of(LINES, (0, 0))
    box = {
        "fusion.entry_threshold_by_regime.trend": (0.2, 0.5),
        "fusion.entry_threshold_by_regime.turmoil": (0.3, 0.8),
        "fusion.misalignment_penalty": (0.1, 0.9),
        "fusion.weights.momentum": (0.2, 1.0),
    }
    may = bounds(table, settings_of(mode), True, box)[2]
    rng = np.random.default_rng(4)
    entered = 0
    for _ in range(20):
        point = {key: float(rng.uniform(*interval)) for key, interval in box.items()}
        changed = override(settings_of(mode).model_dump(mode="json", exclude_unset=True), point)
        params = parameter_record(validate(Settings, changed, "point"), True)[0]
        for bits, row in zip(may.tolist(), table, strict=True):
            side, _ = named_side(row, params)
            entered += side != 0
            assert side == 0 or bits & (1 if side > 0 else 2)
    assert entered > 1_000

"""`barsieve lookahead` looks into plug-ins too: each kind is caught in its own layer."""

import json
from pathlib import Path

import pytest

from engine.inputs import load_settings
from engine.review.lookahead.check import Lookahead, check_lookahead
from engine.review.parity.markets import MARKETS

FIXTURES = Path(__file__).parent / "laws_fixtures"
SIZE = 900
# The file, what switches it on, and what is named first.
CASES = [
    ("feature", [], "column own_change"),
    ("domain", [], "row score of own"),
    ("signals", [], "row score of own"),
    ("gate", ["gates.own_calm={}"], "row gate_long"),
    ("exit", ["exits.own_exit={}"], "row signal_exit"),
    ("sentinel", ['batch_mode.sentinels=["own_break"]'], "row sentinel own_break"),
    ("dear", [], "judged own"),
    ("class", [], "judged own"),
    ("may_act", [], "bound may_enter"),
]


def looked_at(name: str, assignments: list[str]) -> Lookahead:
    path = FIXTURES / f"causality_{name}.py"
    plugins = f"plugins={json.dumps([str(path)])}"
    settings = load_settings(None, None, [plugins, *assignments])
    return check_lookahead(settings, MARKETS["demo"](5, SIZE))


@pytest.mark.parametrize(("name", "assignments", "first"), CASES, ids=[case[0] for case in CASES])
def test_a_plug_in_that_looks_ahead_is_named(name, assignments, first):
    found = looked_at(name, assignments)
    assert found.verdict == "looks ahead"
    assert first in [f"{each.layer} {each.name}" for each in found.breaks]


@pytest.mark.parametrize(("name", "assignments", "first"), CASES, ids=[case[0] for case in CASES])
def test_its_honest_twin_is_causal(name, assignments, first):
    found = looked_at(f"{name}_honest", assignments)
    assert (found.verdict, found.breaks) == ("causal", ())
    if name in ("dear", "class"):
        assert found.checked["judged"] == 1


def test_fills_of_a_dear_run_are_tried_too():
    assert looked_at("dear_honest", []).inside > 0

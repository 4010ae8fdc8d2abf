"""Strategy files of every kind, dear scores and the policy `sentinel`, against the referee."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from slow_referee import compare, decide, gates, manage, modes
from slow_referee.lossy import shut_outside
from slow_referee.own_cases import lossy, with_file
from slow_referee.own_files import TEXTS
from slow_referee.random_cases import Alters, judged_cases

import barsieve.strategy

CASES = 6
OWN: dict[str, Alters] = {"lossy": lossy} | {kind: with_file(kind) for kind in TEXTS}
# What the cases of a kind must have met, or they prove little.
MUST_MEET = {
    "lossy": ("code outside_window",),
    "signals": ("fill signal_exit", "fill target"),
    "both at once": ("fill signal_exit", "fill flip"),
    "signal": ("fill signal_exit",),
    "on bar": ("fill signal_exit", "fill flip"),
    "gate": ("code own_lively",),
    "exit": ("fill signal_exit",),
    "sentinel": ("code no_sentinel",),
}


@pytest.mark.parametrize("kind", OWN)
def test_random_cases_agree(kind: str, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for case, verdict in judged_cases(tmp_path, CASES, 0, OWN[kind]):
        assert verdict.differences == [], f"seed {case.seed}: {verdict.differences[0]}"
        seen.update(verdict.seen)
    assert [each for each in MUST_MEET.get(kind, ()) if not seen[each]] == []


def test_every_kind_of_record_has_a_file() -> None:
    kinds = {
        "BarStrategy",
        "DearDomain",
        "Domain",
        "Exit",
        "Feature",
        "Gate",
        "Sentinel",
        "Signals",
    }
    assert kinds < set(barsieve.strategy.__all__)
    text = "".join(TEXTS.values())
    assert {each for each in kinds if not re.search(rf"= {each}\(", text)} == set()


# --- one wrong rule in the referee, and the comparison says so ------------------------------------

Patch = Callable[[pytest.MonkeyPatch], None]


def windows_one_bar_wider(patch: pytest.MonkeyPatch) -> None:
    def wider(sheet: Any, candidates: list[int]) -> None:
        shut_outside(sheet, [*candidates, *(bar + 1 for bar in candidates)])

    patch.setattr(compare, "shut_outside", wider)


def exits_of_files_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(manage, "told_to_leave", lambda account, i, side: False)


def own_stops_by_atr(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "own_stop", lambda account, i: 0.0)


def own_gate_forgotten(patch: pytest.MonkeyPatch) -> None:
    right = gates.shut_by

    def without(sheet: Any, i: int, side: int, fired: list[bool]) -> str:
        code = right(sheet, i, side, fired)
        return "" if code == "own_lively" else code

    patch.setattr(gates, "shut_by", without)


def dear_scores_asked_everywhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(modes, "worth_asking", lambda sheet, i, sides, judge: True)


WRONG: dict[str, tuple[str, Patch]] = {
    "windows one bar wider": ("lossy", windows_one_bar_wider),
    "exits of files forgotten": ("signal", exits_of_files_forgotten),
    "own stops by ATR": ("signals", own_stops_by_atr),
    "own gate forgotten": ("gate", own_gate_forgotten),
    "dear scores asked everywhere": ("dear", dear_scores_asked_everywhere),
}


@pytest.mark.parametrize("rule", WRONG)
def test_a_wrong_rule_is_noticed(
    rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, patch = WRONG[rule]
    patch(monkeypatch)
    found = []
    for _, verdict in judged_cases(tmp_path, CASES, 0, OWN[kind]):
        found += verdict.differences
    assert found

"""Faults in the running program, and the check that catches each; the sound program passes it.

A fault in one path leaves the full replay as it is, so only parity can see it; one in all paths
leaves parity as it is. The table in docs/proof.md lists them.
"""

import json
import math
from pathlib import Path
from typing import Any

import fault_list
import pytest
from fault_copy import ROOT, Edit, answer, barsieve, copy_with, probe, refusal
from fault_market import (
    BARS,
    LOOKAHEAD,
    MARKET,
    PARITY,
    THRESHOLD,
    TWO_DOMAINS,
    assignments,
    market,
)

from engine.commands.one_line import DEFECT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_with(tmp_path_factory.mktemp("sound"))


@pytest.fixture(scope="module")
def healthy(sound: Path) -> dict[str, Any]:
    return probe(sound, BARS, *assignments({}))


def all_of(fault: Edit | tuple[Edit, ...]) -> tuple[Edit, ...]:
    return (fault,) if isinstance(fault, Edit) else fault


# --- the sound program passes every check --------------------------------------------------------


def test_the_program_in_the_copy_is_what_runs(sound: Path, healthy: dict[str, Any]) -> None:
    assert Path(healthy["program"]).resolve() == (sound / "engine" / "__init__.py").resolve()


def test_sound_parity(sound: Path) -> None:
    found = answer(sound, *PARITY)
    assert (found["verdict"], found["exit"]) == ("identical", 0)
    assert found["comparisons"][0]["skipped"] > 300
    assert {"stop", "trailing", "partial", "target"} <= set(found["kinds"])


def test_sound_referee(healthy: dict[str, Any]) -> None:
    assert (healthy["parity"], healthy["referee"], healthy["ties"]) == ("identical", None, 0)
    assert healthy["trades"] > 20


def test_sound_lookahead(sound: Path) -> None:
    found = answer(sound, *LOOKAHEAD)
    assert (found["verdict"], found["breaks"], found["exit"]) == ("causal", [], 0)
    assert found["inside"] >= 20


def test_sound_audit(sound: Path) -> None:
    found = answer(sound, "certify", *MARKET)
    assert (found["verdict"], found["audit"]["violations"], found["exit"]) == ("certified", 0, 0)


# --- in one path only: parity sees it, and the full replay is still the right one ----------------

ONE_PATH = {
    "skipped bars": (fault_list.BARS_SKIPPED_WHILE_HOLDING, "equity", None, None),
    "skipped stop": (
        fault_list.STOP_SKIPPED_OUTSIDE_WINDOWS,
        "decision",
        "cool_down",
        "in_position",
    ),
    "lost partial leg": (fault_list.PARTIAL_LOST_OUTSIDE_WINDOWS, "event", "partial", None),
    "state reset": (
        fault_list.GUARDS_RESET_ON_WINDOW_ENTRY,
        "decision",
        "cool_down",
        "enter_short",
    ),
    "off-by-one window": (fault_list.WINDOW_ENDS_A_BAR_EARLY, "event", "entry", None),
    "counter": (fault_list.COUNTER_INSTEAD_OF_DEADLINE, "decision", "enter_short", "cool_down"),
    "fused multiply-add": (fault_list.FUSED_IN_THE_LOOP, "equity", None, None),
}


@pytest.mark.parametrize("name", ONE_PATH)
def test_parity_names_where_the_paths_part(
    name: str, healthy: dict[str, Any], tmp_path: Path
) -> None:
    fault, what, in_full, in_focused = ONE_PATH[name]
    copy = copy_with(tmp_path / "copy", *all_of(fault))
    found = answer(copy, *PARITY)
    assert (found["verdict"], found["exit"]) == ("different", 1)
    assert found["reason"] == "window 0 differs from the full replay"
    narrow, _, chunked = found["comparisons"]
    assert not narrow["identical"] and not chunked["identical"]
    place = narrow["divergence"]
    assert place["what"] == what
    assert in_full in (None, word_of(place["full"]))
    assert in_focused in (None, word_of(place["focused"]))
    assert chunked["divergence"]["bar"] == place["bar"]
    if name == "fused multiply-add":
        assert math.nextafter(place["full"], place["focused"]) == place["focused"]
    again = probe(copy, BARS, *assignments({}))
    assert again["parity"] == "different"
    assert (again["result"], again["referee"]) == (healthy["result"], None)


def word_of(side: Any) -> str | None:
    """Why an event happened, or the code of a decision."""
    return side.get("reason", side.get("code")) if isinstance(side, dict) else None


def test_a_counter_moves_a_skipped_account(tmp_path: Path) -> None:
    """The audit sees it too: a step at a bar that is no candidate must leave the state alone."""
    copy = copy_with(tmp_path / "copy", *fault_list.COUNTER_INSTEAD_OF_DEADLINE)
    found = answer(copy, "certify", *MARKET)
    assert (found["verdict"], found["exit"]) == ("refuted", 1)
    assert found["reason"].startswith("a step at skipped bar ")
    assert found["audit"]["first"]["changed"] == ["cool_until"]


def test_a_screen_that_fuses_loses_the_entry_that_just_reaches(sound: Path, tmp_path: Path) -> None:
    """The threshold is the confidence of a bar whose bound a single rounding makes smaller."""
    copy = copy_with(tmp_path / "copy", *fault_list.FUSED_IN_THE_SCREEN)
    wide = {"fusion.weights": TWO_DOMAINS, THRESHOLD: 0.2}
    pairs = zip(screened(sound, wide), screened(copy, wide), strict=True)
    bar, reach = next((ours["bar"], ours["score"]) for ours, theirs in pairs
                      if theirs["score"] < ours["score"])  # fmt: skip
    exact = market({**wide, THRESHOLD: reach})
    control = answer(sound, "certify", *exact)
    assert (control["verdict"], control["audit"]["violations"]) == ("certified", 0)
    found = answer(copy, "certify", *exact)
    assert (found["verdict"], found["exit"]) == ("refuted", 1)
    assert found["reason"].startswith(f"a step at skipped bar {bar} did something")
    assert found["counts"]["candidates"] < control["counts"]["candidates"]


def screened(copy: Path, changes: dict[str, Any]) -> list[dict[str, Any]]:
    done = barsieve(copy, "screen", *market(changes), "--output", "wide.jsonl")
    assert done.returncode == 0, done.stderr
    lines = (copy / "wide.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


# --- in all paths: parity is blind, the referee is not -------------------------------------------

EVERYWHERE = {
    "skipped stop": (fault_list.STOP_SKIPPED_EVERYWHERE, "'trailing'"),
    "lost partial leg": (fault_list.PARTIAL_NEVER_TAKEN, "'partial'"),
    "same-bar trail": (fault_list.TRAILS_INSIDE_THE_BAR, "'partial'"),
}


@pytest.mark.parametrize("name", EVERYWHERE)
def test_the_referee_names_the_leg(name: str, healthy: dict[str, Any], tmp_path: Path) -> None:
    fault, leg = EVERYWHERE[name]
    found = probe(copy_with(tmp_path / "copy", fault), BARS, *assignments({}))
    assert found["parity"] == "identical"
    assert found["result"] != healthy["result"]
    assert found["referee"].startswith("legs ")
    assert leg in found["referee"]


def test_equity_does_not_follow_from_trades_without_a_leg(tmp_path: Path) -> None:
    copy = copy_with(tmp_path / "copy", fault_list.PARTIAL_NOT_WRITTEN_DOWN)
    line = refusal(copy, "replay", *MARKET, code=DEFECT)
    assert line.startswith("Error: internal error: the last equity ")
    assert "is not the initial cash plus the net of all trades" in line


# --- the future ----------------------------------------------------------------------------------


def test_a_stop_that_trails_inside_the_bar_looks_ahead(tmp_path: Path) -> None:
    found = answer(copy_with(tmp_path / "copy", fault_list.TRAILS_INSIDE_THE_BAR), *LOOKAHEAD)
    assert (found["verdict"], found["exit"]) == ("looks ahead", 1)
    assert found["reason"] == "first of all replay fill by trailing"
    first = found["breaks"][0]
    assert (first["law"], first["place"]) == ("inside the bar: other values", "another close")


def test_a_forming_bar_looks_ahead(healthy: dict[str, Any], tmp_path: Path) -> None:
    copy = copy_with(tmp_path / "copy", fault_list.FORMING_BAR_IS_SEEN)
    found = answer(copy, *LOOKAHEAD)
    assert (found["verdict"], found["exit"]) == ("looks ahead", 1)
    assert found["breaks"][0]["layer"] == "column"
    columns = [each["name"] for each in found["breaks"] if each["layer"] == "column"]
    assert columns and all(name.endswith("@4h") for name in columns)
    blind = probe(copy, BARS, *assignments({}))
    assert (blind["parity"], blind["referee"]) == ("identical", None)
    assert blind["result"] != healthy["result"]


# --- stale candidate files -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def stale(sound: Path) -> list[str]:
    """Screened for a higher threshold than that of MARKET."""
    path = sound / "stale.jsonl"
    done = barsieve(sound, "screen", *market({THRESHOLD: 0.6}), "--output", str(path))
    assert done.returncode == 0, done.stderr
    return ["--candidates", str(path)]


def test_a_file_that_fits_is_taken(sound: Path, stale: list[str]) -> None:
    tight = market({THRESHOLD: 0.6})
    done = barsieve(sound, "replay", *tight, "--replay", "focused", *stale)
    assert done.returncode == 0, done.stderr


def test_a_file_for_other_settings_is_refused(sound: Path, stale: list[str]) -> None:
    line = refusal(sound, *PARITY, *stale)
    assert f"{THRESHOLD} = 0.4 is looser than the screened 0.6:0.6" in line


def test_a_file_of_other_bars_is_refused(sound: Path, stale: list[str]) -> None:
    fewer = market({THRESHOLD: 0.6}, BARS - 100)
    assert "was screened on other bars" in refusal(sound, "parity", *fewer, *stale)


def test_a_file_of_another_program_is_refused(stale: list[str], tmp_path: Path) -> None:
    copy = copy_with(tmp_path / "copy", fault_list.FORMING_BAR_IS_SEEN)
    line = refusal(copy, "parity", *market({THRESHOLD: 0.6}), *stale)
    assert "was screened by another version of barsieve" in line


def test_a_stale_file_that_is_taken_differs(stale: list[str], tmp_path: Path) -> None:
    found = answer(copy_with(tmp_path / "copy", fault_list.STALE_FILE_IS_TAKEN), *PARITY, *stale)
    assert (found["verdict"], found["exit"]) == ("different", 1)
    first = found["comparisons"][0]
    assert first["divergence"]["full"]["reason"] == "entry"
    assert "is no candidate and in no window; a screen now says: may enter" in first["cause"][1]


# --- the order of what is written ----------------------------------------------------------------


def written(copy: Path, seed: int) -> dict[str, bytes]:
    """Every file of a run and of a screen by its name, without the one that knows a clock."""
    folder = copy / f"seed-{seed}"
    replayed = barsieve(copy, "replay", *MARKET, "--output-dir", str(folder), seed=seed)
    path = str(folder / "candidates.jsonl")
    found = barsieve(copy, "screen", *MARKET, "--output", path, seed=seed)
    assert replayed.returncode == found.returncode == 0, replayed.stderr + found.stderr
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "timings.json")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def changed_files(copy: Path) -> set[str]:
    """Names of files whose bytes hang on the seed of the hashes."""
    ours, theirs = written(copy, 1), written(copy, 2)
    assert ours.keys() == theirs.keys() and len(ours) >= 9
    return {Path(name).name for name in ours if ours[name] != theirs[name]}


def test_no_file_hangs_on_the_hashes(sound: Path) -> None:
    assert changed_files(sound) == set()


def test_an_unordered_count_changes_the_record(tmp_path: Path) -> None:
    assert changed_files(copy_with(tmp_path / "copy", fault_list.UNORDERED_COUNTS)) == {"run.json"}


def again(copy: Path) -> tuple[str, ...]:
    """The arguments of a run that is stored, with other hashes than those to come."""
    arguments = ("replay", *MARKET, "--output-dir", "stored")
    assert barsieve(copy, *arguments, seed=1).returncode == 0
    return arguments


def test_a_run_that_comes_again_is_the_stored_one(sound: Path) -> None:
    assert ", identical to the stored run" in barsieve(sound, *again(sound), seed=2).stdout


def test_an_unordered_log_is_not_the_stored_one(tmp_path: Path) -> None:
    copy = copy_with(tmp_path / "copy", fault_list.UNORDERED_TRADE_LOG)
    line = refusal(copy, *again(copy), seed=2)
    assert "trade_log.jsonl: the stored run differs from this one, first in line 1" in line


def test_an_unordered_count_is_not_the_stored_one(tmp_path: Path) -> None:
    copy = copy_with(tmp_path / "copy", fault_list.UNORDERED_COUNTS)
    line = refusal(copy, *again(copy), seed=2)
    assert 'run.json: the stored run differs from this one, first in its key "decisions"' in line


# --- the table -----------------------------------------------------------------------------------


def test_the_documentation_names_every_fault() -> None:
    names = {name for name, value in vars(fault_list).items() if isinstance(value, (Edit, tuple))}
    table = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    assert len(names) == 16
    assert {name for name in names if f"`{name}`" not in table} == set()

"""The frozen list of leaks is what it says: each trades, each knows the future or does not.

The comparison is the naive one, and none of the program's checks: every file is loaded afresh and
traded on the whole demo market, and on a copy of it that ends at a row.
"""

import hashlib
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from review.leaks.table import FOLDER, INNOCENT, LEAKING, Case

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.experiment import run_experiment
from engine.inputs import load_settings
from engine.replay.records import END_OF_DATA, ORDER

BARS = demo_bars()
JUDGE = "judge_keeps_the_bars"  # a run may refuse it by itself, so it is asked by hand
SHOWN = [case for case in LEAKING if case.cut is not None]
ALL = (*LEAKING, *INNOCENT)


def names(cases):
    return [case.name for case in cases]


@pytest.fixture(autouse=True)
def asked_for_demo(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["barsieve", "replay", "--asset", "DEMO"])


def traded(case: Case, folder: Path, bars: Bars) -> np.ndarray:
    """Orders, fills and levels of a run with a fresh copy of the file."""
    folder.mkdir()
    settings = load_settings(str(case.configuration(folder)))
    events = run_experiment(settings, bars, None, None).result.events
    return events[events["reason"] != END_OF_DATA]


def until(events: np.ndarray, row: int) -> bytes:
    return events[events["bar"] < row].tobytes()


def same_before(case: Case, tmp_path: Path, row: int) -> bool:
    whole = traded(case, tmp_path / "whole", BARS)
    ended = traded(case, tmp_path / f"until_{row}", BARS.part(slice(0, row)))
    assert (whole["kind"] == ORDER).sum() > 0
    return until(whole, row) == until(ended, row)


def test_the_list_is_frozen():
    lines = (FOLDER / "leaks.sha256").read_text(encoding="utf-8").splitlines()
    known = {name: sha for sha, _, name in (line.partition("  ") for line in lines)}
    here = [path for case in ALL for path in case.path.parent.glob(f"{case.name}.*")]
    found = {
        path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in here
    }
    assert found == known
    assert (len(LEAKING), len(INNOCENT)) == (30, 15)
    assert {path.stem for path in FOLDER.glob("*/*.py")} == set(names(ALL))


@pytest.mark.parametrize("case", SHOWN, ids=names(SHOWN))
def test_a_leak_trades_otherwise_before_the_end_of_the_file(case, tmp_path):
    assert not same_before(case, tmp_path, case.cut)


@pytest.mark.parametrize("case", INNOCENT, ids=names(INNOCENT))
def test_the_innocent_trade_the_same(case, tmp_path):
    assert same_before(case, tmp_path, 9_000)


def test_the_rest_knows_what_no_end_of_a_file_shows():
    assert {case.name for case in LEAKING} - set(names(SHOWN)) == {
        "known_by_name", "file_beside", JUDGE,
    }  # fmt: skip


def case_of(name: str) -> Case:
    (found,) = [case for case in LEAKING if case.name == name]
    return found


def test_the_name_on_the_command_line_decides(tmp_path, monkeypatch):
    case = case_of("known_by_name")
    whole = traded(case, tmp_path / "named", BARS)
    monkeypatch.setattr(sys, "argv", ["barsieve", "replay", "--asset", "OTHER"])
    assert (whole["kind"] == ORDER).sum() > 0
    assert traded(case, tmp_path / "other", BARS).size == 0


def test_the_file_beside_holds_the_closes_of_its_days(tmp_path):
    case = case_of("file_beside")
    lines = case.path.with_suffix(".csv").read_text(encoding="utf-8").splitlines()[1:]
    closes = BARS.close[23::24]
    told = np.array([line.endswith(",1") for line in lines])
    assert (told[1:] == (np.diff(closes) > 0)).all()
    events = traded(case, tmp_path / "run", BARS)
    # The first close of a day decides by a close that comes 23 hours later.
    assert (events["bar"][events["kind"] == ORDER] % 24 == 0).sum() > 500


def test_the_judge_knows_a_later_close():
    scope = {}
    exec(case_of(JUDGE).path.read_text(encoding="utf-8"), scope)
    past = SimpleNamespace(row=1_000, close=BARS.close[:1_001], column=lambda name: np.array([2.0]))
    said = []
    for size in (2_000, 1_001):
        scope["bound"](BARS.part(slice(0, size)), [np.zeros(size)], None)
        said.append(scope["judge"](past, None))
    assert said == [np.sign(BARS.close[1_008] - BARS.close[1_000]), 0.0] and said[0] != 0

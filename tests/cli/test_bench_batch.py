"""`barsieve bench batch`: what it measures, what it says about it, and that it can fail."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cli_runner import DEMO, MARKET, SUMMER, clean_environment, refused, run, succeed

from engine.experiment import candidates_of, run_experiment
from engine.inputs import load_bars, load_settings
from engine.plugins.visit import visit
from engine.replay.market import Market
from engine.review.parity import bench
from engine.review.parity.bench import ReplayTimes, medians, seconds_of
from engine.review.parity.check import EXIT_CODES

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ("bench", "batch", *MARKET, "--repeat", "1")
NO_ENTRY = ("--set", "fusion.entry_threshold_confidence=1")


@pytest.fixture(autouse=True)
def in_an_empty_folder_and_a_hurry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bench, "LEAST_SECONDS", 0.002)


def test_the_words() -> None:
    said = succeed(*COMMAND)
    for line in (
        r"2,592 bars, \d+ candidates, \d+ entries",
        r"window 0: [\d,]+ bars visited, [\d,]+ skipped, identical",
        r"density \d+\.\d%, coverage \d+\.\d%, \d+ trades",
        r"CPU time in one process, median of 1 after a warm-up run:",
        r"  columns +\d+\.\d{6} s",
        r"  screen +\d+\.\d{6} s",
        r"Bars decided by the compiled step:",
        r"  full replay +\d+\.\d{6} s, \d+ ns a bar in range",
        r"  focused replay +\d+\.\d{6} s",
        r"  speed-up +\d+\.\d\d \(full / focused\), \d+\.\d\d with the screen .*",
        r"Focusing .*\.",
        r"Next, the proof in separate processes: barsieve parity --config .*",
    ):
        assert re.search(f"^{line}$", said, flags=re.MULTILINE), (line, said)
    assert said.splitlines()[-1].startswith("Verdict: identical (")
    assert list(Path.cwd().iterdir()) == []


def test_the_numbers_are_those_of_the_run() -> None:
    answer = json.loads(succeed(*COMMAND, "--set", "batch_mode.candidate_window_bars=6", "--json"))
    changes = ["batch_mode.candidate_window_bars=6"]
    settings = load_settings("ETH_comprehensive", "DEMO", changes)
    outcome = run_experiment(settings, load_bars(settings)[0], SUMMER[1], SUMMER[3], "focused")
    visits = outcome.visits()
    for name in ("bars", "candidates", "density", "coverage", "visited"):
        assert answer[name] == visits[name], name
    assert answer["trades"] == outcome.result.metrics.trades > 0
    assert answer["coverage"] > answer["density"]
    assert (answer["verdict"], answer["repeat"]) == ("identical", 1)
    assert answer["parity"]["comparisons"][0]["window"] == "6"


def test_the_seconds_are_those_of_what_they_name() -> None:
    """By order of size only: columns of 26,304 bars cost a hundred times a replay of 2,592."""
    answer = json.loads(succeed(*COMMAND, "--json"))
    compiled, dear = answer["replays"]
    assert compiled["decision"] == "the compiled step"
    full, focused = compiled["full_seconds"], compiled["focused_seconds"]
    screen = answer["screen_seconds"]
    assert 0 < full < answer["columns_seconds"] < 10
    assert 0 < focused < screen < 10
    assert compiled["speed_up"] == full / focused
    assert compiled["speed_up_with_screen"] == full / (screen + focused)
    assert dear["decision"].startswith("one ms of Python on the last 2,000 bars")
    # Full asks about every bar that is due, focused about few: a ratio of calls.
    assert dear["full_seconds"] > 3 * dear["focused_seconds"] > 0


def first_entry(market: Market) -> int:
    """The bar that decided the first entry of the full replay."""
    return int(visit(market, None).events["bar"][0])


def test_a_lost_candidate_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(market: Market, path: Path | None):
        found = candidates_of(market, path)
        return replace(found, bar=found.bar[found.bar != first_entry(market)])

    monkeypatch.setattr(bench, "candidates_of", forgetful)
    result = run(*COMMAND)
    assert result.exit_code == 1
    assert "Verdict: different (window 0 differs from the full replay)" in result.stdout
    assert "first divergence: event at bar " in result.stdout
    assert json.loads(run(*COMMAND, "--json").stdout)["verdict"] == "different"


def test_a_replay_that_differs_by_a_bit_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def drifting(market: Market, windows):
        replayed = visit(market, windows)
        if windows is not None:
            replayed.equity[-1] *= 1 + 2.0**-52
        return replayed

    monkeypatch.setattr(bench, "visit", drifting)
    result = run(*COMMAND)
    assert result.exit_code == 1
    assert "first divergence: equity at bar " in result.stdout


def test_no_entry_is_inconclusive() -> None:
    result = run(*COMMAND, *NO_ENTRY)
    assert result.exit_code == EXIT_CODES["inconclusive"] == 3
    assert "Verdict: inconclusive (the full replay has no entry)" in result.stdout


@pytest.mark.parametrize(
    ("screen", "full", "focused", "says"),
    [
        (1.0, 5.0, 2.0, "Focusing pays for one run:"),
        (10.0, 5.0, 2.0, "the screen costs more than the skipped bars. It pays once one screen "
                         "serves 4 runs."),
        (10.0, 2.0, 5.0, "does not pay here, for any number of runs"),
        (0.0, 2.0, 5.0, "does not pay here, for any number of runs"),
    ],
)  # fmt: skip
def test_what_the_speed_up_means(screen: float, full: float, focused: float, says: str) -> None:
    assert says in ReplayTimes("the compiled step", 100, screen, full, focused).meaning()


def ticking(seconds: list[float]) -> tuple[Callable[[], float], Callable[[], None]]:
    """A clock, and work that takes the next of `seconds`."""
    now = [0.0]

    def work() -> None:
        now[0] += seconds.pop(0)

    return lambda: now[0], work


def test_the_warm_up_does_not_count_and_the_median_does() -> None:
    clock, work = ticking([99.0, 3.0, 50.0, 2.0])
    assert medians({"work": work}, 3, clock) == {"work": 3.0}


def test_work_too_short_for_the_clock_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "LEAST_SECONDS", 1.0)
    calls = [0.25] * 7
    clock, work = ticking(calls)
    assert seconds_of(work, clock) == 0.25
    assert calls == []  # 1 and 2 calls were too few, 4 enough


def test_bad_input_is_one_line() -> None:
    refused("bench", "batch", "--config", "nope", says=["--config nope", "neither a file"])
    says = ["works on one market", "DEMO, DEMO2"]
    refused(*COMMAND, "--asset", "DEMO2", says=says)
    refused(*COMMAND, "--set", "batch_mode.policy=sentinel", says=["lossy by design"])
    refused("bench", "batch", *DEMO, "--start", "2035-01-01", says=["2035-01-01"])
    assert run(*COMMAND[:-1], "0").exit_code == 2


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt" or shutil.which("bash") is None, reason="needs bash")
def test_the_script_runs_by_path() -> None:
    script = str(ROOT / "bin" / "research" / "benchmark_batch.sh")

    def script_run(python: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**clean_environment(), "PYTHON": python, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            ["bash", script, *arguments], capture_output=True, text=True, encoding="utf-8",
            check=False, env=env,
        )  # fmt: skip

    done = script_run(sys.executable, *MARKET, "--repeat", "1", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "identical"
    assert script_run(sys.executable, *MARKET, "--repeat", "1", *NO_ENTRY).returncode == 3
    bad = script_run("no-such-python", *MARKET)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("Error: no-such-python: none has barsieve")

"""One run and one sweep of the demo market, for every test of the report."""

from pathlib import Path

import pytest
from report_runs import BARS, TRAILING, demo_settings, write_sweep

from engine.bars.demo import demo_bars
from engine.experiment import run_experiment
from engine.results.outcome import Outcome
from engine.results.run_directory import write_run


@pytest.fixture(scope="session")
def outcome() -> Outcome:
    return run_experiment(demo_settings(*TRAILING), demo_bars(BARS), None, None, "focused")


@pytest.fixture(scope="session")
def run(outcome: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a focused run with partials, moving stops and flips."""
    found, _ = write_run(outcome, tmp_path_factory.mktemp("results"), replace=False)
    return found


@pytest.fixture
def copied(run: Path, tmp_path: Path) -> Path:
    """A run's folder that a test may spoil."""
    folder = tmp_path / run.name
    folder.mkdir()
    for path in run.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture(scope="session")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished sweep."""
    folder = tmp_path_factory.mktemp("sweep") / "runs"
    write_sweep(folder)
    return folder

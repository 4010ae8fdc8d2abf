"""A run asks a dear function again in a process that knows nothing of it."""

import os
import subprocess
import sys
import time

import pytest
from plugins_jobs.judges import HONEST, JUDGE

from engine.bars.demo import demo_bars
from engine.errors import PluginError
from engine.experiment import run_experiment
from engine.inputs import load_settings
from engine.plugins import fresh
from engine.plugins.extend import extended
from engine.plugins.load import load_plugins
from engine.plugins.precompute import Workers
from engine.plugins.visit import visit
from engine.portfolio import run_portfolio
from engine.replay.market import prepare
from engine.settings import validate

pytestmark = pytest.mark.slow
BARS = demo_bars(1_200)
PROCESS = JUDGE.replace("from bar", "import os\n\nfrom bar")
# Each repeats itself in one process, so that only another one can tell.
IMPURE = {
    "the process": "level *= 1 / (1 + os.getpid() % 1_000)",
    "the start": "level *= STARTED",
    "what was seen": "level = SEEN.setdefault(past.row, level / (1 + len(SEEN)))",
}
HEAD = "import time\n\nSTARTED = time.time_ns() % 10**9 / 10**9\nSEEN = {}\n"


def settings_of(folder, text):
    """A text of its own for each test: what was asked before is remembered."""
    path = folder / "mine.py"
    path.write_text(f"{text}# {folder} {time.time_ns()}\n", encoding="utf-8")
    return load_settings(None, "DEMO", [f'plugins=["{path.as_posix()}"]'])


@pytest.mark.parametrize("on", IMPURE)
def test_what_repeats_itself_in_one_process_is_found(tmp_path, on):
    text = PROCESS.format(extra=IMPURE[on]).replace("\n\nfrom bar", f"\n{HEAD}\nfrom bar", 1)
    settings = settings_of(tmp_path, text)
    # Asked again by the process that asked: nothing is noticed.
    assert "in this process" in visit(prepare(settings, BARS, None, None), None).rechecked
    with pytest.raises(PluginError, match=r"own: gave .* when asked again in a fresh process: it"):
        run_experiment(settings, BARS, None, None)


def test_a_function_that_fails_there_is_no_function_of_the_past(tmp_path):
    here = os.getpid()
    text = PROCESS.format(extra=f"assert os.getpid() == {here}, 'elsewhere'")
    with pytest.raises(PluginError, match=r"failed with AssertionError: elsewhere when asked aga"):
        run_experiment(settings_of(tmp_path, text), BARS, None, None)


def test_a_fresh_process_that_ends_by_itself_is_told(tmp_path):
    here = os.getpid()
    text = PROCESS.format(extra=f"os.getpid() == {here} or os._exit(3)")
    with pytest.raises(PluginError, match=r"fresh process.* ended by itself: exit code 3"):
        run_experiment(settings_of(tmp_path, text), BARS, None, None)


def test_an_honest_function_is_asked_there_once(tmp_path, monkeypatch):
    settings = settings_of(tmp_path, HONEST)
    first = run_experiment(settings, BARS, None, None).replayed
    assert first.rechecked == "Asked own again at 5 bars, in a fresh process"

    def started(*given, **named):
        raise AssertionError("a process was started")

    monkeypatch.setattr(fresh.subprocess, "Popen", started)
    again = run_experiment(settings, BARS, None, None, "focused").replayed
    assert again.rechecked.endswith("in this process: a fresh process agreed before")
    with pytest.raises(AssertionError, match="a process was started"):
        run_experiment(settings, demo_bars(1_300), None, None)  # other data
    cheap = load_settings("ETH_comprehensive", "DEMO")
    assert run_experiment(cheap, BARS, None, None).replayed.rechecked == ""


def test_several_markets_are_asked_again_by_one_process(tmp_path, monkeypatch):
    settings = settings_of(tmp_path, HONEST)
    started = []
    original = subprocess.Popen
    monkeypatch.setattr(
        fresh.subprocess, "Popen", lambda *a, **k: started.append(1) or original(*a, **k)
    )
    loaded = [(settings, BARS), (settings, demo_bars(1_200, number=2))]
    found = run_portfolio(settings, loaded, None, None)
    assert [each.replayed.rechecked for each in found.own] == [
        "Asked own again at 10 bars, in a fresh process", "",
    ]  # fmt: skip
    assert len(started) == 1


def test_functions_that_are_in_no_file_are_asked_again_here(tmp_path):
    settings = settings_of(tmp_path, HONEST)
    record = sys.modules["barsieve_plugins.mine"].OWN
    own = validate(extended(load_plugins([], [record])), {"asset": "DEMO"}, "test")
    said = run_experiment(own, BARS, None, None, workers=Workers()).replayed.rechecked
    assert said.endswith("in this process: no other could load functions that are in no file")
    assert settings.plugged.source != own.plugged.source

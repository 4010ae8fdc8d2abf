"""Whatever is wrong with a plug-in ends in one line: which file or record, which bar, what it was,
what was expected.
"""

import json
from textwrap import dedent

import pytest
from broken_functions import bounded, dear
from broken_plugins import WRONG
from click.testing import CliRunner
from kinds import KINDS
from plugin_runs import ONLY_OWN, alone, plugin, settings_of

from engine.bars.demo import demo_bars
from engine.cli import cli
from engine.errors import PluginError
from engine.experiment import run_experiment

BARS = demo_bars(400)


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_one_line(case, tmp_path):
    text, changes, says = WRONG[case]
    path = plugin(tmp_path, dedent(text if text.startswith("\n") else "\n        " + text))
    dotted = {key.replace(".", "__"): value for key, value in {**ONLY_OWN, **changes}.items()}
    if not any(word in text for word in ("DearDomain(", "Domain(", "Signals(", "BarStrategy(")):
        del dotted["fusion__weights__momentum"]
    with pytest.raises(PluginError) as caught:
        run_experiment(settings_of(path, **dotted), BARS, None, None)
    line = str(caught.value)
    assert "\n" not in line
    for words in says:
        assert words in line, line


def test_a_focused_run_stops_there_too(tmp_path):
    path = plugin(tmp_path, dear("return 1.5 if row == 250 else 0.0"))
    with pytest.raises(PluginError, match=r"own: gave 1\.5 at bar 250"):
        run_experiment(alone(path), BARS, None, None, "focused")


def test_a_bound_that_hides_an_entry_is_found_by_the_full_run(tmp_path):
    """Focused cannot see it: that is what full is for."""
    path = plugin(tmp_path, bounded("return np.zeros(bars.size), np.zeros(bars.size)"))
    run_experiment(alone(path), BARS, None, None, "focused")
    with pytest.raises(PluginError, match=r"own: gave 0\.75 at bar 250"):
        run_experiment(alone(path), BARS, None, None, "full")


def test_a_bound_of_nan_is_none(tmp_path):
    path = plugin(tmp_path, bounded("n = np.full(bars.size, np.nan); return n, n"))
    full = run_experiment(alone(path), BARS, None, None, "full")
    focused = run_experiment(alone(path), BARS, None, None, "focused")
    assert full.result.trades.size == 1
    assert focused.result.digest() == full.result.digest()


COMMAND = ("replay", "--asset", "DEMO", "--bars", "400", "--output-dir")


@pytest.mark.parametrize("case", ["dear above its bound", "signals nan", "does not run",
                                  "name twice", "dear fails in many lines"])  # fmt: skip
def test_the_command_ends_with_2_and_one_line(case, tmp_path, monkeypatch):
    text, changes, says = WRONG[case]
    plugin(tmp_path, dedent(text if text.startswith("\n") else "\n        " + text))
    tree = {"plugins": ["own.py"], "fusion": {"trend_timeframes": []}, **changes}
    weights = {key.rpartition(".")[2]: 0 for key in ONLY_OWN if "weights" in key}
    tree["fusion"] |= {"weights": weights, "full_engine_validation_interval_bars": 1}
    (tmp_path / "own.json").write_text(json.dumps(tree), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, [*COMMAND, "results", "--config", "own.json"])
    lines = [line for line in result.stderr.splitlines() if not line.endswith("...")]
    assert result.exit_code == 2, result.stderr
    assert len(lines) == 1, lines
    for words in says:
        assert words in lines[0]
    assert not (tmp_path / "results").exists()


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(PluginError, match=r"nowhere\.py: no such file"):
        settings_of(tmp_path / "nowhere.py")
    with pytest.raises(PluginError, match="no_such_package is neither a file"):
        settings_of("no_such_package")


def test_two_files_of_one_name(tmp_path):
    (tmp_path / "other").mkdir()
    paths = [plugin(tmp_path, KINDS["gate"]), plugin(tmp_path / "other", KINDS["exit"])]
    with pytest.raises(PluginError, match=r"has the name of .*own\.py; rename one of them"):
        settings_of(paths)

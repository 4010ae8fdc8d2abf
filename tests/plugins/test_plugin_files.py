"""Files and packages: their settings, their fingerprint, and their compiled code."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from kinds import KINDS, SETTINGS
from plugin_runs import HEADER, alone, flat, module, plugin, sets, settings_of, trades

from engine.bars.demo import demo_bars
from engine.cli import cli
from engine.errors import CandidateFileError, PluginError, SettingsError
from engine.experiment import run_experiment, screen_market
from engine.inputs import load_settings
from engine.prescreen.candidates import write_candidates
from engine.replay.settings import Settings
from engine.results.run_directory import config_hash, fingerprint
from engine.settings import parameters

ROOT = Path(__file__).resolve().parents[2]
BARS = demo_bars(1_500)


def said(*arguments):
    result = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def config(folder, text, **tree):
    """A configuration beside its plug-in."""
    plugin(folder, text)
    path = folder / "own.json"
    path.write_text(json.dumps({"plugins": ["own.py"], **tree}), encoding="utf-8")
    return path


OWN_KEYS = {
    "feature": {"domains.own.gain": 40.0, "fusion.weights.own": 0.5},
    "dear_bounded": {"domains.own.least": 0.5, "fusion.weights.own": 0.5},
    "gate": {"gates.own_lively": None},
    "exit": {"exits.own_cross": None},
    "signals": {"fusion.weights.own": 1.0, "risk.stop": "structure"},
    "may_act": {"domains.own.bars": 40, "fusion.weights.own": 1.0},
}


@pytest.mark.parametrize("kind", OWN_KEYS)
def test_own_settings_stand_among_the_others(kind, tmp_path):
    path = str(config(tmp_path, KINDS[kind]))
    listed = {each["key"]: each for each in json.loads(said("params", "--config", path, "--json"))}
    for key, value in OWN_KEYS[kind].items():
        assert listed[key]["value"] == value
        assert listed[key]["reason"]
    plain = {each.key for each in parameters(Settings())}
    assert plain <= set(listed)
    added = set(listed) - plain
    assert added == {key for key in OWN_KEYS[kind] if key not in plain}
    # Bounds, units and scopes are those of the file.
    if kind == "may_act":
        own = listed["domains.own.bars"]
        assert (own["unit"], own["scope"], own["bounds"]) == ("bars", "screen", ">= 2")


def test_a_configured_gate_lists_its_own_keys(tmp_path):
    path = str(config(tmp_path, KINDS["gate"], gates={"own_lively": {"least": 0.25}}))
    assert "gates.own_lively.least = 0.25  (screen, >= 0, <= 1)  share" in said(
        "params", "--config", path
    )
    assert "gates.own_lively.least" in said("explain-config", path)


def test_the_schema_of_a_configuration_knows_its_plug_ins(tmp_path):
    path = str(config(tmp_path, KINDS["gate"]))
    ours = json.loads(said("schema", "--config", path))
    assert "own_lively" in json.dumps(ours)
    assert "own_lively" not in said("schema")
    assert json.loads(said("schema")) == Settings.model_json_schema()


@pytest.mark.parametrize(("kind", "key", "near"), [
    ("feature", "domains.own.gian", "domains.own.gain"),
    ("feature", "domains.onw.gain", "domains.own"),
    ("feature", "fusion.weights.owm", "fusion.weights.own"),
    ("gate", "gates.own_livly.least", "gates.own_lively"),
    ("gate", "gates.own_lively.leats", "gates.own_lively.least"),
    ("exit", "exits.own_cros", "exits.own_cross"),
    ("may_act", "domains.own.bras", "domains.own.bars"),
])  # fmt: skip
def test_a_typing_mistake_is_answered_with_the_nearest_key(kind, key, near, tmp_path):
    with pytest.raises(SettingsError, match=f"unknown key; did you mean {near}"):
        settings_of(plugin(tmp_path, KINDS[kind]), **{key.replace(".", "__"): 1})


def test_bounds_of_own_settings_hold(tmp_path):
    with pytest.raises(SettingsError, match=r"domains\.own\.bars: .*greater than or equal to 2"):
        settings_of(plugin(tmp_path, KINDS["may_act"]), domains__own__bars=1)
    with pytest.raises(SettingsError, match=r"batch_mode\.sentinels: unknown sentinel 'own_jmp'"):
        settings_of(plugin(tmp_path, KINDS["sentinel"]), batch_mode__sentinels=["own_jmp"])


def test_settings_without_plug_ins_are_the_plain_ones():
    assert type(load_settings(None)) is Settings
    assert type(load_settings(None, None, ["plugins=[]"])) is Settings


def test_a_file_is_found_beside_its_configuration(tmp_path, monkeypatch):
    path = config(tmp_path, KINDS["signals"])
    monkeypatch.chdir(ROOT)
    assert load_settings(str(path)).plugged.source
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, None, ['plugins=["own.py"]']).plugged.source


def test_an_edit_of_the_file_changes_the_run_and_refuses_its_candidates(tmp_path):
    path = plugin(tmp_path, KINDS["signals"])
    before = settings_of(path)
    candidates = tmp_path / "candidates.jsonl"
    write_candidates(candidates, screen_market(before, BARS, None, None))
    first = run_experiment(before, BARS, None, None, "focused", candidates)
    plugin(tmp_path, KINDS["signals"].replace('"sma_20"] >', '"sma_20"] >='))
    after = settings_of(path)
    assert type(after) is not type(before)
    second = run_experiment(after, BARS, None, None)
    assert fingerprint(second) != fingerprint(first)
    with pytest.raises(CandidateFileError, match="or before their files were edited; run `barsi"):
        run_experiment(after, BARS, None, None, "focused", candidates)
    # Line ends are a property of the checkout.
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert settings_of(path).plugged.source == after.plugged.source


def test_a_setting_of_its_own_is_part_of_the_hash_and_of_the_candidates(tmp_path):
    path = plugin(tmp_path, KINDS["feature"])
    first, second = settings_of(path), settings_of(path, domains__own__gain=41.0)
    assert config_hash(first) != config_hash(second)
    candidates = tmp_path / "candidates.jsonl"
    write_candidates(candidates, screen_market(first, BARS, None, None))
    with pytest.raises(CandidateFileError, match=r"domains\.own\.gain was 40\.0 .* is 41\.0 now"):
        run_experiment(second, BARS, None, None, "focused", candidates)


def test_the_run_says_how_often_it_asked(tmp_path):
    path = str(config(tmp_path, KINDS["dear"]))
    options = ("--asset", "DEMO", "--bars", "1500", "--output-dir", str(tmp_path / "results"))
    said_ = said("replay", "--config", path, "--replay", "full", *options)
    (folder,) = [each for each in (tmp_path / "results").iterdir() if each.is_dir()]
    calls = json.loads((folder / "run.json").read_text(encoding="utf-8"))["visits"]["calls"]["own"]
    assert f"Asked own {calls:,} times" in said_
    assert calls > 10


@pytest.mark.parametrize("kind", KINDS)
def test_records_go_to_other_processes(kind, tmp_path):
    settings_of(plugin(tmp_path, KINDS[kind]))
    records = [each for each in vars(module()).values() if hasattr(each, "name")]
    assert records
    assert pickle.loads(pickle.dumps(records)) == records


COMPILED = """
@kernel
def rising(close, lag, out):
    for i in range(out.size):
        out[i] = close[i] > close[max(i - lag, 0)]

@kernel
def jumps(close, out):
    for i in range(out.size):
        out[i] = close[i] > 1.02 * close[max(i - 1, 0)]

@kernel
def written(close, average, out):
    for i in range(out.size):
        out[i] = 1.0 if close[i] > average[i] else -1.0

def signals(bars, columns, settings):
    out = np.empty(bars.size)
    written(bars.close, columns["sma_20"], out)
    return {"signal": out * columns["own_rising"]}

RISING = Feature("own_rising", ("close",), "window", rising, "none", (5,), lookback=5)
JUMPS = Sentinel("own_jumps", ("close",), (), jumps)
OWN = Signals("own", signals, ("sma_20", "own_rising"))
"""
SCRIPT = """
import json, sys
from engine.bars.demo import demo_bars
from engine.experiment import run_experiment
from engine.inputs import load_settings
settings = load_settings(None, None, [f"plugins={json.dumps([sys.argv[1]])}",
    'batch_mode.sentinels=["own_jumps"]'])
found = run_experiment(settings, demo_bars(1_500), None, None)
kernels = [getattr(sys.modules["barsieve_plugins.own"], name) for name in sys.argv[2:]]
hits = [sum(each.stats.cache_hits.values()) for each in kernels]
print(json.dumps([found.result.digest(), len(found.result.trades), hits]))
"""


def test_compiled_functions_are_kept_for_the_next_process(tmp_path):
    path = plugin(tmp_path, COMPILED)
    ran = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(path), "rising", "jumps", "written"],
            cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
        )
        for _ in range(2)
    ]  # fmt: skip
    for each in ran:
        assert each.returncode == 0, each.stderr
    (first, count, cold), (second, _, warm) = (json.loads(each.stdout) for each in ran)
    assert first == second
    assert count > 5
    assert cold == [0, 0, 0]
    assert warm == [1, 1, 1]
    plain = plugin(tmp_path, COMPILED.replace("@kernel\n", ""), "plain")
    paid = sets(plain, {"batch_mode.sentinels": ["own_jumps"]})
    found = run_experiment(load_settings(None, None, paid), BARS, None, None)
    assert found.result.digest() == first


def installed(folder, name, text, module_text=""):
    """A package with an entry point, as pip would leave it in `folder`."""
    package = folder / f"{name}_package"
    package.mkdir()
    (package / "__init__.py").write_text(HEADER + text, encoding="utf-8")
    (package / "more.py").write_text(module_text, encoding="utf-8")
    info = folder / f"{name}_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {name}-package\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        f"[barsieve.plugins]\n{name} = {name}_package\n", encoding="utf-8"
    )
    return package


LATE = """
def signals(bars, columns, settings):
    return {"enter_long": np.arange(bars.size) >= 205}

LATE = Signals("late", signals)
"""


def test_an_installed_package_is_a_plug_in(tmp_path, monkeypatch):
    package = installed(tmp_path, "late_one", LATE)
    monkeypatch.syspath_prepend(tmp_path)
    settings = alone("late_one")
    assert trades(settings, flat()) == [(1, 206, 259, "end_of_data", 100.0)]
    # Beside a file, and any file of the package is in the fingerprint.
    both = settings_of(["late_one", plugin(tmp_path, KINDS["gate"])])
    assert both.gates.catalogue[-1].name == "own_lively"
    (package / "more.py").write_text("VALUE = 2\n", encoding="utf-8")
    assert alone("late_one").plugged.source != settings.plugged.source
    with pytest.raises(PluginError, match=r"late_on is neither .*; did you mean late_one"):
        alone("late_on")


def test_a_package_that_fails_is_named(tmp_path, monkeypatch):
    installed(tmp_path, "broken_one", "raise RuntimeError('no licence')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError, match="broken_one: cannot be imported, RuntimeError: no lic"):
        alone("broken_one")


def test_several_files_are_one_strategy(tmp_path):
    paths = [plugin(tmp_path, KINDS["gate"], "a"), plugin(tmp_path, KINDS["exit"], "b"),
             plugin(tmp_path, KINDS["sentinel"], "c")]  # fmt: skip
    changes = {**SETTINGS["gate"], **SETTINGS["exit"], **SETTINGS["sentinel"]}
    settings = load_settings(None, None, sets(paths, changes))
    assert settings.gates.own_lively.least == 0.6
    assert settings.exits.own_cross is not None
    assert run_experiment(settings, BARS, None, None).rows.warmup < BARS.size

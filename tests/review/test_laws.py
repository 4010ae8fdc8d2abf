"""Every law is broken by a file that does one thing wrong, and named; its honest twin passes."""

import json
import shutil
from pathlib import Path

import pytest
from cli.cli_runner import run, succeed

from engine.bars.demo import demo_bars
from engine.inputs import load_settings
from engine.kernel import cache_folder
from engine.plugins.load import load_plugins
from engine.review.laws.check import LAWS, Laws, check_laws, law_lines
from engine.review.parity.markets import MARKETS

FIXTURES = Path(__file__).parent / "laws_fixtures"
BROKEN = sorted(path for path in FIXTURES.glob("*.py") if not path.stem.endswith("_honest"))
NOTES = {"sides_signals", "mirror_domain"}  # worth knowing, and no mistake
SIZE = 700
Markets = list[tuple[str, object]]


@pytest.fixture(scope="module")
def markets() -> Markets:
    return [(name, MARKETS[name](5, SIZE)) for name in ("demo", "gaps", "standing")]


def checked(path: Path, markets: Markets) -> Laws:
    settings = load_settings(None, None, [f"plugins={json.dumps([str(path)])}"])
    return check_laws(load_plugins([str(path)]), settings, markets)


def wrong(found: Laws) -> set[str]:
    return {each.law for each in found.findings if each.judgement in ("broken", "note")}


@pytest.mark.parametrize("path", BROKEN, ids=[path.stem for path in BROKEN])
def test_a_broken_law_is_named(path, markets):
    found = checked(path, markets)
    law = path.stem.partition("_")[0]
    assert law in wrong(found), law_lines(found)
    assert (found.verdict == "broken") == (path.stem not in NOTES)
    (first,) = [each for each in found.findings if each.law == law]
    told = "\n".join(law_lines(found))
    assert first.record == "own" or first.record.startswith("own_")
    assert f"{first.record}, {law}: " in told
    if path.stem not in NOTES:
        assert f"  fix: {first.fix}" in told and first.fix
    if law in ("causality", "purity", "parity"):
        assert first.row is not None and first.known != first.changed


@pytest.mark.parametrize("path", BROKEN, ids=[path.stem for path in BROKEN])
def test_the_honest_twin_breaks_nothing(path, markets):
    found = checked(path.with_name(f"{path.stem}_honest.py"), markets)
    assert wrong(found) == set(), law_lines(found)
    kept = {each.law for each in found.findings if each.judgement == "holds"}
    assert path.stem.partition("_")[0] in kept


def test_there_is_a_fixture_for_every_law():
    assert {path.stem.partition("_")[0] for path in BROKEN} == set(LAWS)


def test_a_look_ahead_is_found_where_it_happens(markets):
    found = checked(FIXTURES / "causality_signals.py", markets).of("own", "causality")
    assert found is not None and found.says.startswith("enter_long looks ahead")
    # The next close decides, so the bar that changes is the last one before the cut.
    assert f"from bar {found.row + 1:,} on" in found.says


def test_a_strategy_without_entries_shows_nothing(tmp_path, markets):
    text = (FIXTURES / "causality_signals_honest.py").read_text(encoding="utf-8")
    path = tmp_path / "idle.py"
    path.write_text(
        text.replace('"enter_long": rises', '"enter_long": rises & False'), encoding="utf-8"
    )
    found = checked(path, markets)
    parity = found.of("own", "parity")
    assert parity is not None and parity.judgement == "inconclusive"
    assert "no entry" in parity.says
    assert found.verdict == "inconclusive"


def test_a_record_that_needs_volume_is_not_tried_without(tmp_path):
    text = (FIXTURES / "bounds_feature_honest.py").read_text(encoding="utf-8")
    path = tmp_path / "volume.py"
    path.write_text(
        text.replace('("high", "low", "close")', '("high", "low", "volume")'), encoding="utf-8"
    )
    found = checked(path, [("silent", MARKETS["silent"](5, SIZE))])
    assert found.verdict == "inconclusive"
    assert all("needs volume" in each.says for each in found.findings)


def test_a_function_that_raises_is_told_in_its_own_words(tmp_path, markets):
    path = tmp_path / "raises.py"
    text = (FIXTURES / "causality_gate_honest.py").read_text(encoding="utf-8")
    path.write_text(text.replace("2.0 * np", "nothing * np"), encoding="utf-8")
    shape = checked(path, markets).of("own_calm", "shape")
    assert shape is not None and "NameError: name 'nothing' is not defined" in shape.says


# --- the command ---------------------------------------------------------------------------------


def test_the_command_ends_with_1_and_names_what_is_broken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = str(FIXTURES / "causality_gate.py")
    result = run("laws", path, "--asset", "DEMO", "--bars", "1500")
    assert result.exit_code == 1, result.output
    assert "own_calm, causality: shut long looks ahead" in result.stdout
    assert result.stdout.splitlines()[-1] == "Verdict: broken"


def test_the_command_answers_in_json(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = str(FIXTURES / "bounds_signals_honest.py")
    result = run("laws", path, "--asset", "DEMO", "--bars", "2000", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["verdict"]) == (0, "lawful")
    assert found["records"] == [["own", "Signals"]] and found["markets"] == ["DEMO"]


def test_a_configuration_brings_its_own_settings_and_plug_ins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(FIXTURES / "bounds_signals_honest.py", tmp_path / "mine.py")
    tree = {"asset": "DEMO", "plugins": ["mine.py"], "gates": {"session": {"to_hour": 20}}}
    (tmp_path / "mine.json").write_text(json.dumps(tree), encoding="utf-8")
    options = ("--asset", "DEMO", "--bars", "2000", "--config", "mine.json")
    assert "Verdict: lawful" in succeed("laws", "mine.py", *options)


def test_a_file_that_is_missing_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("laws", "nowhere.py")
    assert result.exit_code == 2 and "nowhere.py: no such file" in result.stderr


# --- before first use ----------------------------------------------------------------------------


def passed() -> set[str]:
    folder = cache_folder()
    assert folder is not None
    return {path.name for path in (folder / "causal").glob("*")}


def test_a_run_refuses_signals_that_look_ahead(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    known = passed()
    plugins = f"plugins={json.dumps([str(FIXTURES / 'causality_signals.py')])}"
    market = ("--asset", "DEMO", "--bars", "1500", "--set", plugins)
    for command in ("screen", "replay"):
        result = run(command, *market)
        assert result.exit_code == 2, result.output
        assert "Error: own: enter_long looks ahead: at bar " in result.stderr
        assert list(tmp_path.iterdir()) == [] and passed() == known
        assert run(command, *market, "--skip-laws").exit_code == 0
        shutil.rmtree(tmp_path / "results")


def test_random_signals_are_not_called_a_look_ahead(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plugins = f"plugins={json.dumps([str(FIXTURES / 'determinism_signals.py')])}"
    result = run("replay", "--asset", "DEMO", "--bars", "1500", "--set", plugins)
    assert result.exit_code == 2
    assert "when asked again" in result.stderr and "looks ahead" not in result.stderr


def test_a_sum_in_another_order_is_told_from_a_look_ahead(tmp_path, markets):
    path = tmp_path / "ulp.py"
    text = (FIXTURES / "causality_domain_honest.py").read_text(encoding="utf-8")
    path.write_text(
        text.replace("50.0) / 50.0", "50.0) / (50.0 + 1e-12 * rsi.size)"), encoding="utf-8"
    )
    found = checked(path, markets).of("own", "causality")
    assert found is not None and found.judgement == "broken"
    assert "only the last digits differ" in found.fix


def test_what_has_passed_once_is_not_looked_at_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (FIXTURES / "causality_signals_honest.py").read_text(encoding="utf-8")
    # A text that no earlier run of this test has passed with.
    path = tmp_path / "mine.py"
    path.write_text(f"{text}# {tmp_path}\n", encoding="utf-8")
    market = ("--asset", "DEMO", "--bars", "1500", "--set", 'plugins=["mine.py"]')
    assert "Before first use: own does not look ahead" in succeed("replay", *market)
    assert "Before first use" not in succeed("replay", *market)
    path.write_text(f"{text}# other, {tmp_path}\n", encoding="utf-8")
    assert "Before first use" in succeed("screen", *market)


def test_other_settings_are_looked_at_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(SHIFTED.format(tmp_path), encoding="utf-8")
    market = ("--asset", "DEMO", "--bars", "1500", "--set", 'plugins=["mine.py"]')
    assert "Before first use" in succeed("replay", *market)
    result = run("replay", *market, "--set", "domains.own.shift=-1")
    assert result.exit_code == 2 and "looks ahead" in result.stderr


SHIFTED = """# {}
import numpy as np

from barsieve.strategy import Section, Signals, parameter


class Settings(Section):
    shift: int = parameter(1, "bars by which the close is moved", unit="bars")


def signals(bars, columns, settings):
    rows = np.clip(np.arange(bars.size) - settings.shift, 0, bars.size - 1)
    rises = bars.close[rows] > bars.open
    return {{"enter_long": rises, "exit_long": ~rises}}


OWN = Signals("own", signals, (), Settings)
"""


FAILING = {
    "raises": "raise ValueError('no')",
    "gives nothing": "return None",
    "is too short": "return {{'enter_long': bars.close[1:] > 0}}",
    "has another name": "return {{'entry_long': bars.close > 0}}",
    "is no truth": "return {{'enter_long': bars.close}}",
}
BESIDE = """# {}
from barsieve.strategy import DearDomain, Exit, Section, Signals

def fine(bars, columns, settings):
    return bars.close > bars.open, bars.close < bars.open

def own(bars, columns, settings):
    LINE

FINE = Exit("fine", fine)
OWN = Signals("own", own)
"""
DEAR = """# {}
from barsieve.strategy import DearDomain, Section

def judge(past, settings):
    return LINE

OWN = DearDomain("own", (), Section, None, 1.0, judge=judge)
"""


@pytest.mark.parametrize("case", FAILING)
def test_only_what_could_be_judged_is_said_not_to_look_ahead(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = BESIDE.replace("LINE", FAILING[case]).format(tmp_path)
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    result = run("replay", "--asset", "DEMO", "--bars", "1500", "--set", 'plugins=["mine.py"]')
    assert result.exit_code == 2 and result.stderr.splitlines()[-1].startswith("Error: own: ")
    assert "Before first use: fine does not look ahead" in result.stdout


@pytest.mark.parametrize("line", ["None", "1 / 0", "past.misspelt"])
def test_a_dear_function_that_fails_is_not_said_to_be_judged(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(DEAR.replace("LINE", line).format(tmp_path), encoding="utf-8")
    result = run("replay", "--asset", "DEMO", "--bars", "1500", "--set", 'plugins=["mine.py"]')
    assert result.exit_code == 2 and result.stderr.splitlines()[-1].startswith("Error: own: ")
    assert "Before first use" not in result.stdout


def test_the_table_names_kinds_as_they_are_imported(markets):
    import barsieve.strategy

    for name in ("causality_signals_honest.py", "causality_domain_honest.py"):
        for _, kind in checked(FIXTURES / name, markets).records:
            assert kind in barsieve.strategy.__all__


def test_plain_settings_are_not_looked_at():
    from engine.review.laws.first_use import before_first_use

    assert list(before_first_use([(load_settings("ETH_comprehensive"), demo_bars(500))])) == []

"""`params`, `explain-config`, `schema`, `extends`, and every shipped configuration."""

import json
from pathlib import Path

import pytest
from cli_runner import run

from engine.bars.demo import demo_bars
from engine.errors import SettingsError
from engine.experiment import run_experiment
from engine.features.columns import compute
from engine.inputs import load_settings, presets
from engine.replay.settings import Settings
from engine.settings import known_keys, parameters

SHIPPED = list(presets())


def test_params_lists_every_key() -> None:
    listed = json.loads(run("params", "--json").stdout)
    assert [each["key"] for each in listed] == [each.key for each in parameters(Settings())]
    assert {each["key"] for each in listed} <= set(known_keys(Settings))
    assert all(each["reason"] for each in listed)


def test_params_by_scope_add_up() -> None:
    def lines(*options: str) -> int:
        return len(run("params", *options).stdout.splitlines())

    assert lines() == sum(lines("--scope", scope) for scope in ("screen", "replay", "run"))
    said = run("params", "--scope", "replay", "--set", "exits.max_bars_in_trade=7").stdout
    assert (
        "exits.max_bars_in_trade = 7 bars  (replay, >= 1, <= 1e+09)  time stop; null: never" in said
    )


def test_the_list_of_columns_is_what_the_command_prints() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "own-strategy.md"
    printed = run("columns", "--markdown").stdout
    assert printed.count("\n") > 70
    before, after = "prints -->\n", "<!-- to here -->"
    assert page.read_text(encoding="utf-8").split(before)[1].split(after)[0] == printed


def test_columns_are_found_by_a_word() -> None:
    said = run("columns", "bollinger").stdout
    assert "bb_upper_N_M  " in said
    assert "ema_N" not in said
    assert "No column has to do with nonsense" in run("columns", "nonsense").stdout
    listed = json.loads(run("columns", "--json").stdout)
    assert {"name": "ema_N", "example": "ema_12"}.items() <= listed[1].items()
    bars = demo_bars(3_000)
    values = compute(bars, [each["example"] for each in listed])
    assert values.warmup < bars.size


def test_the_configuration_page_is_what_the_command_prints() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
    printed = run("params", "--markdown").stdout
    assert printed.count("\n") > 150
    assert page.read_text(encoding="utf-8").endswith(printed)


def test_explain_config_names_what_differs() -> None:
    said = run("explain-config", "SPY_comprehensive").stdout
    assert "SPY_comprehensive: valid; " in said
    assert 'asset = "SPY"' in said
    assert "gates.session.from_hour = 10" in said
    assert "risk.stop_buffer_multiplier" not in said
    changed = json.loads(run("explain-config", "SPY_comprehensive", "--json").stdout)
    assert len(changed) == len(said.splitlines()) - 1


def test_explain_config_refuses_like_a_run() -> None:
    refused = run("explain-config", "ETH_comprehensiv")
    assert refused.exit_code == 2
    assert "did you mean ETH_comprehensive?" in refused.stderr


def test_the_schema_knows_every_section() -> None:
    schema = json.loads(run("schema").stdout)
    assert set(schema["properties"]) == set(Settings.model_fields)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_configuration_trades_the_same_in_both_replays(name: str) -> None:
    settings = load_settings(name, "DEMO")
    bars = demo_bars(9_000)
    full, focused = (
        run_experiment(settings, bars, None, None, mode) for mode in ("full", "focused")
    )
    assert full.result.digest() == focused.result.digest()
    assert full.result.metrics.trades >= 10
    assert focused.visits()["skipped"] > 0


def test_extends_changes_only_what_it_says() -> None:
    base, heir = load_settings("ETH_comprehensive"), load_settings("BTC_comprehensive")
    differ = {
        each.key
        for each, other in zip(parameters(base), parameters(heir), strict=True)
        if each.value != other.value
    }
    assert differ == {"asset", "costs.spread_bps"}


def test_extends_looks_beside_the_file_first(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text('{"extends": "base.yaml", "asset": "X"}', encoding="utf-8")
    (tmp_path / "base.yaml").write_text("exits: {max_bars_in_trade: 9}\n", encoding="utf-8")
    settings = load_settings(str(tmp_path / "mine.json"))
    assert (settings.asset, settings.exits.max_bars_in_trade) == ("X", 9)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.json": '{"extends": "a.json"}'}, "extends itself"),
        ({"a.json": '{"extends": "b.json"}', "b.json": '{"extends": "a.json"}'}, "extends itself"),
        ({"a.json": '{"extends": "ETH_comprehensiv"}'}, "did you mean ETH_comprehensive"),
        ({"a.json": '{"extends": 3}'}, "expected a file or the name of a preset"),
        ({"a.json": '{"extends": "no.json"}'}, "no.json"),
    ],
)
def test_a_base_that_is_none_is_refused(files: dict[str, str], says: str, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=says):
        load_settings(str(tmp_path / "a.json"))

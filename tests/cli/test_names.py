"""Names that people give: one rule, asked wherever a name enters that may become a file's."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_runner import listing, run

import barsieve
from barsieve.strategy import Gate
from engine.bars.exchange.download import Wanted
from engine.bars.writer import checked_symbol
from engine.errors import BarsieveError, OutputError, SettingsError
from engine.names import DEVICES, LONGEST, same_file, wrong_name
from engine.plugins.load import load_plugins
from engine.replay.settings import Settings
from engine.report.stored import read_run
from engine.settings import override, validate

# A path, an absolute one, one of another system; a hidden file; a device; what ends a name, or
# hides a second one behind it; what no file system takes.
HOSTILE = (
    "/over/there", "../../over", "a/b", "a\\b", "\\".join(("C:", "over")), "C:over", "..", ".",
    ".hidden", "a.b", "CON", "nul", "Com1", "a:b", "a b", "a\n", "a\0b", "", "x" * 61, "ä" * 31,
    "e\u0301", "*", "~", "a|b", "$HOME", "%TEMP%",
)  # fmt: skip
FITTING = (
    "ETH", "BTC-USDT", "_x", "a", "x" * 60, "1INCH", "ätherisch", "币安人生", "COM10", "con_1",
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_file_name_everywhere_is_refused(name: str) -> None:
    wrong = wrong_name(name)
    assert "expected" in wrong
    _, _, near = wrong.partition("did you mean ")
    assert wrong_name(near.removesuffix("?")) == "" or not near


@pytest.mark.parametrize("name", FITTING)
def test_what_is_one_is_taken(name: str) -> None:
    assert wrong_name(name) == ""


def test_the_nearest_name_is_one() -> None:
    assert "did you mean ETHUSDT-USDT?" in wrong_name("ETH/USDT:USDT")
    assert "did you mean BTC-D?" in wrong_name("BTC.D")
    assert "CON_1" in wrong_name("CON")
    assert "did you mean" not in wrong_name("///")
    assert len(DEVICES) == 24
    assert LONGEST == 60


def test_two_names_of_one_file() -> None:
    assert same_file(["ETH", "BTC", "eth"]) == ("ETH", "eth")
    assert same_file(["ETH", "BTC"]) is None


# --- where they enter -----------------------------------------------------------------------------


def valid(changes: dict[str, Any]) -> Settings:
    return validate(Settings, override({}, changes), "test")


def series(name: str) -> dict[str, Any]:
    return {"macro": {"series": {name: {"path": "vix.csv", "unit": "points"}}}}


def gate(name: str) -> Gate:
    return Gate(name, lambda bars, columns, settings: (bars.close < 0, bars.close < 0))


def stored(name: str, folder: Path) -> Any:
    record = {"assets": {name: {}}}
    for file, content in (("run.json", record), ("config.json", {})):
        (folder / file).write_text(json.dumps(content), encoding="utf-8")
    return read_run(folder)


ENTRIES = {
    "asset": lambda name, _: valid({"asset": name}),
    "markets of a portfolio": lambda name, _: valid({"portfolio.assets": ["ETH", name]}),
    "macro series": lambda name, _: validate(Settings, series(name), "test"),
    "symbol of an import": lambda name, _: checked_symbol(name),
    "name of a plug-in": lambda name, _: load_plugins([], [gate(name)]),
    "market of a stored run": stored,
    "symbol in Python": lambda name, _: barsieve.run({name: barsieve.demo_bars(2_000)}),
}


@pytest.mark.parametrize("name", [each for each in HOSTILE if each])
@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_refuses_it(entry: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(BarsieveError) as error:
        ENTRIES[entry](name, tmp_path)
    said = str(error.value)
    assert len(said.splitlines()) == 1
    assert repr(name)[1:20] in said
    assert "expected" in said


@pytest.mark.parametrize("name", ["ETH", "BTC-USDT"])
def test_every_entry_of_settings_takes_a_fitting_one(name: str) -> None:
    valid({"asset": name})
    valid({"portfolio.assets": [name, "SOL"]})
    validate(Settings, series(name), "test")
    assert checked_symbol(name) == name


def test_markets_that_would_be_one_file_are_refused() -> None:
    with pytest.raises(SettingsError, match="ETH and eth would be one file"):
        valid({"portfolio.assets": ["ETH", "eth"]})


@pytest.mark.parametrize("symbol", ["..\\..\\over", "a\0b", "ETH USDT", ""])
def test_a_download_names_no_other_file(symbol: str) -> None:
    wanted = Wanted("kraken", symbol, "1h", "2024-01-01", None, None, False, None)
    with pytest.raises(SettingsError, match="--symbol"):
        wanted.refuse_names()


def test_a_download_takes_no_path_for_a_timeframe() -> None:
    wanted = Wanted("kraken", "ETH/USDT", "../1h", "2024-01-01", None, None, False, None)
    with pytest.raises(SettingsError, match="timeframe"):
        wanted.refuse_names()
    assert Wanted("kraken", "ETH/USDT", "1h", "", None, None, False, None).path.name == (
        "ETHUSDT_1h.parquet"
    )


@pytest.mark.parametrize("command", ["lookahead", "replay", "screen"])
def test_a_series_named_like_a_file_leaves_that_file_alone(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hole that was: the other future of a series was written under the name of the series."""
    monkeypatch.chdir(tmp_path)
    victim = tmp_path / "victim.parquet"
    victim.write_text("precious", encoding="utf-8")
    lines = ["date,value", *(f"2023-01-{day:02},{np.sin(day)}" for day in range(1, 32))]
    (tmp_path / "vix.csv").write_text("\n".join(lines), encoding="utf-8")
    before = listing(tmp_path)
    name = str(victim.with_suffix(""))
    named = json.dumps({name: {"path": "vix.csv", "unit": "points", "missing": "ignore"}})
    done = run(command, "--asset", "DEMO", "--bars", "3000", "--set", f"macro.series={named}")
    assert done.exit_code == 2
    assert "macro.series" in done.stderr
    assert victim.read_text(encoding="utf-8") == "precious"
    assert listing(tmp_path) == before


def test_the_other_future_of_a_series_is_named_by_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a series is called, and whoever made the settings."""
    from engine.review.lookahead.poison import Timeline, poisoned

    lines = ["date,value", *(f"2023-01-{day:02},{np.sin(day)}" for day in range(1, 32))]
    (tmp_path / "vix.csv").write_text("\n".join(lines), encoding="utf-8")
    own = valid({}).model_copy()
    (made,) = validate(
        Settings,
        {"macro": {"series": {"v": {"path": str(tmp_path / "vix.csv"), "unit": "points"}}}},
        "test",
    ).macro.series.values()
    macro = own.macro.model_copy(update={"series": {str(tmp_path / "victim"): made}})
    settings = own.model_copy(update={"macro": macro})
    folder = tmp_path / "own"
    folder.mkdir()
    bars = barsieve.demo_bars(1_000)
    other = poisoned(Timeline(settings, bars, 0, bars.size), 500, folder)
    assert [path.name for path in folder.iterdir()] == ["series_0.parquet"]
    (poison,) = other.settings.macro.series.values()
    assert Path(poison.path).parent == folder
    assert not (tmp_path / "victim.parquet").exists()


def test_a_stored_run_of_a_hostile_market_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not the folder of a run"):
        stored("../x", tmp_path)

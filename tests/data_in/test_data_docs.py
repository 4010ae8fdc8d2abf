"""The commands of docs/data.md, run as a newcomer would: only with files of their own."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from exchange_server import EIGHT_HOURS, START, Exchange, bar_rows, serving
from own_files import tradingview, write_all

from engine.bars.columns import STAMP_NAMES, VOLUME_NAMES
from engine.bars.macro import MacroSeries
from engine.bars.quality.catalogue import AGREEMENT, CHECKS
from engine.bars.sources.catalogue import FORMATS
from engine.cli import cli
from engine.replay.settings import Settings
from engine.settings import validate

DOCS = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    blocks = re.findall(r"```console\n(.*?)```", DOCS, re.DOTALL)
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]


def run(arguments: list[str]) -> Result:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def test_every_command_of_the_docs_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_all(tmp_path)
    for arguments in commands():
        if "download" in arguments:
            continue
        result = run(arguments)
        expected = 1 if "--against" in arguments else 0  # that file disagrees in one bar
        assert result.exit_code == expected, (arguments, result.stdout, result.stderr)
    names = {path.name for path in Path("data").iterdir()}
    markets = ("ETH_1h", "ETHUSDT_1h", "FUT_5m", "GER_1h", "AAPL_1d", "EURUSD_1h")
    assert names == {f"{market}.parquet" for market in markets}


def test_downloads_of_the_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ccxt")
    monkeypatch.chdir(tmp_path)
    rates = [[START + k * EIGHT_HOURS, 0.0001] for k in range(30)]
    downloads = [arguments for arguments in commands() if "download" in arguments]
    with serving(Exchange(bar_rows(50), rates)) as exchange:
        for arguments in downloads:
            assert run([*arguments, "--base-url", exchange.url]).exit_code == 0
    for name in ("data/ETHUSDT_1h.parquet", "data/ETHUSDT-USDT_funding.parquet"):
        assert name in DOCS and Path(name).is_file()


def test_each_command_says_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tradingview(tmp_path / "BINANCE_ETHUSDT, 60.csv")
    result = run(["data", "import", "BINANCE_ETHUSDT, 60.csv", "--symbol", "ETH"])
    last = result.stdout.splitlines()[-1]
    assert last == "Next: barsieve data check data/ETH_1h.parquet"
    checked = run(shlex.split(last.removeprefix("Next: barsieve ")))
    assert checked.exit_code == 0
    final = checked.stdout.splitlines()[-1]
    assert final == "Next: barsieve replay --asset ETH --config ETH_comprehensive"
    replayed = run(shlex.split(final.removeprefix("Next: barsieve ")))
    assert replayed.exit_code == 0 and "Total: " in replayed.stdout


def test_the_tables_name_every_format_and_check() -> None:
    formats = re.findall(r"^\| `([a-z0-9-]+)` \|", DOCS, re.MULTILINE)
    assert [name for name in formats if name in {each.name for each in FORMATS}] == [
        each.name for each in FORMATS
    ]
    for name in (*STAMP_NAMES[:-1], *VOLUME_NAMES):
        assert f"`{name}`" in DOCS.split("## A plain file")[1].split("## ")[0]
    table = DOCS.split("| finding | when |")[1].split("## ")[0]
    for name in (*(check.name for check in CHECKS), AGREEMENT):
        assert f"`{name}`" in table


def test_the_macro_declaration_of_the_docs_is_valid() -> None:
    series, section = re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL)
    assert validate(MacroSeries, json.loads(series), "docs").missing == "block"
    assert validate(Settings, json.loads(section), "docs").macro.vetoes[0].exits

"""Downloads against a local exchange: pages, refusals, gaps, repeats, resuming."""

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from exchange_server import EIGHT_HOURS, HOUR, START, Exchange, bar_rows, serving

from engine.bars.exchange import client, pages
from engine.bars.exchange import download as download_module
from engine.bars.reader import read_bars
from engine.cli import cli
from engine.errors import DataError

pytest.importorskip("ccxt")
FILE = Path("data/ETHUSDT_1h.parquet")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(client, "WAITS", (0.0, 0.0, 0.0, 0.0, 0.0))
    monkeypatch.setattr(client, "_LONGEST_WAIT", 0.0)
    monkeypatch.setattr(pages, "REPEAT_WAIT", 0.0)


def download(exchange: Exchange, *more: str, symbol: str = "ETH/USDT") -> Result:
    arguments = ["data", "download", "--exchange", "binance", "--symbol", symbol]
    arguments += ["--since", "2024-01-01", "--base-url", exchange.url, *more]
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def bars(exchange: Exchange, *more: str) -> Result:
    return download(exchange, "--timeframe", "1h", *more)


def stored(path: Path = FILE) -> list[list[float]]:
    table = pq.read_table(path).to_pydict()
    times = [int(each.timestamp()) * 1_000 for each in table.pop("timestamp")]
    return [list(row) for row in zip(times, *table.values(), strict=True)]


def fails(result: Result, *says: str) -> None:
    assert result.exit_code == 2, result.stdout
    (line,) = [line for line in result.stderr.splitlines() if not line.endswith("...")]
    assert line.startswith("Error: ")
    for text in says:
        assert text in line


def test_pages_and_the_unfinished_bar_is_left_out() -> None:
    # The clock stands half an hour into the last of 251 bars.
    with serving(Exchange(bar_rows(251), now=START + 250 * HOUR + HOUR // 2)) as exchange:
        result = bars(exchange, "--json")
    assert result.exit_code == 0, result.stderr
    assert stored() == bar_rows(250)
    found = json.loads(result.stdout)
    assert found["rows"] == found["new"] == 250 and found["last"] == "2024-01-11T09:00:00Z"
    read, _ = read_bars(FILE, "ETHUSDT", "1h", "open")
    assert read.size == 250 and read.has_volume


def test_a_bar_counts_at_the_instant_of_its_end() -> None:
    with serving(Exchange(bar_rows(10), now=START + 10 * HOUR)) as exchange:
        bars(exchange)
        assert stored() == bar_rows(10)
    with serving(Exchange(bar_rows(10), now=START + 10 * HOUR - 1)) as exchange:
        bars(exchange, "--replace")
        assert stored() == bar_rows(9)


def test_busy_and_broken_answers_are_asked_again() -> None:
    with serving(Exchange(bar_rows(120), troubles=[429, 200, 503, 500])) as exchange:
        result = bars(exchange)
    assert result.exit_code == 0, result.stderr
    assert stored() == bar_rows(120)


def test_what_was_fetched_before_a_failure_is_kept_and_gone_on_with() -> None:
    with serving(Exchange(bar_rows(250), troubles=[200, *[503] * 6])) as exchange:
        fails(
            bars(exchange), "ExchangeNotAvailable", "6 tries", "100 new rows", "goes on from there"
        )
        assert stored() == bar_rows(100)
        result = bars(exchange)
    assert result.exit_code == 0 and stored() == bar_rows(250)


def test_an_interrupted_download_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any) -> Any:
        yield next(pages.read_pages(*arguments))
        raise KeyboardInterrupt

    with serving(Exchange(bar_rows(250))) as exchange:
        with monkeypatch.context() as patch:
            patch.setattr(download_module, "read_pages", interrupted)
            assert bars(exchange).exit_code == 130
        assert stored() == bar_rows(100)
        assert bars(exchange).exit_code == 0 and stored() == bar_rows(250)


def test_resumes_where_it_stopped_and_says_when_nothing_is_new() -> None:
    with serving(Exchange(bar_rows(400), now=START + 150 * HOUR)) as exchange:
        bars(exchange)
        assert "up to date" in bars(exchange).stdout
        exchange.now, exchange.asked[:] = START + 180 * HOUR, []
        result = bars(exchange)
    assert "30 new rows" in result.stdout and stored() == bar_rows(180)
    assert exchange.asked[0].endswith(f"?{START + 149 * HOUR}")  # not from the beginning


@pytest.mark.parametrize("empty", [False, True])
def test_a_gap_stays_a_gap(empty: bool) -> None:
    rows = bar_rows(60) + bar_rows(900)[700:]
    with serving(Exchange(rows, empty_in_gap=empty)) as exchange:
        result = bars(exchange)
    assert result.exit_code == 0 and stored() == rows


def test_a_repeated_page_is_asked_again() -> None:
    with serving(Exchange(bar_rows(250), repeat_page=2)) as exchange:
        assert bars(exchange).exit_code == 0
    assert stored() == bar_rows(250)


def test_an_exchange_that_has_nothing_more_is_said() -> None:
    with serving(Exchange(bar_rows(250), repeat_page=9_999)) as exchange:
        result = bars(exchange)
    # ccxt drops the repeated rows, so this looks like a market that ended.
    assert stored() == bar_rows(100)
    assert "the exchange has nothing from there to 2024-02-11T15:00:00Z" in result.stdout


def test_pages_that_repeat_themselves_are_refused() -> None:
    rows = bar_rows(3)
    read = pages.read_pages(lambda since: rows, START, START + 9 * HOUR, HOUR, HOUR)
    assert next(read) == rows
    with pytest.raises(DataError, match="repeats a page"):
        next(read)


def test_until_is_not_included() -> None:
    with serving(Exchange(bar_rows(100))) as exchange:
        bars(exchange, "--until", "2024-01-02")
    assert stored() == bar_rows(24)


def test_nothing_in_range() -> None:
    with serving(Exchange(bar_rows(10), now=START)) as exchange:
        result = bars(exchange)
    assert result.exit_code == 0 and "nothing was written" in result.stdout and not FILE.exists()


def test_a_stored_bar_that_the_exchange_changed_is_refused() -> None:
    with serving(Exchange(bar_rows(50), now=START + 20 * HOUR)) as exchange:
        bars(exchange)
        exchange.now, exchange.bars[19][4] = START + 30 * HOUR, 119.75
        fails(bars(exchange), "119.75", "stored is", "--replace")
        del exchange.bars[19]
        fails(bars(exchange), "does not have its last row")
    assert stored() == bar_rows(20)


def test_a_file_of_something_else_is_not_gone_on_with() -> None:
    with serving(Exchange(bar_rows(20))) as exchange:
        bars(exchange)
        fails(download(exchange, "--timeframe", "4h", "--output", str(FILE)), "kind 1h, not 4h")
        fails(bars(exchange, "--since", "2023-01-01"), "begun with --since 2024-01-01", "--replace")
        FILE.write_bytes(b"mine")
        fails(bars(exchange), "is no download")


def test_bars_that_break_a_rule_are_refused_and_not_kept() -> None:
    rows = bar_rows(20)
    rows[7][2] = 1.0
    with serving(Exchange(rows)) as exchange:
        fails(bars(exchange), "row 8", "high 1.0 is below")
    assert not FILE.exists()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--exchange", "binanse", "--timeframe", "1h"], ["binanse", "did you mean binance"]),
        (["--symbol", "ETH/USD", "--timeframe", "1h"], ["not a market", "did you mean ETH/USDT"]),
        (["--timeframe", "7m"], ["--timeframe 7m", "not one of binance"]),
        (["--timeframe", "1x"], ["timeframe '1x'"]),
        ([], ["--timeframe", "--funding"]),
        (["--timeframe", "1h", "--since", "soon"], ["--since 'soon'", "YYYY-MM-DD"]),
        (["--timeframe", "1h", "--until", "never"], ["--until 'never'"]),
        (["--timeframe", "1h", "--output", "x.csv"], ["ends in .parquet"]),
    ],
)  # fmt: skip
def test_wrong_options(more: list[str], says: list[str]) -> None:
    with serving(Exchange(bar_rows(5))) as exchange:
        fails(download(exchange, *more), *says)
    assert not Path("data").exists()


def test_funding_rates_grow_too() -> None:
    rates = [[START + k * EIGHT_HOURS, 0.0001 * (k % 7 - 3)] for k in range(250)]
    path = Path("data/ETHUSDT-USDT_funding.parquet")
    with serving(Exchange([], rates, now=START + 100 * EIGHT_HOURS + 1)) as exchange:
        first = download(exchange, "--funding", symbol="ETH/USDT:USDT")
        assert first.exit_code == 0, first.stderr
        assert stored(path) == rates[:101]
        exchange.now += 10_000 * HOUR
        assert "149 new rows" in download(exchange, "--funding", symbol="ETH/USDT:USDT").stdout
    assert stored(path) == rates


def test_without_ccxt_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ccxt", None)
    fails(bars(Exchange([])), "pip install 'barsieve[data]'")

"""Exports: the columns of the other tools, by hand for one position, and their sums."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from report_runs import demo_settings

from engine.bars.demo import demo_bars
from engine.errors import OutputError
from engine.experiment import run_experiment
from engine.inputs import load_markets
from engine.portfolio import run_portfolio
from engine.report.freqtrade import freqtrade_rows
from engine.report.stored import read_run
from engine.report.tables import export_text
from engine.report.vectorbt import vectorbt_rows
from engine.results.outcome import Outcome
from engine.results.portfolio_directory import write_portfolio
from engine.results.run_directory import write_run

# As freqtrade's BT_DATA_COLUMNS and vectorbt's `trades.records_readable` have them.
FREQTRADE = [
    "pair", "stake_amount", "max_stake_amount", "amount", "open_date", "close_date", "open_rate",
    "close_rate", "fee_open", "fee_close", "trade_duration", "profit_ratio", "profit_abs",
    "exit_reason", "initial_stop_loss_abs", "initial_stop_loss_ratio", "stop_loss_abs",
    "stop_loss_ratio", "min_rate", "max_rate", "is_open", "enter_tag", "leverage", "is_short",
    "open_timestamp", "close_timestamp", "orders", "funding_fees",
]  # fmt: skip
VECTORBT = [
    "Exit Trade Id", "Column", "Size", "Entry Timestamp", "Avg Entry Price", "Entry Fees",
    "Exit Timestamp", "Avg Exit Price", "Exit Fees", "PnL", "Return", "Direction", "Status",
    "Position Id",
]  # fmt: skip


def read(run: Path, kind: str) -> list[dict[str, str]]:
    text, count = export_text(read_run(run), kind, ".csv")
    found = list(csv.DictReader(io.StringIO(text)))
    assert len(found) == count
    return found


def with_partial(outcome: Outcome) -> Any:
    """A long and a short position of two legs."""
    trades = outcome.result.trades
    two = trades[trades["legs"] == 2]
    return two[two["side"] > 0][0], two[two["side"] < 0][0]


def legs_of(outcome: Outcome, position: int) -> Any:
    fills = outcome.result.fills
    return fills[fills["position"] == position]


def test_columns(run: Path) -> None:
    assert list(read(run, "freqtrade")[0]) == FREQTRADE
    assert list(read(run, "vectorbt")[0]) == VECTORBT


def test_freqtrade_by_hand(run: Path, outcome: Outcome) -> None:
    found = read(run, "freqtrade")
    assert len(found) == outcome.result.metrics.trades
    for trade in with_partial(outcome):
        row = found[int(trade["position"]) - 1]
        entry, *exits = legs_of(outcome, trade["position"])
        side, stake = int(trade["side"]), trade["quantity"] * trade["entry_price"]
        times = outcome.bars.open_time[[trade["entry_bar"], trade["exit_bar"]]]
        assert (row["pair"], row["is_short"], row["leverage"]) == ("DEMO", str(side < 0), "1.0")
        assert float(row["stake_amount"]) == float(row["max_stake_amount"]) == stake
        assert float(row["amount"]) == trade["quantity"]
        assert pd.Timestamp(row["open_date"]).value == times[0]
        assert pd.Timestamp(row["close_date"]).value == times[1]
        assert int(row["open_timestamp"]) * 10**6 == times[0]
        assert int(row["trade_duration"]) == (times[1] - times[0]) // (60 * 10**9)
        assert float(row["open_rate"]) == trade["entry_price"]
        assert float(row["close_rate"]) == trade["exit_price"]
        assert float(row["fee_open"]) == pytest.approx(5e-4, rel=1e-12)
        assert float(row["fee_close"]) == pytest.approx(5e-4, rel=1e-12)
        assert float(row["profit_abs"]) == trade["net"]
        opened = stake + side * entry["fee"]
        assert float(row["profit_ratio"]) == pytest.approx(trade["net"] / opened, rel=1e-12)
        assert float(row["initial_stop_loss_abs"]) == trade["initial_stop"]
        assert float(row["initial_stop_loss_ratio"]) < 0
        held = slice(trade["entry_bar"], trade["exit_bar"])
        lows = min(outcome.bars.low[held].min(), exits[-1]["raw_price"])
        highs = max(outcome.bars.high[held].max(), exits[-1]["raw_price"])
        assert float(row["min_rate"]) == pytest.approx(lows, rel=1e-12)
        assert float(row["max_rate"]) == pytest.approx(highs, rel=1e-12)
        assert row["enter_tag"] in ("entry", "flip")
        assert row["funding_fees"] == "0.0"
        orders = json.loads(row["orders"])
        assert [order["ft_is_entry"] for order in orders] == [True, False, False]
        sides = ["buy", "sell", "sell"] if side > 0 else ["sell", "buy", "buy"]
        assert [order["ft_order_side"] for order in orders] == sides
        assert [order["safe_price"] for order in orders] == [
            leg["price"] for leg in (entry, *exits)
        ]
        assert sum(order["amount"] for order in orders[1:]) == pytest.approx(orders[0]["amount"])


def test_a_trailed_stop_is_the_last_one(run: Path, outcome: Outcome) -> None:
    from engine.replay.records import LEVEL

    events = outcome.result.events
    levels = events[events["kind"] == LEVEL]
    found = read(run, "freqtrade")
    moved = {int(each["position"]): float(each["price"]) for each in levels}
    assert len(moved) > 10
    for number, row in enumerate(found, start=1):
        wanted = moved.get(number, float(row["initial_stop_loss_abs"]))
        assert float(row["stop_loss_abs"]) == wanted


def test_vectorbt_by_hand(run: Path, outcome: Outcome) -> None:
    found = read(run, "vectorbt")
    assert [int(row["Exit Trade Id"]) for row in found] == list(range(len(found)))
    assert len(found) == int(outcome.result.trades["legs"].sum())
    for trade in with_partial(outcome):
        own = [row for row in found if int(row["Position Id"]) == trade["position"] - 1]
        entry, *exits = legs_of(outcome, trade["position"])
        assert len(own) == len(exits) == 2
        for row, leg in zip(own, exits, strict=True):
            size = float(row["Size"])
            assert size == leg["quantity"]
            assert float(row["Avg Entry Price"]) == trade["entry_price"]
            assert float(row["Avg Exit Price"]) == leg["price"]
            assert float(row["Exit Fees"]) == leg["fee"]
            share = size / trade["quantity"]
            assert float(row["Entry Fees"]) == pytest.approx(entry["fee"] * share, rel=1e-12)
            gross = trade["side"] * size * (leg["price"] - trade["entry_price"])
            profit = gross - entry["fee"] * share - leg["fee"]
            assert float(row["PnL"]) == pytest.approx(profit, rel=1e-9, abs=1e-9)
            cost = size * trade["entry_price"]
            assert float(row["Return"]) == pytest.approx(float(row["PnL"]) / cost)
            assert row["Direction"] == ("Long" if trade["side"] > 0 else "Short")
            assert (row["Status"], row["Column"]) == ("Closed", "DEMO")
            exit_time = outcome.bars.open_time[leg["bar"]]
            assert pd.Timestamp(row["Exit Timestamp"]).value == exit_time
        assert sum(float(row["PnL"]) for row in own) == pytest.approx(trade["net"])


@pytest.mark.parametrize(("kind", "column"), [("freqtrade", "profit_abs"), ("vectorbt", "PnL")])
def test_profits_add_up_to_the_account(kind: str, column: str, run: Path, outcome: Outcome) -> None:
    total = sum(float(row[column]) for row in read(run, kind))
    assert total == pytest.approx(outcome.result.equity[-1] - 100_000.0, abs=1e-6)


def test_plain_csv_is_the_table_of_trades(run: Path, outcome: Outcome) -> None:
    table = pq.read_table(run / "trades.parquet").to_pandas()
    frame = pd.read_csv(io.StringIO(export_text(read_run(run), "csv", ".csv")[0]))
    for name in ("entry_time", "exit_time"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype(table[name].dtype)
    pd.testing.assert_frame_equal(frame, table, check_exact=True)
    assert len(frame) == outcome.result.metrics.trades > 0


def test_a_file_of_backtest_results_holds_the_same_trades(run: Path) -> None:
    stored = read_run(run)
    text, count = export_text(stored, "freqtrade", ".json")
    (strategy,) = json.loads(text)["strategy"].values()
    assert strategy["trades"] == freqtrade_rows(stored)
    assert len(strategy["trades"]) == count
    for kind in ("csv", "vectorbt"):
        with pytest.raises(OutputError, match=f"--format {kind} is CSV"):
            export_text(stored, kind, ".json")


def test_a_run_without_trades_has_a_header(tmp_path: Path) -> None:
    settings = demo_settings("fusion.entry_threshold_confidence=1.0")
    outcome = run_experiment(settings, demo_bars(3_000), None, None)
    stored = read_run(write_run(outcome, tmp_path, replace=False)[0])
    assert outcome.result.metrics.trades == 0
    for kind, columns in (("freqtrade", FREQTRADE), ("vectorbt", VECTORBT)):
        assert export_text(stored, kind, ".csv") == (",".join(columns) + "\n", 0)
    assert export_text(stored, "csv", ".csv")[0].startswith("position,side,entry_time,")


def test_funding_is_in_the_profit(tmp_path: Path) -> None:
    bars = demo_bars(3_000)
    rates = tmp_path / "rates.csv"
    stamps = pd.to_datetime(bars.open_time[::8], utc=True)
    lines = [f"{stamp.isoformat()},0.0004\n" for stamp in stamps]
    rates.write_text("timestamp,funding_rate\n" + "".join(lines), encoding="utf-8")
    settings = demo_settings(f"data.funding={rates.as_posix()}")
    outcome = run_experiment(settings, bars, None, None)
    run, _ = write_run(outcome, tmp_path, replace=False)
    stored, trades = read_run(run), outcome.result.trades
    assert abs(outcome.result.metrics.funding) > 1.0
    given = [row["funding_fees"] for row in freqtrade_rows(stored)]
    assert given == pytest.approx((-trades["funding"]).tolist())
    gained = outcome.result.equity[-1] - 100_000.0
    assert sum(row["profit_abs"] for row in freqtrade_rows(stored)) == pytest.approx(gained)
    assert sum(row["PnL"] for row in vectorbt_rows(stored)) == pytest.approx(gained)


def test_a_portfolio_names_each_asset(tmp_path: Path) -> None:
    whole, own = load_markets("ETH_comprehensive", ("DEMO", "DEMO2"))
    loaded = [(each, demo_bars(3_000, number=k + 1)) for k, each in enumerate(own)]
    outcome = run_portfolio(whole, loaded, None, None)
    run, _ = write_portfolio(outcome, tmp_path, replace=False)
    stored = read_run(run)
    rows, legs = freqtrade_rows(stored), vectorbt_rows(stored)
    assert {row["pair"] for row in rows} == {leg["Column"] for leg in legs} == {"DEMO", "DEMO2"}
    assert [row["open_timestamp"] for row in rows] == sorted(row["open_timestamp"] for row in rows)
    assert len({leg["Position Id"] for leg in legs}) == len(rows) == outcome.result.metrics.trades
    gained = outcome.result.equity[-1] - 100_000.0
    assert sum(row["profit_abs"] for row in rows) == pytest.approx(gained)

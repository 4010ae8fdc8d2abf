"""Logs, Parquet files and the choice between full and focused."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from engine.bars.dates import iso
from engine.bars.demo import demo_bars
from engine.experiment import run_experiment
from engine.inputs import load_settings
from engine.prescreen.settings import BatchMode
from engine.prescreen.windows import Windows
from engine.replay.choice import CANDIDATE_NANOSECONDS, STEP_NANOSECONDS, choose
from engine.replay.codes import CODE_NAMES
from engine.results.logs import decision_log, trade_log
from engine.results.outcome import Outcome
from engine.results.parquet import equity_columns, parquet_bytes, trade_columns

KEYS = [
    "timestamp", "side", "price", "event", "bar", "position", "reason", "raw_price", "quantity",
    "fee", "cash", "config",
]  # fmt: skip


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    settings = load_settings("ETH_comprehensive", "DEMO")
    return run_experiment(settings, demo_bars(4_000), None, None, "focused")


@pytest.fixture(scope="module")
def log(outcome: Outcome) -> list[dict[str, Any]]:
    text = trade_log(outcome.result.events, [("DEMO", outcome.bars)], "abc")
    assert text.endswith("}\n")
    return [json.loads(line) for line in text.splitlines()]


def test_the_trade_log_is_one_event_a_line(outcome: Outcome, log: list[dict[str, Any]]) -> None:
    assert [list(line) for line in log] == [KEYS] * outcome.result.events.size
    assert {line["config"] for line in log} == {"abc"}
    assert {line["event"] for line in log} <= {"order", "drop", "fill"}
    assert {line["side"] for line in log} == {"long", "short"}


def test_fills_carry_the_open_of_their_bar_and_orders_the_close(
    outcome: Outcome, log: list[dict[str, Any]]
) -> None:
    bars = outcome.bars
    for line in log:
        happened = int(bars.open_time[line["bar"]])
        late = 0 if line["event"] == "fill" else bars.timeframe
        assert line["timestamp"] == iso(happened + late)


def test_an_order_is_filled_at_the_next_open(outcome: Outcome, log: list[dict[str, Any]]) -> None:
    entries = [line for line in log if line["reason"] == "entry" and line["event"] == "fill"]
    assert entries
    for fill in entries:
        (order,) = [
            line for line in log
            if line["event"] == "order" and line["position"] == fill["position"]
            and line["reason"] == "entry"
        ]  # fmt: skip
        assert fill["bar"] == order["bar"] + 1
        assert fill["timestamp"] == order["timestamp"]
        assert order["price"] == outcome.bars.close[order["bar"]]
        assert fill["raw_price"] == outcome.bars.open[fill["bar"]]


def test_the_events_rebuild_the_account(outcome: Outcome, log: list[dict[str, Any]]) -> None:
    """The cash after every fill, from nothing but the log."""
    cash = outcome.settings.account.initial_cash
    entry = 0.0
    seen = 0
    for line in log:
        if line["event"] != "fill":
            continue
        opens = line["position"] > seen
        seen = line["position"]
        if opens:
            entry = line["price"]
        else:
            side = 1 if line["side"] == "long" else -1
            cash += side * line["quantity"] * (line["price"] - entry)
        cash -= line["fee"]
        assert line["cash"] == pytest.approx(cash, abs=1e-6)
    assert seen == outcome.result.metrics.trades


def test_the_decision_log_is_one_visited_bar_a_line(outcome: Outcome) -> None:
    lines = decision_log([("DEMO", outcome.bars, outcome.replayed)]).splitlines()
    found = [json.loads(line) for line in lines]
    assert len(found) == outcome.visits()["visited"] < outcome.size
    assert [list(line) for line in found] == [["timestamp", "bar", "code"]] * len(found)
    assert [line["bar"] for line in found] == sorted({line["bar"] for line in found})
    for line in found:
        code = outcome.replayed.codes[line["bar"] - outcome.replayed.first]
        assert line["code"] == CODE_NAMES[code]
        assert line["timestamp"] == iso(int(outcome.bars.open_time[line["bar"]]))


def test_parquet_files_hold_what_the_result_holds(outcome: Outcome, tmp_path: Path) -> None:
    result = outcome.result
    trades = parquet_bytes(trade_columns(result.trades, outcome.bars))
    (tmp_path / "t.parquet").write_bytes(trades)
    equity = parquet_bytes(equity_columns(result.open_time, result.equity))
    (tmp_path / "e.parquet").write_bytes(equity)
    trades, equity = pq.read_table(tmp_path / "t.parquet"), pq.read_table(tmp_path / "e.parquet")
    assert trades.num_rows == result.metrics.trades
    assert equity.num_rows == outcome.size
    assert str(trades.schema.field("entry_time").type) == "timestamp[ns, tz=UTC]"
    assert str(equity.schema.field("timestamp").type) == "timestamp[ns, tz=UTC]"
    assert equity["equity"].to_numpy().tobytes() == result.equity.tobytes()
    for name in ("position", "entry_bar", "net", "r", "fees", "legs"):
        assert trades[name].to_numpy().tolist() == result.trades[name].tolist()
    assert set(trades["side"].to_pylist()) == {"long", "short"}
    assert "none" not in trades["reason"].to_pylist()


def test_visits_add_up_to_the_range(outcome: Outcome) -> None:
    visits = outcome.visits()
    assert visits["visited"] + visits["skipped"] == visits["bars"] == outcome.size
    assert 0 < visits["in_position"] < visits["visited"]
    assert visits["density"] == visits["candidates"] / visits["bars"]
    assert visits["coverage"] == visits["window_bars"] / visits["bars"]


# --- full or focused -----------------------------------------------------------------------------

LIMITS = BatchMode(coverage_threshold=0.5)
BARS = 1_000_000


def windows(bars: int) -> Windows:
    return Windows(np.array([0], dtype=np.int64), np.array([bars], dtype=np.int64))


def test_the_choice_takes_the_cheaper_replay() -> None:
    break_even = (BARS - 1_000) * STEP_NANOSECONDS / CANDIDATE_NANOSECONDS
    below, above = int(break_even) - 1, int(break_even) + 1
    found = choose(below, windows(1_000), BARS, LIMITS)
    assert found.mode == "focused"
    assert "focused replay is cheaper: predicted" in found.reason
    found = choose(above, windows(1_000), BARS, LIMITS)
    assert found.mode == "full"
    assert "replaying in full: focusing cannot pay here; predicted" in found.reason


def test_the_choice_keeps_to_the_coverage_limit() -> None:
    assert choose(1, windows(BARS // 2), BARS, LIMITS).mode == "focused"
    found = choose(1, windows(BARS // 2 + 1), BARS, LIMITS)
    assert found.mode == "full"
    assert "coverage 50% is above 50%" in found.reason


def test_the_reason_holds_both_costs() -> None:
    for candidates in (1, BARS):
        reason = choose(candidates, windows(1_000), BARS, LIMITS).reason
        assert re.search(r"predicted [\d.,]+ m?s focused, [\d.,]+ m?s full$", reason)


def test_the_choice_of_a_run_is_no_part_of_its_result(outcome: Outcome) -> None:
    full = run_experiment(outcome.settings, outcome.bars, None, None, "full")
    assert full.choice.mode != outcome.choice.mode
    assert full.result.digest() == outcome.result.digest()
    assert dict(full.result.metrics) == dict(outcome.result.metrics)

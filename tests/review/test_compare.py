"""Comparing two stored runs: every kind of difference is found, and named where it begins."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.errors import BarsieveError
from engine.inputs import load_bars, load_settings
from engine.results.run_directory import write_run
from engine.review.parity.check import Comparison, Parity, parity_lines
from engine.review.parity.compare import equal_bytes, first_divergence, read_record

Pair = tuple[Path, Path]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A full and a focused run of July 2025 on the demo market."""
    from engine.experiment import run_experiment

    output = tmp_path_factory.mktemp("runs")
    settings = load_settings("ETH_comprehensive", "DEMO")
    bars, _ = load_bars(settings)

    def run(mode: str) -> Path:
        outcome = run_experiment(settings, bars, "2025-07-01", "2025-07-31", mode)
        return write_run(outcome, output, replace=False)[0]

    return run("full"), run("focused")


@pytest.fixture
def pair(stored: Pair, tmp_path: Path) -> Pair:
    """Copies that a test may spoil."""
    for folder in stored:
        shutil.copytree(folder, tmp_path / folder.name)
    return tmp_path / stored[0].name, tmp_path / stored[1].name


def lines_of(folder: Path, name: str) -> list[str]:
    return (folder / name).read_text(encoding="utf-8").splitlines()


def rewrite(folder: Path, name: str, lines: list[str]) -> None:
    (folder / name).write_bytes(("\n".join(lines) + "\n").encode())


def test_a_true_pair_has_no_divergence(pair: Pair) -> None:
    assert equal_bytes(*pair)
    assert first_divergence(*pair) is None
    visits = [read_record(folder)["visits"]["visited"] for folder in pair]
    assert visits[0] > visits[1]


def test_another_event(pair: Pair) -> None:
    lines = lines_of(pair[1], "trade_log.jsonl")
    event = json.loads(lines[3])
    lines[3] = json.dumps(event | {"fee": event["fee"] + 1.0})
    rewrite(pair[1], "trade_log.jsonl", lines)
    assert not equal_bytes(*pair)
    found = first_divergence(*pair)
    assert found is not None
    assert (found.bar, found.timestamp, found.what) == (event["bar"], event["timestamp"], "event")
    assert found.focused["fee"] == found.full["fee"] + 1.0


def test_an_event_that_differs_only_in_the_sign_of_zero(pair: Pair) -> None:
    lines = lines_of(pair[1], "trade_log.jsonl")
    event = json.loads(lines[0])
    assert event["fee"] == 0.0
    lines[0] = lines[0].replace('"fee": 0.0', '"fee": -0.0')
    rewrite(pair[1], "trade_log.jsonl", lines)
    found = first_divergence(*pair)
    assert found is not None
    assert (found.bar, found.what) == (event["bar"], "event")


@pytest.mark.parametrize("side", [0, 1])
def test_a_shorter_trade_log(pair: Pair, side: int) -> None:
    lines = lines_of(pair[side], "trade_log.jsonl")
    rewrite(pair[side], "trade_log.jsonl", lines[:-1])
    found = first_divergence(*pair)
    assert found is not None
    assert found.bar == json.loads(lines[-1])["bar"]
    assert [found.full, found.focused][side] is None
    assert [found.full, found.focused][1 - side] == json.loads(lines[-1])


def test_the_last_bit_of_one_equity(pair: Pair) -> None:
    path = pair[1] / "equity.parquet"
    table = pq.read_table(path)
    equity = table["equity"].to_numpy().copy()
    equity[100] = np.nextafter(equity[100], np.inf)
    pq.write_table(table.set_column(1, "equity", pa.array(equity)), path)
    assert not equal_bytes(*pair)
    found = first_divergence(*pair)
    assert found is not None
    first_bar = read_record(pair[0])["range"]["first_bar"]
    assert (found.bar, found.what) == (first_bar + 100, "equity")
    assert found.timestamp.startswith("2025-07-05T04:00:00")
    assert found.full != found.focused


def test_equity_of_another_range_is_no_comparison(pair: Pair) -> None:
    path = pair[1] / "equity.parquet"
    pq.write_table(pq.read_table(path).slice(0, 100), path)
    with pytest.raises(BarsieveError, match="hold different ranges"):
        first_divergence(*pair)


def test_another_decision_at_a_bar_both_visited(pair: Pair) -> None:
    lines = lines_of(pair[1], "decision_log.jsonl")
    decision = json.loads(lines[5])
    lines[5] = lines[5].replace(decision["code"], "no_equity")
    rewrite(pair[1], "decision_log.jsonl", lines)
    # The result is the same: only the log of decisions tells.
    assert equal_bytes(*pair)
    found = first_divergence(*pair)
    assert found is not None
    assert (found.bar, found.what) == (decision["bar"], "decision")
    assert (found.full["code"], found.focused["code"]) == (decision["code"], "no_equity")


def test_a_decision_at_a_bar_only_the_full_replay_visited_is_no_difference(pair: Pair) -> None:
    lines = lines_of(pair[1], "decision_log.jsonl")
    rewrite(pair[1], "decision_log.jsonl", lines[1:])
    assert first_divergence(*pair) is None


def test_another_digest_alone_is_a_difference(pair: Pair) -> None:
    record = read_record(pair[1]) | {"result": "0"}
    (pair[1] / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert not equal_bytes(*pair)


def test_the_earliest_difference_is_named(pair: Pair) -> None:
    events = lines_of(pair[1], "trade_log.jsonl")
    rewrite(pair[1], "trade_log.jsonl", events[:-1])
    codes = lines_of(pair[1], "decision_log.jsonl")
    early = json.loads(codes[0])
    codes[0] = codes[0].replace(early["code"], "no_equity")
    rewrite(pair[1], "decision_log.jsonl", codes)
    found = first_divergence(*pair)
    assert found is not None
    assert (found.bar, found.what) == (early["bar"], "decision")
    comparison = Comparison("0", 10, 20, False, found)
    lines = parity_lines(Parity("different", "why", 30, 2, 1, {"stop": 1}, (comparison,)))
    assert lines[2].endswith("DIFFERENT")
    assert lines[3].startswith(f"first divergence: decision at bar {early['bar']} (2025-07-")
    assert [line.split(":")[0].strip() for line in lines[4:6]] == ["full", "focused"]
    assert lines[-1] == "Verdict: different (why)"

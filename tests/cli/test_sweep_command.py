"""`barsieve sweep` and the tuning script, as they are typed."""

import csv
import json
import os
import re
import shlex
from datetime import datetime
from pathlib import Path

import pytest
from cli_runner import refused, run, succeed

from engine.commands.sweep_options import default_workers

MARKET = ("--asset", "DEMO", "--config", "ETH_comprehensive", "--limit_bars", "4000")
SWEEP = ("sweep", *MARKET, "--min-trades", "0")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rows(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_stage() -> None:
    said = succeed(*SWEEP, "--vary", "exits.max_bars_in_trade=12,24,48")
    assert "3 points (3)" in said
    assert "Limited to the last 4,000 bars" in said
    assert "Verified: 3 points equal their own full replay, byte by byte" in said
    found = rows("runs/results.csv")
    assert sorted(row["combo_id"] for row in found) == ["0", "1", "2"]
    scores = [float(row["score"]) for row in found]
    assert scores == sorted(scores, reverse=True)
    assert {row["exits.max_bars_in_trade"] for row in found} == {"12", "24", "48"}
    stored = json.loads(Path("runs/results.json").read_text(encoding="utf-8"))
    assert [row["net_return"] for row in stored] == [float(row["net_return"]) for row in found]


def test_a_row_is_a_replay_of_its_own() -> None:
    succeed(*SWEEP[:5], "--vary", "risk.stop_buffer_multiplier=1.5,2.5")
    for row in rows("runs/results.csv"):
        changed = f"risk.stop_buffer_multiplier={row['risk.stop_buffer_multiplier']}"
        answer = json.loads(succeed("replay", *MARKET[:4], "--set", changed, "--json"))
        assert answer["metrics"]["trades"] == float(row["trades"])
        assert answer["metrics"]["net_return"] == float(row["net_return"])
        assert answer["metrics"]["max_drawdown"] == float(row["max_drawdown"])


def test_two_stages_and_their_files() -> None:
    said = succeed(*SWEEP, "--two_stage", "--top_k", "2", "--set", "costs.pip=0.01").splitlines()
    for line in (
        "Stage 1 (B-only fast search):",
        "Stage 1 complete. Top 2 combos identified.",
        "Stage 2 (A/B/C refinement):",
        "Stage 2 complete. Final results saved.",
    ):
        assert line in said
    saved = r"Backtests avoided: 6 of 18 \(33 %\), about \d+s at \d+\.\d ms each"
    assert any(re.fullmatch(saved, line) for line in said)
    stage, top, tuned = (
        rows(f"runs/{name}.csv") for name in ("stage1_results", "top_k", "tuning_results")
    )
    assert len(stage) == 6
    assert top == stage[:2]
    key = [(-float(row["score_b"]), int(row["combo_id"])) for row in stage]
    assert key == sorted(key)
    assert {row["combo_id"] for row in tuned} == {row["combo_id"] for row in top}
    for row in tuned:
        worst = min(float(row[f"score_{name}"]) for name in "abc")
        assert float(row["final_score"]) == worst
    assert float(tuned[0]["final_score"]) >= float(tuned[1]["final_score"])
    meta = json.loads(Path("runs/tuning_metadata.json").read_text(encoding="utf-8"))
    assert list(meta) == [
        "stage1_time_sec", "stage2_time_sec", "total_combos", "top_k", "grid_size", "timestamp",
    ]  # fmt: skip
    assert (meta["total_combos"], meta["top_k"], meta["grid_size"]) == (6, 2, "small")
    assert meta["stage1_time_sec"] > 0
    assert meta["stage2_time_sec"] > 0
    assert datetime.fromisoformat(meta["timestamp"]).tzinfo is not None


def test_two_stages_that_run_more_than_every_point_would() -> None:
    said = succeed(*SWEEP, "--two_stage", "--scenarios", "B,C")
    assert "Stage 2 (B/C refinement):" in said.splitlines()
    assert "Two stages ran 18 backtests instead of 12" in said.splitlines()


def test_the_pip_of_scenario_b_is_found_and_said() -> None:
    said = succeed(*SWEEP, "--two_stage", "--top_k", "1").splitlines()
    assert any(
        line.startswith("Note: costs.pip 0.01: from the price step of the ") for line in said
    )


def test_the_next_command_replays_the_winner() -> None:
    said = succeed(*SWEEP, "--two_stage", "--top_k", "1", "--min-trades", "0").splitlines()
    (line,) = [each for each in said if each.startswith("Next: ")]
    words = shlex.split(line.removeprefix("Next: barsieve "))
    run = json.loads(succeed(*words, "--json"))
    (row,) = [
        each
        for each in rows("runs/results.csv")
        if each["combo_id"] == rows("runs/tuning_results.csv")[0]["combo_id"]
    ]
    assert run["metrics"]["trades"] == float(row["trades"])
    assert run["metrics"]["net_return"] == float(row["net_return"])


COLUMNS = [
    "combo_id", "fusion.entry_threshold_confidence", "risk.stop_buffer_multiplier",
]  # fmt: skip
TWO_STAGES = (*SWEEP, "--two_stage", "--set", "costs.pip=0.01")


def header(name: str) -> list[str]:
    return Path("runs", name).read_text(encoding="utf-8").splitlines()[0].split(",")


def test_headers_and_which_scenarios_are_reported() -> None:
    succeed(*TWO_STAGES, "--scenarios", "B", "--top_k", "50")
    assert header("stage1_results.csv") == header("top_k.csv") == [*COLUMNS, "score_b"]
    assert header("tuning_results.csv") == [*COLUMNS, "score_b", "final_score"]
    # More than there are: all of them.
    assert len(rows("runs/top_k.csv")) == len(rows("runs/tuning_results.csv")) == 6
    stage = {row["combo_id"]: row["score_b"] for row in rows("runs/stage1_results.csv")}
    for row in rows("runs/tuning_results.csv"):
        assert row["score_b"] == row["final_score"] == stage[row["combo_id"]]
    assert all(float(row["trades"]) > 0 for row in rows("runs/results.csv"))


def test_all_scenarios_unless_some_are_asked_for() -> None:
    succeed(*TWO_STAGES, "--top_k", "2", "--out", "runs/all")
    assert header("all/tuning_results.csv")[3:] == ["score_a", "score_b", "score_c", "final_score"]
    succeed(*TWO_STAGES, "--top_k", "2", "--scenarios", "C,A", "--out", "runs/some")
    assert header("some/tuning_results.csv")[3:] == ["score_c", "score_a", "final_score"]


def test_one_stage_of_all_points_under_all_scenarios() -> None:
    """The tuning script without its two stages: each row is that of the second stage."""
    succeed(*TWO_STAGES, "--top_k", "6", "--out", "runs/two")
    succeed(*SWEEP, "--no-two_stage", "--scenarios", "A,B,C", "--space", "small",
            "--set", "costs.pip=0.01", "--out", "runs/one")  # fmt: skip
    one = rows("runs/one/results.csv")
    assert len(one) == 18
    keys = COLUMNS[1:]
    found = {(*(row[key] for key in keys), row["costs.scenario"]): row["score"] for row in one}
    for row in rows("runs/two/tuning_results.csv"):
        for name in "ABC":
            assert found[(*(row[key] for key in keys), name)] == row[f"score_{name.lower()}"]


def test_backtests_avoided_are_counted() -> None:
    said = succeed(*TWO_STAGES, "--space", "medium", "--workers", "2")
    saved = "Backtests avoided: 2,274 of 3,456 (66 %), about "
    assert any(line.startswith(saved) for line in said.splitlines())
    assert len(rows("runs/stage1_results.csv")) == 1_152
    assert len(rows("runs/tuning_results.csv")) == 10


@pytest.mark.parametrize("option", ["--limit_bars", "--workers", "--top_k", "--progress_every"])
def test_counts_begin_at_one(option: str) -> None:
    result = run(*SWEEP, option, "0")
    assert result.exit_code == 2
    assert "0 is not in the range x>=1" in result.stderr
    assert option in result.stderr
    assert not Path("runs").exists()


def test_the_remaining_time_can_be_left_out() -> None:
    said = succeed(*SWEEP, "--no-show_eta").splitlines()
    (line,) = [each for each in said if each.startswith("Progress")]
    assert re.fullmatch(r"Progress: 6/6 \| best: \d\.\d{6}", line)
    assert "remaining" in succeed(*SWEEP, "--show_eta", "--out", "runs/again")


FILES = (
    "results.csv", "results.json", "results.parquet",
    "stage1_results.csv", "top_k.csv", "tuning_results.csv",
)  # fmt: skip


NUMBER = r"-?[\d,]+(\.\d+)?"
GRAMMAR = [
    r"Read .*", r"     .*", r"Configuration: ETH_comprehensive",
    r"Limited to the last 4,000 bars, .*",
    r"6 points \(3 x 2\)", r"  [a-z_.]+: \[.*\]", r"1 screen for 6 points",
    r"Using 2 workers",
    r"Stage 1 \(B-only fast search\):", r"Stage 1 complete\. Top 2 combos identified\.",
    r"Stage 2 \(A/B/C refinement\):", r"Stage 2 complete\. Final results saved\.",
    rf"Progress: {NUMBER}/{NUMBER}( \| \w+( \w+)? remaining)? \| best: -?\d+\.\d{{6}}",
    r"Verified: \d+ points equal their own full replay, byte by byte",
    r"Verified: the winner, \d, under A, B, C", r"Backtests avoided: 6 of 18 \(33 %\), about .*",
    r"  combo .*final", r"Score: net profit factor, times 0\.25 below \d+ trades: .*",
    rf"  ( *{NUMBER})+", r"Wrote \S+", r"Next: barsieve replay .*",
]  # fmt: skip


def test_nothing_else_is_on_the_screen() -> None:
    """Workers say nothing of their own, on either stream."""
    result = run(*TWO_STAGES, "--top_k", "2", "--workers", "2")
    assert result.exit_code == 0
    for line in result.stdout.splitlines():
        assert any(re.fullmatch(each, line) for each in GRAMMAR), line
    assert [line for line in result.stderr.splitlines() if not line.endswith("...")] == []
    shown = [line.split()[1] for line in result.stdout.splitlines() if line.startswith("Progress")]
    assert shown == ["6/6", "1/2", "2/2"]
    winner = rows("runs/tuning_results.csv")[0]["combo_id"]
    assert f"Verified: the winner, {winner}, under A, B, C" in result.stdout.splitlines()


def test_json_alone() -> None:
    result = run(*SWEEP, "--json")
    assert json.loads(result.stdout) == {"out": "runs", "points": 6, "failed": 0}


def test_the_same_files_for_any_number_of_workers() -> None:
    for workers in ("1", "4"):
        succeed(*TWO_STAGES, "--space", "medium", "--workers", workers, "--out", f"runs/{workers}")
    for name in FILES:
        assert Path("runs/1", name).read_bytes() == Path("runs/4", name).read_bytes(), name


@pytest.mark.parametrize(("cores", "workers"), [(None, 1), (1, 1), (2, 1), (4, 3), (64, 7)])
def test_how_many_workers(cores: int | None, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert default_workers() == workers
    assert f"Using {workers} workers" in succeed(*SWEEP, "--verify", "0").splitlines()


def test_resume_and_other_sweeps() -> None:
    first = succeed(*SWEEP, "--space", "small", "--out", "here")
    before = Path("here/results.csv").read_bytes()
    assert "Wrote" in first
    refused(*SWEEP, "--space", "small", "--out", "here", says=["here", "--resume"])
    refused(*SWEEP, "--vary", "exits.max_bars_in_trade=1", "--out", "here", "--resume",
            says=["here", "another sweep"])  # fmt: skip
    succeed(*SWEEP, "--space", "small", "--out", "here", "--resume")
    assert Path("here/results.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--space", "medum"), ["did you mean medium"]),
        (("--vary", "exits.max_bars=1"), ["did you mean exits.max_bars_in_trade"]),
        (("--two_stage", "--set", "costs.scenario=C"), ["costs.scenario C: is set by --two-stage"]),
        (("--grid_size", "huge"), ["--grid_size) huge: expected small, medium, large, or a file"]),
        (("--two_stage", "--set", "costs.pip=0.01", "--scenarios", "D"), ["expected some of A"]),
        (("--candidates", "nowhere.jsonl"), ["nowhere.jsonl", "no such file"]),
        (("--scenarios", "A,A"), ["A stands there twice"]),
        (("--scenarios", "A", "--vary", "costs.scenario=A,C"), ["costs.scenario", "--scenarios"]),
        (("--grid_size", "larg"), ["did you mean large"]),
        (("--config", "no/such.json"), ["no/such.json"]),
    ],
)
def test_what_is_refused(options: tuple[str, ...], says: list[str]) -> None:
    refused(*SWEEP, *options, says=says)


def test_a_screen_for_a_space_serves_its_sweep() -> None:
    market = SWEEP[1:5]
    succeed("screen", *market, "--box", "medium", "--output", "c.jsonl")
    said = succeed("sweep", *market, "--space", "medium", "--candidates", "c.jsonl")
    assert "Verified" in said
    space = {"domains": {"momentum": {"gain": {"grid": [8.0, 12.0]}}}}
    Path("space.json").write_text(json.dumps(space), encoding="utf-8")
    refused("screen", *market, "--box", "space.json", "--output", "d.jsonl",
            says=["domains.momentum.gain", "a screen of its own"])  # fmt: skip
    refused(
        "screen", *market, "--box", "medum", "--output", "d.jsonl", says=["did you mean medium"]
    )


PEEKS = """
from barsieve.strategy import Signals
def signals(bars, columns, settings):
    later = list(bars.close[1:]) + [bars.close[-1]]
    return {"signal": [float(a > b) for a, b in zip(later, bars.close)]}
OWN = Signals("peeks", signals)
"""


def test_a_strategy_that_looks_ahead_is_not_swept() -> None:
    Path("peeks.py").write_text(PEEKS, encoding="utf-8")
    plugin = ("--set", 'plugins=["peeks.py"]')
    refused("sweep", "--asset", "DEMO", *plugin, "--vary", "risk.stop_buffer_multiplier=1.5,2",
            says=["peeks", "look"])  # fmt: skip
    assert not Path("runs").exists()


def test_help() -> None:
    assert "run_tuning_mp" not in run("sweep", "--help").stdout
    assert "--two-stage" in run("sweep", "--help").stdout

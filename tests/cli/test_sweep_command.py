"""`barsieve sweep` and the tuning script, as they are typed."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_runner import refused, run, succeed

ROOT = Path(__file__).resolve().parents[2]
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
        "Backtests avoided: 6 of 18 (33%)",
    ):
        assert line in said
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
        (("--two_stage",), ["costs.pip", "--set costs.pip=0.01"]),
        (("--two_stage", "--set", "costs.pip=0.01", "--scenarios", "D"), ["expected some of A"]),
        (("--candidates", "nowhere.jsonl"), ["nowhere.jsonl", "no such file"]),
    ],
)
def test_what_is_refused(options: tuple[str, ...], says: list[str]) -> None:
    refused(*SWEEP, *options, says=says)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_killed_at_any_moment_and_gone_on_with(tmp_path: Path) -> None:
    """The final files are the same bytes as those of a sweep that nobody disturbed."""
    command = [
        sys.executable, "-P", str(ROOT / "bin" / "research" / "run_tuning_mp.py"),
        "--asset", "DEMO", "--config", "ETH_comprehensive", "--set", "costs.pip=0.01",
        "--workers", "2",
    ]  # fmt: skip

    def started(out: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [*command, "--out", str(tmp_path / out), "--resume"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path,
        )  # fmt: skip

    assert started("calm").wait() == 0
    for wait in (1.2, 1.5, 1.8, 2.1):
        process = started("killed")
        time.sleep(wait)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert started("killed").wait() == 0
    for name in ("results.csv", "stage1_results.csv", "top_k.csv", "tuning_results.csv"):
        calm, killed = ((tmp_path / each / name).read_bytes() for each in ("calm", "killed"))
        same = calm == killed
        assert same, name


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

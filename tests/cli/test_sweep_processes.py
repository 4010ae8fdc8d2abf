"""`barsieve sweep` in processes of its own: killed, stopped, read through a pipe, on a terminal."""

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from test_sweep_command import FILES, SWEEP, rows

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_the_tuning_script() -> None:
    """As docs/sweeps.md has it, with the demo market in place of `...`."""
    text = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")
    (script,) = re.findall(
        r"^    python (bin/research/run_tuning_mp\.py) \.\.\.", text, re.MULTILINE
    )
    done = subprocess.run(
        [sys.executable, "-P", str(ROOT / script), *SWEEP[1:], "--set", "costs.pip=0.01"],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "1,152 points (3 x 2 x 4 x 4 x 3 x 2 x 2)" in done.stdout
    assert "Stage 2 complete. Final results saved." in done.stdout
    assert len(rows("runs/tuning_results.csv")) == 10


SLOW = """
import sys, time
from engine.cli import run_script
from engine.search import sweep
stored = sweep.append_rows
def slowly(*given):
    time.sleep(float(sys.argv[1]))
    stored(*given)
sweep.append_rows = slowly
run_script("sweep", sys.argv[2:])
"""
PRICED = ("--set", "costs.pip=0.01", "--verify", "0", "--two-stage", "--space", "medium")


def started(seconds: float, *arguments: str) -> "subprocess.Popen[str]":
    """A sweep that takes so many seconds more to store a block of points; 18 blocks in all."""
    Path("slow.py").write_text(SLOW, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-P", "slow.py", str(seconds), *SWEEP[1:], *PRICED, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_killed_at_ten_random_moments_and_gone_on_with() -> None:
    """The final files are the same bytes as those of a sweep that nobody disturbed."""
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}")
    calm = started(0.0, "--out", "calm")
    calm.communicate()
    assert calm.returncode == 0
    assert len(rows("calm/stage1_results.csv")) == 1_152
    struck, stored = 0, []
    for moment in np.random.default_rng(seed).uniform(0.0, 0.7, size=10):
        process = started(0.25, "--out", "killed", "--resume")
        first_line(process, "Stage 1")  # from here on: screening, the store, its blocks
        time.sleep(moment)
        struck += process.poll() is None
        process.kill()
        process.communicate()
        points = Path("killed/points.bin")
        stored.append(points.stat().st_size if points.is_file() else 0)
    assert stored == sorted(stored)  # nothing that was stored is lost
    # 10 of the 18 blocks are stored in that time as a rule: hardly a start finds none left.
    assert struck >= 8, stored
    last = started(0.0, "--out", "killed", "--resume")
    last.communicate()
    assert last.returncode == 0
    for name in FILES:
        assert Path("calm", name).read_bytes() == Path("killed", name).read_bytes(), name


def first_line(process: "subprocess.Popen[str]", begins: str) -> str:
    """The first such line that a pipe shows."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(begins):
            return line
    raise AssertionError(f"no line begins with {begins}")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to one process there")
def test_ctrl_c_after_the_first_line_that_a_pipe_shows() -> None:
    process = started(0.2, "--progress_every", "64", "--out", "stopped")
    line = first_line(process, "Progress")
    assert process.poll() is None  # seen before the end, by a reader of a pipe
    assert re.fullmatch(r"Progress: 64/1,152 \| \S+( \S+)? remaining \| best: \d\.\d{6}\n", line)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    said = [each for each in errors.splitlines() if not each.endswith("...")]
    assert said == ["Stopped, and kept what is done; --resume goes on with it"]
    part = rows("stopped/stage1_results.csv")
    assert len(part) >= 64
    assert len(part) % 64 == 0
    last = started(0.0, "--out", "stopped", "--resume", "--progress_every", "1")
    first = first_line(last, "Progress")
    last.communicate()
    assert last.returncode == 0
    assert int(first.split()[1].split("/")[0].replace(",", "")) > len(part) >= 64
    finished = {row["combo_id"]: row["score_b"] for row in rows("stopped/stage1_results.csv")}
    assert len(finished) == 1_152
    assert all(finished[row["combo_id"]] == row["score_b"] for row in part)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
@pytest.mark.parametrize("stop", [False, True])
def test_on_a_terminal(stop: bool) -> None:
    """A bar and tables with lines; Ctrl-C gives the terminal back and exits with 130."""
    import pty

    Path("slow.py").write_text(SLOW, encoding="utf-8")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-P", "slow.py", "0.05", *SWEEP[1:], *PRICED, "--out", "here"],
        stdout=theirs, stderr=theirs, stdin=theirs, env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    shown, told = b"", False
    while True:
        try:
            shown += (part := os.read(ours, 4096))
        except OSError:  # what Linux says at the end of a terminal
            break
        if not part:
            break
        if stop and not told and b"Progress: " in shown:
            process.send_signal(signal.SIGINT)
            told = True
    code = process.wait()
    os.close(ours)
    text = shown.decode()
    assert "\x1b[?25l" in text  # the cursor is hidden while the bar is drawn
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert "━" in text
    if stop:
        assert code == 130
        assert "Stopped, and kept what is done" in text
        assert Path("here/stage1_results.csv").is_file()
        assert not Path("here/tuning_results.csv").exists()
        return
    assert code == 0
    assert re.search(r"Progress: 1,152/1,152 \| 0s remaining \| best: \d\.\d{6}", text)
    assert re.search(r"Progress: 10/10 \| 0s remaining \| best: \d\.\d{6}", text)
    assert "The best points, by their worst score" in text
    assert "─" * 20 in text

"""Two sweeps on one folder, and damaged folders: one line, or healed; never bricked."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from python_sweeps import DEAR, plan, silent, sweep, written

from engine.bars.demo import demo_bars
from engine.errors import OutputError
from engine.inputs import load_settings
from engine.locks import LOCK, in_use
from engine.plugins.precompute import Workers
from engine.plugins.score_file import ScoreFile
from engine.results.sums import SUMS
from engine.search.bank import Bank
from engine.search.plan import plan_sweep
from engine.search.store import FAILED, ROWS, append_rows, open_store, read_failed, read_rows
from engine.search.sweep import run_sweep

HELD = {"exits.max_bars_in_trade": (4, 8, 12, 24)}
HOLDS = """
import sys, time
from pathlib import Path
from engine.locks import in_use
with in_use(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def asked():
    return plan_sweep(load_settings(None, "DEMO"), demo_bars(3_000), (None, None), HELD)


# --- the lock -------------------------------------------------------------------------------------


@pytest.fixture
def holder(tmp_path):
    """Another process that is at work in a folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path / "out")],
        stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with process:
        yield process
        process.kill()


@pytest.mark.slow
def test_a_second_sweep_is_told_who_has_the_folder(asked, holder, tmp_path):
    with pytest.raises(OutputError, match=rf"process {holder.pid} on .+ is at work in it; wait"):
        run_sweep(asked, tmp_path / "out", False, 1, silent)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [LOCK]
    holder.kill()
    holder.wait()
    assert run_sweep(asked, tmp_path / "out", False, 1, silent).numbers.size == 4


def test_one_process_has_a_folder_once(tmp_path):
    with in_use(tmp_path / "out"):
        with pytest.raises(OutputError, match="is at work in it"), in_use(tmp_path / "out"):
            pass
        with in_use(tmp_path / "other"):
            pass
    with in_use(tmp_path / "out"):
        pass


def test_what_an_older_holder_left_is_no_lock(asked, tmp_path):
    (tmp_path / LOCK).write_text("process 1 on elsewhere, killed", encoding="utf-8")
    assert run_sweep(asked, tmp_path, False, 1, silent).numbers.size == 4
    assert (tmp_path / LOCK).read_text(encoding="utf-8") == ""


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"), in_use(tmp_path / "file" / "out"):
        pass


# --- the store ------------------------------------------------------------------------------------


def test_points_that_were_stored_twice_are_harmless(asked, tmp_path):
    """What two sweeps on one folder left before there was a lock."""
    first = run_sweep(asked, tmp_path, False, 1, silent)
    append_rows(tmp_path, first.numbers[1:3], first.sums[1:3])
    append_rows(tmp_path, first.numbers[::-1], first.sums[::-1])
    numbers, sums = read_rows(tmp_path)
    assert numbers.tolist() == first.numbers.tolist()
    assert sums.tobytes() == first.sums.tobytes()
    again = run_sweep(asked, tmp_path, True, 1, silent)
    assert again.sums.tobytes() == first.sums.tobytes()


GARBAGE = (
    b"no json\n", b"{}\n", b"[1, 2]\n", b'{"combo_id": "1", "reason": "x"}\n', b"\xff\xfe\n", b"\n",
    b'{"combo_id": 1.5, "reason": "x"}\n', b'{"combo_id": 1, "reason": null}\n', b"null\n",
    b'{"combo_id": -1, "reason": "x"}\n', b'{"combo_id": 1' + b"0" * 400 + b', "reason": "x"}\n',
    b'{"combo_id": true, "reason": "x"}\n', b"[" * 100_000 + b"\n", b'{"combo_id": 2, "rea',
)  # fmt: skip


@pytest.mark.parametrize("line", GARBAGE, ids=lambda line: repr(line[:20]))
def test_a_line_that_says_nothing_is_removed(line, tmp_path):
    good = b'{"combo_id": 3, "reason": "it failed"}\n'
    (tmp_path / FAILED).write_bytes(good + line)
    assert read_failed(tmp_path) == {3: "it failed"}
    assert (tmp_path / FAILED).read_bytes() == good
    (tmp_path / FAILED).write_bytes(line.rstrip(b"\n") + b"\n" + good)
    assert read_failed(tmp_path) == {3: "it failed"}


def test_failures_of_points_that_do_not_exist_count_for_nothing(asked, tmp_path):
    first = run_sweep(asked, tmp_path, False, 1, silent)
    lines = [json.dumps({"combo_id": number, "reason": "x"}) for number in (2, 4, 999)]
    (tmp_path / FAILED).write_text("\n".join([*lines, "garbage"]) + "\n", encoding="utf-8")
    again = run_sweep(asked, tmp_path, True, 1, silent)
    assert again.sums.tobytes() == first.sums.tobytes()
    assert 2 not in dict(again.failed)


def test_a_store_without_its_points_is_refused_in_one_line(asked, tmp_path):
    run_sweep(asked, tmp_path, False, 1, silent)
    (tmp_path / ROWS).unlink()
    with pytest.raises(OutputError, match=r"points.bin: missing; sweep anew") as error:
        run_sweep(asked, tmp_path, True, 1, silent)
    assert len(str(error.value).splitlines()) == 1


def test_no_damage_of_the_points_is_a_traceback_or_a_wrong_sum(tmp_path):
    """Every cut, and every byte that is another one: healed to what is whole, or one line."""
    sums = np.zeros(4, dtype=SUMS)
    sums["trades"] = [1, 2, 3, 4]
    open_store(tmp_path, {"sweep": "own"}, False)
    for start in (0, 2):
        append_rows(tmp_path, np.arange(start, start + 2), sums[start : start + 2])
    whole = (tmp_path / ROWS).read_bytes()
    damaged = [whole[:end] for end in range(0, len(whole), 7)]
    damaged += [whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :] for at in range(len(whole))]
    refused = 0
    for content in [*damaged, whole + b"more", b"\0" * len(whole), whole[:16] + b"\xff" * 16]:
        (tmp_path / ROWS).write_bytes(content)
        try:
            numbers, found = open_store(tmp_path, {"sweep": "own"}, True)
        except OutputError as error:
            refused += 1
            assert len(str(error).splitlines()) == 1
            continue
        assert found.tobytes() == sums[numbers].tobytes()
    assert 0 < refused < len(damaged)


# --- scores ---------------------------------------------------------------------------------------


def test_no_damage_of_a_score_file_is_a_traceback_or_a_wrong_score(tmp_path):
    kept = ScoreFile(tmp_path / "scores.npz", (0, 2))
    scores = {row: {0: row / 100.0, 2: -0.5} for row in range(40)}
    kept.write(scores)
    whole = kept.path.read_bytes()
    rng = np.random.default_rng(1)
    for at in [
        *range(0, 200),
        *range(len(whole) - 200, len(whole)),
        *rng.integers(len(whole), size=200),
    ]:
        for content in (whole[:at], whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :]):
            kept.path.write_bytes(content)
            found: dict = {}
            if kept.read(found):
                assert found == scores
            else:
                assert found == {}


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        ([3, 3], [[0.1, 0.1], [0.2, 0.2]]), ([4, 3], [[0.1, 0.1], [0.2, 0.2]]),
        ([-1], [[0.1, 0.1]]), ([1, 2], [[0.1, 0.1]]), ([1], [[np.nan, 0.1]]), ([1], [[0.1]]),
        ([1], [0.1, 0.1]), ([1.0], [[0.1, 0.1]]), ([[1]], [[0.1, 0.1]]), (["a"], [[0.1, 0.1]]),
    ],
)  # fmt: skip
def test_a_score_file_that_holds_no_scores_keeps_nothing(rows, values, tmp_path):
    kept = ScoreFile(tmp_path / "scores.npz", (0, 2))
    np.savez(kept.path, rows=np.array(rows), scores=np.array(values))
    found: dict = {}
    assert (kept.read(found), found) == (0, {})


def test_a_sweep_over_a_torn_score_file_judges_anew(tmp_path):
    asked = plan(written(tmp_path, DEAR), HELD)
    first = sweep(asked, tmp_path / "sweep")
    (kept,) = (tmp_path / "sweep" / "scores").glob("*.npz")
    kept.write_bytes(b"PK\x03\x04" + b"\0" * 50)
    (tmp_path / "sweep" / ROWS).write_bytes(b"")
    bank = Bank(Workers())
    again = sweep(asked, tmp_path / "sweep", bank, resume=True)
    assert bank.asked.total() > 0
    assert again.sums.tobytes() == first.sums.tobytes()


# --- two commands at once -------------------------------------------------------------------------

SLOW = """
import sys, time
from engine.cli import run_script
from engine.search import sweep
stored = sweep.append_rows
def slowly(*given):
    print("storing", flush=True)
    time.sleep(30)
    stored(*given)
sweep.append_rows = slowly
run_script("sweep", sys.argv[1:])
"""
COMMAND = (
    "--asset", "DEMO", "--bars", "2500", "--vary", "exits.max_bars_in_trade=4,8", "--out", "out",
)  # fmt: skip


@pytest.mark.slow
def test_two_commands_on_one_folder(tmp_path: Path) -> None:
    """The second says who is at work, exit code 2; when the first is gone the folder is as good as
    new.
    """
    (tmp_path / "slow.py").write_text(SLOW, encoding="utf-8")
    first = subprocess.Popen(
        [sys.executable, "-P", "slow.py", *COMMAND], cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, encoding="utf-8",
    )  # fmt: skip
    with first:
        assert first.stdout is not None
        while "storing" not in first.stdout.readline():
            time.sleep(0.01)
        for more in ((), ("--resume",)):
            second = barsieve("sweep", *COMMAND, *more, cwd=tmp_path)
            assert second.returncode == 2
            assert f"out: process {first.pid} on " in second.stderr.splitlines()[-1]
        first.kill()
    done = barsieve("sweep", *COMMAND, "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def barsieve(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "barsieve", *arguments], capture_output=True, encoding="utf-8",
        check=False, cwd=cwd,
    )  # fmt: skip

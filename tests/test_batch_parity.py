"""Parity of two weeks, from files that separate processes wrote; and that it can fail.

By pytest, or `python tests/test_batch_parity.py`: verdict and counts, exit code 0 identical,
1 different, 3 inconclusive.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from engine.prescreen.manifest import Manifest, seal_of
from engine.review.parity.check import EXIT_CODES, Parity, check_parity, parity_lines

TWO_WEEKS = ("--start", "2025-07-01", "--end", "2025-07-15")
DEMO = ("--asset", "DEMO", "--config", "ETH_comprehensive", *TWO_WEEKS)
REAL = "bars/ETHUSDT_binance_perp_1h.parquet"
WINDOWS = ("0", "6", "48", "all")


def check_identical(found: Parity) -> None:
    """Identical, and not for want of anything to compare."""
    assert found.verdict == "identical", parity_lines(found)
    assert found.entries > 0
    assert found.candidates > 0
    assert found.bars == 15 * 24
    assert [each.window for each in found.comparisons] == list(WINDOWS)
    for each in found.comparisons:
        assert each.identical
        assert each.visited + each.skipped == found.bars
    assert found.comparisons[0].skipped > 0
    assert found.comparisons[-1].skipped == 0


@pytest.mark.slow
def test_the_demo_market(tmp_path: Path) -> None:
    check_identical(check_parity(DEMO, WINDOWS, tmp_path))


@pytest.mark.slow
def test_real_hours(tmp_path: Path, shared_data: Path) -> None:
    market = ("--asset", "ETH", "--data", str(shared_data / REAL), *DEMO[2:])
    check_identical(check_parity(market, WINDOWS, tmp_path))


def barsieve(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "barsieve", *arguments],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def first_entry(output: Path) -> int:
    """The bar that decided the first entry of the full replay."""
    assert barsieve("replay", *DEMO, "--output-dir", str(output)).returncode == 0
    lines = (output / "trade_log.jsonl").read_text(encoding="utf-8").splitlines()
    first = json.loads(lines[0])
    assert first["event"] == "order"
    return int(first["bar"])


def forget(candidates: Path, bar: int) -> None:
    """Take a candidate out of a file, and let the manifest vouch for the rest."""
    lines = candidates.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if json.loads(line)["bar"] != bar)
    assert kept.count("\n") == len(lines) - 1
    candidates.write_bytes(kept.encode())
    path = candidates.with_name("candidates.manifest.json")
    manifest = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    changes = {
        "candidates": manifest.candidates - 1,
        "sha256": hashlib.sha256(kept.encode()).hexdigest(),
    }
    changed = manifest.model_copy(update=changes)
    sealed = changed.model_copy(update={"seal": seal_of(changed)})
    path.write_text(sealed.model_dump_json(), encoding="utf-8")


@pytest.mark.slow
def test_a_lost_candidate_is_found_out(tmp_path: Path) -> None:
    bar = first_entry(tmp_path / "full")
    candidates = tmp_path / "candidates.jsonl"
    assert barsieve("screen", *DEMO, "--output", str(candidates)).returncode == 0
    forget(candidates, bar)
    options = ("--candidates", str(candidates), "--windows", "0")
    done = barsieve("parity", *DEMO, *options)
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "Verdict: different (window 0 differs from the full replay)" in done.stdout
    assert f"first divergence: event at bar {bar} (2025-07-" in done.stdout
    full, focused = (
        next(line for line in done.stdout.splitlines() if line.startswith(f"  {side}:"))
        for side in ("full", "focused")
    )
    missed = json.loads(full.split(":", 1)[1])
    assert (missed["bar"], missed["event"]) == (bar, "order")
    assert json.loads(focused.split(":", 1)[1])["bar"] > bar


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--set", "fusion.entry_threshold_confidence=1"), "the full replay has no entry"),
        (("--windows", "all", "--variants", "0"), "no focused replay skipped a bar"),
    ],
)
def test_what_proves_nothing_is_inconclusive(options: tuple[str, ...], reason: str) -> None:
    windows = () if "--windows" in options else ("--windows", "0")
    done = barsieve("parity", *DEMO, *windows, *options)
    assert done.returncode == 3, (done.stdout, done.stderr)
    assert done.stdout.splitlines()[-1] == f"Verdict: inconclusive ({reason})"


@pytest.mark.slow
def test_the_answer_as_json() -> None:
    done = barsieve("parity", *DEMO, "--windows", "0", "--json")
    answer = json.loads(done.stdout)
    assert answer["verdict"] == "identical"
    assert answer["comparisons"][0]["visited"] + answer["comparisons"][0]["skipped"] == 360


def test_the_checker_refuses_what_is_not_identical() -> None:
    empty = Parity("inconclusive", "", 360, 0, 0, {}, ())
    with pytest.raises(AssertionError):
        check_identical(empty)


@pytest.mark.slow
def test_this_file_as_a_script() -> None:
    done = subprocess.run(
        [sys.executable, __file__], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("Verdict: identical")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="barsieve-") as folder:
        found = check_parity(DEMO, WINDOWS, Path(folder))
    print("\n".join(parity_lines(found)))
    return EXIT_CODES[found.verdict]


if __name__ == "__main__":
    sys.exit(main())

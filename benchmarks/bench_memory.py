"""The peak memory of whole `barsieve sweep` commands, each in a process of its own.

    200,000 bars x 1,152 points, and 20,000 bars x 100,000 points: at most 1 GB each

Beside them, 20,000 bars x 1,000 points: what the other 99,000 points add, for one of them. Peaks
are resident memory as the operating system counted it, the interpreter and compiled code included.
Asserted: every point is in `results.csv`, and its last line is a whole one.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT_MB = 1_000.0
ONE_RR = ("--set", "exits.scale_out_rr=1.0")
# Five keys of ten values.
WIDE = {
    "fusion.entry_threshold_confidence": {"float": {"low": 0.34, "high": 0.52, "step": 0.02}},
    "risk.stop_buffer_multiplier": {"float": {"low": 1.0, "high": 2.8, "step": 0.2}},
    "exits.r_multiple_target": {"float": {"low": 1.5, "high": 3.75, "step": 0.25}},
    "exits.max_bars_in_trade": {"int": {"low": 12, "high": 66, "step": 6}},
    "exits.trail_atr_mult": {"float": {"low": 1.5, "high": 6.0, "step": 0.5}},
}
NARROW = {key: WIDE[key] for key in list(WIDE)[:3]}


def sweep(folder: Path, bars: int, space: str, *options: str) -> list[str]:
    return [
        sys.executable, "-m", "barsieve", "sweep", "--asset", "DEMO", "--bars", str(bars),
        "--config", "ETH_comprehensive", "--space", space, "--workers", "1",
        "--out", str(folder / "sweep"), *options,
    ]  # fmt: skip


def peak_mb(command: list[str]) -> float:
    """Of one process; raises when it fails."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": path}
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    # Kilobytes on Linux, bytes on macOS.
    return used.ru_maxrss * (1.0 if sys.platform == "darwin" else 1024.0) / 1e6


def measure(bars: int, points: int, space: str, *options: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        peak = peak_mb(sweep(Path(folder), bars, space, *options))
        seconds = time.perf_counter() - begin
        results = (Path(folder) / "sweep" / "results.csv").read_text(encoding="utf-8")
    assert results.endswith("\n")
    lines = results.splitlines()
    assert len(lines) == points + 1, len(lines)
    assert lines[-1].count(",") == lines[0].count(",")
    verdict = "ok" if peak <= LIMIT_MB else "missed"
    print(f"{bars:>7,} bars x {points:>7,} points {peak:7.0f} MB {seconds:6.1f} s  "
          f"target {LIMIT_MB:,.0f} MB: {verdict}")  # fmt: skip
    return peak


def main() -> int:
    if not hasattr(os, "wait4"):
        print("skipped: this operating system does not say how much memory a process had")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        wide, narrow = Path(folder) / "wide.json", Path(folder) / "narrow.json"
        wide.write_text(json.dumps(WIDE), encoding="utf-8")
        narrow.write_text(json.dumps(NARROW), encoding="utf-8")
        measure(20_000, 6, "small")  # compiles, or finds that compiled
        long = measure(200_000, 1_152, "medium")
        few = measure(20_000, 1_000, str(narrow), *ONE_RR)
        many = measure(20_000, 100_000, str(wide), *ONE_RR)
    print(f"a further point takes {(many - few) * 1e6 / 99_000:,.0f} bytes")
    return 3 if max(long, many) > LIMIT_MB else 0


if __name__ == "__main__":
    sys.exit(main())

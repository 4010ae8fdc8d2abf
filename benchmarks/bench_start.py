"""Whole processes: the first run with an empty compile cache, and a warm focused replay."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COLD_SECONDS, WARM_SECONDS = 20.0, 1.2  # targets, CPU time
RANGE = ["--config", "ETH_comprehensive", "--start", "2025-06-15", "--end", "2025-09-30"]


def cpu_seconds(arguments: list[str], cache: Path) -> tuple[float, dict[str, Any]]:
    """CPU time of one `barsieve` process and its children, and what it answered."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "barsieve", *arguments, "--json"],
        env=environment, capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    after = os.times()
    spent = after.children_user - before.children_user
    return spent + after.children_system - before.children_system, json.loads(done.stdout)


def measure(market: list[str], runs: int) -> list[tuple[str, float, float]]:
    """(name, CPU seconds, target) a row."""
    with tempfile.TemporaryDirectory() as folder:
        cache, output = Path(folder) / "cache", ["--output-dir", str(Path(folder) / "results")]
        focused = ["replay", *market, *RANGE, *output, "--replay", "focused"]
        cold, full = cpu_seconds(["replay", *market, *RANGE, *output], cache)
        cpu_seconds(focused, cache)
        warm = []
        for _ in range(runs):
            seconds, found = cpu_seconds(focused, cache)
            assert found["result"] == full["result"], "focused differs from full"
            assert found["metrics"]["trades"] >= 20, found["metrics"]
            assert found["visits"]["skipped"] > 0, found["visits"]
            warm.append(seconds)
    return [
        ("first run, empty cache", cold, COLD_SECONDS),
        ("warm focused replay", statistics.median(warm), WARM_SECONDS),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="hourly ETH bars; default: the demo market")
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    market = ["--asset", "DEMO"]
    if given.data is not None:
        market = ["--asset", "ETH", "--data", str(given.data)]
    started = time.perf_counter()
    missed = 0
    for name, seconds, target in measure(market, given.runs):
        missed += seconds > target
        verdict = "missed" if seconds > target else "ok"
        print(f"{name:<26}{seconds:>9.2f} s         target {target:g}: {verdict}")
    print(f"measured in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return 3 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Columns, replay and candidate writing at 200,000 demo bars, in units of a plain compiled loop."""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.files import write_atomically
from engine.inputs import load_settings
from engine.kernel import Floats, kernel
from engine.prescreen.bound import bounds
from engine.prescreen.candidates import candidate_lines
from engine.prescreen.rows import Rows, build_rows
from engine.prescreen.screen import screen
from engine.prescreen.windows import around, whole
from engine.replay.loop import Replay, replay
from engine.replay.parameters import parameter_record
from engine.replay.records import initial_state
from engine.replay.settings import Settings
from engine.results.result import result_of

BARS = 200_000
# The columns of one domain, without pattern streams: bench_columns.py measures them all.
PLAIN = [f"fusion.weights.{name}=0" for name in ("wyckoff", "liquidity", "smc")]
PLAIN += ["domains.momentum.divergence_weight=0", "domains.momentum.gain=3"]
PLAIN += ["fusion.entry_threshold_confidence=0.40"]
COLUMNS_U, REPLAY_U, LINE_US = 250.0, 18.0, 1.5  # targets; the step with every guard and exit


@kernel
def five_columns(a: Floats, b: Floats, c: Floats, d: Floats, e: Floats) -> float:
    """What a bar costs at least: one read of each of its columns."""
    total = 0.0
    for i in range(a.size):
        total += (a[i] + b[i]) + (c[i] + d[i]) + e[i]
    return total


def median_ns(work: Callable[[], object], runs: int) -> float:
    """Median CPU time of `work` in ns, after one warm-up call."""
    work()
    times = []
    for _ in range(runs):
        start = time.process_time_ns()
        work()
        times.append(time.process_time_ns() - start)
    return statistics.median(times)


def measure(runs: int) -> list[tuple[str, float, float, str]]:
    """(name, measured, target, unit) a row."""
    plain = load_settings("ETH_comprehensive", "DEMO", PLAIN)
    settings = load_settings("ETH_comprehensive", "DEMO")
    bars = demo_bars(BARS)
    unit = median_ns(lambda: five_columns(*bars.arrays()[1:]), 5 * runs) / BARS
    rows = build_rows(bars, settings)
    print(f"U = {unit:.3f} ns a bar", file=sys.stderr)
    return [
        ("columns + gates + bound", columns_ns(bars, plain, runs) / unit, COLUMNS_U, "U"),
        ("full replay", replay_ns(rows, settings, runs) / unit, REPLAY_U, "U"),
        ("candidate writing", line_ns(rows, settings, runs) / 1e3, LINE_US, "us a line"),
    ]


def columns_ns(bars: Bars, settings: Settings, runs: int, least: int = 10_000) -> float:
    """Median CPU ns per bar; there must be at least `least` candidates."""

    def work() -> int:
        rows = build_rows(bars, settings)
        return int(np.count_nonzero(bounds(rows.table, settings, bars.has_volume)[2]))

    found = work()
    rows = build_rows(bars, settings)
    assert found == screen(rows, settings, 0, bars.size).candidates.size > least, found
    return median_ns(work, runs) / bars.size


def replay_ns(rows: Rows, settings: Settings, runs: int) -> float:
    params = parameter_record(settings, rows.bars.has_volume)
    every = whole(0, rows.bars.size)

    def full() -> Replay:
        return replay(rows.table, every, 0, params, initial_state(settings))

    found = screen(rows, settings, 0, rows.bars.size).candidates.bar
    windows = around(found, 0, 0, rows.bars.size)
    focused = replay(rows.table, windows, 0, params, initial_state(settings))
    ours, theirs = (result_of(each, rows.bars, settings) for each in (full(), focused))
    assert ours.digest() == theirs.digest()
    assert ours.metrics.trades > 1_000, ours.metrics
    return median_ns(full, runs) / rows.bars.size


def line_ns(rows: Rows, settings: Settings, runs: int) -> float:
    found = screen(rows, settings, 0, rows.bars.size).candidates
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "candidates.jsonl"

        def work() -> None:
            write_atomically(path, candidate_lines(rows.bars, found))

        work()
        assert path.read_text(encoding="utf-8").count("\n") == found.size > 10_000
        return median_ns(work, runs) / found.size


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11)
    missed = 0
    for name, measured, target, unit in measure(parser.parse_args().runs):
        missed += measured > target
        verdict = "missed" if measured > target else "ok"
        print(f"{name:<26}{measured:>9.2f} {unit:<10} target {target:g}: {verdict}")
    return 3 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

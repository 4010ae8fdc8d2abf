"""Everything up to may_enter at three lengths, and one live bar through all columns."""

import argparse
import statistics
import sys
import time

from bench_core import columns_ns, five_columns, median_ns

from engine.bars.demo import demo_bars
from engine.features.columns import compute
from engine.features.stepper import Bar, ColumnStepper
from engine.inputs import load_settings
from engine.prescreen.rows import columns_read

LENGTHS = (20_000, 200_000, 1_000_000)
SCREEN_U, SPREAD, LIVE_US = 500.0, 0.25, 20.0  # targets
HISTORIES = (1_000, 8_000)  # bars before the live ones that are timed
TIMED = 500


def screen_ns(runs: int) -> tuple[list[float], float]:
    """Ns per bar up to may_enter, one a length, and U on the longest."""
    settings = load_settings("ETH_comprehensive", "DEMO")
    found, unit = [], 0.0
    for length in LENGTHS:
        bars = demo_bars(length)
        unit = median_ns(lambda bars=bars: five_columns(*bars.arrays()[1:]), 5 * runs) / length
        found.append(columns_ns(bars, settings, runs, least=length // 50))
        print(f"{length:>9,} bars: {found[-1]:.0f} ns a bar, U = {unit:.3f} ns", file=sys.stderr)
    return found, unit


def live_us() -> float:
    """Median time of one bar through the columns of the default configuration, the slower of two
    lengths of history; the values must be those of the columns.
    """
    settings = load_settings("ETH_comprehensive", "DEMO")
    names = columns_read(settings, True)
    bars = demo_bars(HISTORIES[-1] + TIMED)
    prices = zip(*(array.tolist() for array in bars.arrays()[1:]), strict=True)
    stepper = ColumnStepper(bars.timeframe, names)
    times, values = [], None
    for at, row in zip(bars.open_time.tolist(), prices, strict=True):
        bar = Bar(at, *row)
        start = time.perf_counter_ns()
        values = stepper.push(bar)
        times.append((time.perf_counter_ns() - start) / 1e3)
    columns = compute(bars, names)
    assert values is not None and values.tolist() == [columns[name][-1] for name in names]
    return max(statistics.median(times[begin : begin + TIMED]) for begin in HISTORIES)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    found, unit = screen_ns(parser.parse_args().runs)
    middle = (max(found) + min(found)) / 2
    spread = max(found) / middle - 1.0
    rows = [
        ("up to may_enter, 1,000,000 bars", found[-1] / unit, SCREEN_U, "U"),
        ("spread over lengths, +/-", spread, SPREAD, ""),
        ("one live bar, all columns", live_us(), LIVE_US, "us"),
    ]
    missed = 0
    for name, measured, target, unit in rows:
        missed += measured > target
        verdict = "missed" if measured > target else "ok"
        print(f"{name:<33}{measured:>9.2f} {unit:<3} target {target:g}: {verdict}")
    return 3 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

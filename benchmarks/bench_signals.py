"""A compiled strategy of signals, docs/examples/sma_cross.py: columns and replay of 1,000,000 bars.

Asserted: the focused replay is the full one, in bytes, with some thousand trades.
"""

import statistics
import sys
import time
from pathlib import Path

from bench_core import five_columns, median_ns

from engine.bars.demo import demo_bars
from engine.experiment import candidates_of, windows_around
from engine.inputs import load_settings
from engine.plugins.visit import visit
from engine.replay.market import Market, prepare

EXAMPLE = Path(__file__).resolve().parents[1] / "docs" / "examples" / "sma_cross.json"
BARS, RUNS = 1_000_000, 7
RUN_U = 40.0  # target


def main() -> int:
    settings, bars = load_settings(str(EXAMPLE), "DEMO"), demo_bars(BARS)
    unit = median_ns(lambda: five_columns(*bars.arrays()[1:]), 3 * RUNS) / BARS
    check(prepare(settings, bars, None, None))
    columns, replays = [], []
    for _ in range(RUNS):
        begin = time.process_time_ns()
        market = prepare(settings, bars, None, None)
        between = time.process_time_ns()
        visit(market, None)
        columns.append(between - begin)
        replays.append(time.process_time_ns() - between)
    first, second = (statistics.median(each) / BARS for each in (columns, replays))
    measured = (first + second) / unit
    verdict = "missed" if measured > RUN_U else "ok"
    print(f"U = {unit:.3f} ns a bar; columns {first:.1f} ns, replay {second:.1f} ns")
    print(f"signals, columns + replay, {BARS:,} bars {measured:.1f} U, target {RUN_U:g}: {verdict}")
    return 3 if measured > RUN_U else 0


def check(market: Market) -> None:
    full, focused = (
        visit(market, None),
        visit(market, windows_around(candidates_of(market, None), market)),
    )
    assert full.events.tobytes() == focused.events.tobytes()
    assert full.equity.tobytes() == focused.equity.tobytes()
    assert full.events.size > 10_000


if __name__ == "__main__":
    sys.exit(main())

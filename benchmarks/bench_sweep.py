"""The space `medium` over 20,000 demo bars on one core: points a second, and ns a visited bar.

Asserted: the sums of the focused replays are those of full ones, and random points are their own
full replay in trades and equity.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from engine.bars.demo import demo_bars
from engine.inputs import load_settings
from engine.kernel import Floats
from engine.prescreen.windows import whole
from engine.search.plan import plan_sweep
from engine.search.replays import replay_block
from engine.search.space import read_space
from engine.search.sweep import Swept, run_sweep
from engine.search.verify import verify

BARS, RUNS = 20_000, 3
POINTS_A_SECOND = 5_000.0
VISIT_NS, POINT_US = 15.0, 3.0  # together: the most that a sweep may take


def silent(done: int, total: int, elapsed: float, scores: Floats) -> None:
    pass


def main() -> int:
    bars = demo_bars(BARS)
    plan = plan_sweep(
        load_settings("ETH_comprehensive", "DEMO"), bars, (None, None), read_space("medium")
    )
    with tempfile.TemporaryDirectory() as folder:
        swept = run_sweep(plan, Path(folder) / "sweep", False, 1, silent)
    check(swept)
    (group,) = swept.groups
    table, params = group.market.rows.table, group.points.params
    times = []
    for _ in range(RUNS):
        begin = time.process_time()
        replay_block(table, group.windows, 0, params)
        times.append(time.process_time() - begin)
    seconds = statistics.median(times)
    points, visited = params.size, int(swept.sums["visited"].sum())
    allowed = visited * VISIT_NS * 1e-9 + points * POINT_US * 1e-6
    rate = points / seconds
    print(f"{points:,} points, {visited / points / BARS:.1%} of the bars visited")
    fast = word(rate >= POINTS_A_SECOND)
    print(f"{rate:,.0f} points a second, target {POINTS_A_SECOND:,.0f}: {fast}")
    print(f"{seconds / visited * 1e9:.1f} ns a visited bar, all in; "
          f"{seconds:.3f} s of {allowed:.3f} s allowed: {word(seconds <= allowed)}")  # fmt: skip
    return 0 if rate >= POINTS_A_SECOND and seconds <= allowed else 3


def check(swept: Swept) -> None:
    (group,) = swept.groups
    full = replay_block(group.market.rows.table, whole(0, BARS), 0, group.points.params[::16])
    for name in full.dtype.names or ():
        if name != "visited":
            assert np.array_equal(full[name], swept.sums[name][::16]), name
    assert (swept.sums["trades"] > 0).all()
    assert len(verify(swept, 5, swept.numbers[:1])) >= 5


def word(reached: bool) -> str:
    return "ok" if reached else "missed"


if __name__ == "__main__":
    sys.exit(main())

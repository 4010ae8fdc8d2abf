"""A decision of about 1 ms of Python a bar, full and focused, on the demo market.

Five per cent of the bars are kept, every gate is open, a decision may come at every bar, and a
position is open on at least 30 % of them. Asserted: the same bytes, and how often the decision was
asked in both runs, counted again from the result. A whole run also has a fresh process ask for five
bars again, once for the same function and data: half a second beside it, which is not timed here.
"""

import argparse
import sys
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.bars.demo import demo_bars
from engine.experiment import candidates_of, windows_around
from engine.fusion.dear import DearDomain
from engine.inputs import load_settings
from engine.plugins import slow
from engine.plugins.extend import extended
from engine.plugins.past import Past
from engine.plugins.records import Plugins
from engine.plugins.visit import visit
from engine.replay.loop import Replay
from engine.replay.market import Market, prepare
from engine.replay.records import END_OF_DATA
from engine.replay.settings import Settings
from engine.results.result import result_of
from engine.settings import override, validate

BARS = 6_000
SPEED_UP, OVERHEAD = 17.0, 0.10  # targets
CHANGES = slow.RARELY | {
    "fusion.entry_threshold_confidence": 0.52,
    "risk.stop_buffer_multiplier": 6.0,
    "exits.max_bars_in_trade": None,
    "exits.scale_out_rr": None,
}


@dataclass
class Timed:
    """The decision, with the CPU time that it takes itself."""

    seconds: float = 0.0
    calls: int = 0

    def __call__(self, past: Past, settings: Any) -> float:
        begin = time.process_time()
        score = slow.kendall_tau(past, settings)
        self.seconds += time.process_time() - begin
        self.calls += 1
        return score

    def __hash__(self) -> int:
        return id(self)


def slow_settings(timed: Timed) -> Settings:
    domain: DearDomain = replace(slow.SLOW_TREND, judge=timed)
    base = load_settings("ETH_comprehensive", "DEMO")
    tree = base.model_dump(mode="json", exclude_unset=True)
    plugins = Plugins(domains=(domain,), source="timed")
    return validate(extended(plugins), override(tree, CHANGES), "benchmark")


def timed_visit(market: Market, timed: Timed, focused: bool) -> tuple[Replay, float, float, int]:
    """The replay, its CPU seconds, those of the decisions in it, and how many there were."""
    windows = windows_around(candidates_of(market, None), market) if focused else None
    timed.seconds, timed.calls = 0.0, 0
    begin = time.process_time()
    done = visit(market, windows)
    return done, time.process_time() - begin, timed.seconds, timed.calls


def expected_calls(market: Market, full: Replay) -> int:
    """How often a focused run must ask: at candidates, of a side that could act there."""
    found = candidates_of(market, None).bar
    result = result_of(full, market.rows.bars, market.settings)
    side = np.zeros(market.rows.bars.size, dtype=np.int64)  # held when the bar is decided
    for trade in result.trades:
        # The end of data comes after the decision of the last bar.
        last = int(trade["reason"] == END_OF_DATA)
        side[trade["entry_bar"] : trade["exit_bar"] + last] = trade["side"]
    ordered = {int(event["bar"]) for event in result.orders if event["stop_distance"] == 0.0}
    may = may_enter(market)
    return sum(
        int(bar) not in ordered or is_flip(result.orders, int(bar))
        for bar in found
        if side[bar] == 0 or may[bar] & (2 if side[bar] > 0 else 1)
    )


def is_flip(orders: Any, bar: int) -> bool:
    """An exit ordered by the decision itself, not before it."""
    return bool(((orders["bar"] == bar) & (orders["stop_distance"] > 0.0)).any())


def may_enter(market: Market) -> Any:
    from engine.prescreen.bound import bounds

    rows = market.rows
    return bounds(rows.table, market.settings, rows.bars.has_volume, limits=rows.limits)[2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", type=int, default=BARS)
    bars = demo_bars(parser.parse_args().bars)
    timed = Timed()
    market = prepare(slow_settings(timed), bars, None, None)
    timed_visit(market, timed, focused=True)  # compiles
    focused, focused_seconds, _, focused_calls = timed_visit(market, timed, focused=True)
    full, full_seconds, own_seconds, full_calls = timed_visit(market, timed, focused=False)
    result = result_of(full, bars, market.settings)
    kept = candidates_of(market, None).bar.size / bars.size
    assert focused.events.tobytes() == full.events.tobytes()
    assert focused.equity.tobytes() == full.equity.tobytes()
    assert 0.03 <= kept <= 0.07, kept
    assert result.metrics.exposure >= 0.3, result.metrics.exposure
    rechecked = 5
    expected = expected_calls(market, full)
    assert focused_calls - rechecked == expected, (focused_calls, expected)
    assert dict(full.calls) == {"slow_trend": full_calls - rechecked}
    speed_up, overhead = full_seconds / focused_seconds, full_seconds / own_seconds - 1.0
    print(f"{bars.size:,} bars, {kept:.1%} kept, in position on {result.metrics.exposure:.1%}")
    print(f"{result.metrics.trades} trades; {own_seconds / full_calls * 1e3:.2f} ms a decision")
    print(f"full     {full_calls:>6,} decisions  {full_seconds:8.3f} s")
    print(f"focused  {focused_calls:>6,} decisions  {focused_seconds:8.3f} s")
    missed = speed_up < SPEED_UP or overhead > OVERHEAD
    print(f"speed-up {speed_up:.1f}, target {SPEED_UP:g}: {word(speed_up >= SPEED_UP)}")
    print(f"engine beside the decisions {overhead:.1%}, target {OVERHEAD:.0%}: "
          f"{word(overhead <= OVERHEAD)}")  # fmt: skip
    return 3 if missed else 0


def word(reached: bool) -> str:
    return "ok" if reached else "missed"


if __name__ == "__main__":
    sys.exit(main())

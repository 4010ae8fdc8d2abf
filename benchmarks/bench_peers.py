"""A grid of 1,152 SMA crosses over 20,000 bars, here and with vectorbt 1.2, on one core.

The strategy is docs/examples/sma_cross.py, turned round at every cross of two averages, with a
stop and a target: 12 stop distances x 12 targets x 4 fees x 2 slippages. Averages, crosses and
candidates are computed once for all points, and count on neither side.

A point here: the focused replay, and all measures of a sweep. A column there: its part of a call
of `Portfolio.from_signals` in the Rust engine, by the number of columns a call that serves it
best, with arrays made beforehand: orders alone, and then with total return, maximum drawdown and
Sharpe ratio, which vectorbt computes afterwards.

Both fill at the next open, know gaps, fees and slippage, and take the stop where a bar touches
stop and target. vectorbt does not manage the bar of an entry; and where a stop is hit on the bar
at whose open a position would be turned round, it takes the stop and loses the entry. Sizing by
risk, margin, partial exits, moving stops, time stops and funding are left out on both sides:
arrays have no form for them.

Asserted, without stops and costs: the same entries, and the same profit to 1e-9 of it. With stops
the numbers of entries are printed: they differ by those two rules.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from engine.bars.demo import demo_bars
from engine.experiment import candidates_of
from engine.kernel import Floats, Table
from engine.plugins.extend import extended
from engine.plugins.load import load_plugins
from engine.plugins.records import Plugins
from engine.prescreen.screen import screen
from engine.prescreen.windows import Windows, around
from engine.replay.market import Market, prepare
from engine.search.measures import measures
from engine.search.points import Points, points_of
from engine.search.replays import replay_block
from engine.search.settings import Score
from engine.search.space import Space, space_of
from engine.search.stages import totals_of
from engine.settings import override, validate

EXAMPLE = Path(__file__).resolve().parents[1] / "docs" / "examples" / "sma_cross.py"
BARS, TARGET, STRETCH = 20_000, 10.0, 20.0
COLUMNS = (1, 4, 12, 48)  # of a call of vectorbt: its best is taken
MEASURED = 48  # columns, for each of these
STOPS = tuple(1.0 + 0.25 * k for k in range(12))  # ATR
TARGETS = tuple(1.0 + 0.25 * k for k in range(12))  # stop distances
FEES, SLIPPAGES = (0.0, 2.0, 4.0, 6.0), (0.0, 1.0)  # bps
GRID = {
    "risk.stop_buffer_multiplier": STOPS,
    "exits.r_multiple_target": TARGETS,
    "costs.fee_bps": FEES,
    "costs.slippage_bps": SLIPPAGES,
}
FREE = {"risk.stop_buffer_multiplier": (100.0,), "costs.fee_bps": (0.0,)}
BASE = {
    "asset": "DEMO",
    "account.initial_cash": 1e7,
    "risk.stop": "atr",
    "risk.sizing": "fixed_quantity",
    "risk.fixed_quantity": 1.0,
    "costs.spread_bps": 0.0,
    "costs.slippage_bps": 0.0,
}


def example_market(bars: int) -> Market:
    """The example without its own stop: a grid varies the engine's."""
    (own,) = load_plugins([str(EXAMPLE)]).signals

    def crosses(bars: Any, columns: Any, settings: Any) -> Any:
        given = own.signals(bars, columns, settings)
        return {name: given[name] for name in ("enter_long", "enter_short")}

    crossing = replace(own, signals=crosses, names_stop=False)
    model = extended(Plugins(signals=(crossing,), source="benchmark"))
    settings = validate(model, override({}, BASE), "benchmark")
    return prepare(settings, demo_bars(bars), None, None)


def windows_of(market: Market) -> Windows:
    """Whatever the stops: the candidates depend on the crosses alone."""
    return around(candidates_of(market, None).bar, 0, *market.span)


class Peer:
    """vectorbt's side: the same crosses, one bar later and at the open."""

    def __init__(self, market: Market) -> None:
        bars, table = market.rows.bars, market.rows.table
        found = screen(market.rows, market.settings, *market.span).candidates
        long, short = np.zeros((2, bars.size), dtype=bool)
        long[found.bar[found.bound_long > 0.0] + 1] = True
        short[found.bar[found.bound_short > 0.0] + 1] = True
        self.arrays = {
            name: np.ascontiguousarray(each[:, None])
            for name, each in {
                "close": bars.close, "open": bars.open, "high": bars.high, "low": bars.low,
                "price": bars.open, "entries": long, "short_entries": short,
            }.items()
        }  # fmt: skip
        share = np.full(bars.size, np.nan)
        share[1:] = table["atr"][:-1] / bars.open[1:]
        self.share = np.where(np.isfinite(share), share, 0.01)[:, None]
        self.market = market

    def arguments(self, space: Space, numbers: Sequence[int]) -> dict[str, Any]:
        """Of one call: a column a point. Distances are shares of the fill."""
        points = [space.changes(number) for number in numbers]
        stop = np.array([point["risk.stop_buffer_multiplier"] for point in points])
        targets = [point.get("exits.r_multiple_target") for point in points]
        found = {
            "sl_stop": self.share * stop,
            "fees": self.row(points, "costs.fee_bps"),
            "slippage": self.row(points, "costs.slippage_bps"),
        }
        if None not in targets:
            found["tp_stop"] = self.share * (stop * np.array(targets))
        return found

    @staticmethod
    def row(points: list[dict[str, Any]], key: str) -> Floats:
        return np.array([[point.get(key, 0.0) * 1e-4 for point in points]])

    def run(self, arguments: dict[str, Any]) -> Any:
        import vectorbt

        columns = arguments["sl_stop"].shape[1]
        return vectorbt.Portfolio.from_signals(
            **self.arrays, **arguments, size=1.0, init_cash=1e7, upon_opposite_entry="reverse",
            stop_exit_price="stopmarket", freq="1h", max_orders=1_000 * columns, engine="rust",
        )  # fmt: skip


def cpu(work: Callable[[], Any], repeats: int) -> float:
    """Median seconds, after a call that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times)


def with_measures(portfolio: Any) -> Any:
    return portfolio.total_return(), portfolio.max_drawdown(), portfolio.sharpe_ratio()


def check(market: Market, peer: Peer) -> None:
    """Without stops and costs, both turn round at the same bars and earn the same."""
    space = space_of(FREE)
    points = points_of(market.settings, space, True)
    sums = swept(market, windows_of(market), points)
    portfolio = peer.run(peer.arguments(space, range(1)))
    entries = int(portfolio.entry_trades.count().iloc[0])
    assert int(sums["trades"][0]) == entries > 100, (sums["trades"], entries)
    ours, theirs = float(sums["equity"][0]) - 1e7, float(portfolio.total_profit().iloc[0])
    assert abs(ours - theirs) <= 1e-9 * max(abs(ours), 1e3), (ours, theirs)
    print(f"without stops: {entries} entries on both sides, profit {ours:,.2f} on both")


def swept(market: Market, windows: Windows, points: Points) -> Table:
    return replay_block(market.rows.table, windows, market.span[0], points.params)


def spread(size: int, columns: int) -> list[range]:
    """Points of 48 columns in all, evenly over the grid, in calls of so many."""
    step = size // MEASURED
    return [range(first * step, size, size // columns) for first in range(MEASURED // columns)]


def peer_times(peer: Peer, space: Space, repeats: int) -> list[tuple[int, float, float]]:
    """(columns a call, seconds a column, the same with measures), over points spread evenly."""
    found = []
    for columns in COLUMNS:
        calls = [peer.arguments(space, numbers) for numbers in spread(space.size, columns)]
        count = columns * len(calls)
        alone = cpu(lambda calls=calls: [peer.run(each) for each in calls], repeats) / count
        # A portfolio remembers what it computed: a new one for each.
        whole = cpu(lambda calls=calls: [with_measures(peer.run(each)) for each in calls], 3)
        found.append((columns, alone, whole / count))
        print(f"  {columns:>2} columns a call: {alone * 1e3:6.3f} ms a column, "
              f"{whole / count * 1e3:6.3f} with measures")  # fmt: skip
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    if not (find_spec("vectorbt") and find_spec("vectorbt_rust")):
        print("skipped: vectorbt is not installed; pip install --group bench")
        return 0
    market, space = example_market(BARS), space_of(GRID)
    peer, windows = Peer(market), windows_of(market)
    check(market, peer)
    points = points_of(market.settings, space, True)
    sums = swept(market, windows, points)
    cash, bars = points.params["initial_cash"], market.rows.bars.size

    def ours() -> Table:
        return measures(totals_of(market, swept(market, windows, points), cash), Score())

    seconds = cpu(ours, repeats) / space.size
    visited = sums["visited"].mean() / bars
    print(f"barsieve: {space.size:,} points, {seconds * 1e3:.3f} ms a point with all measures, "
          f"{visited:.0%} of the bars visited")  # fmt: skip
    compare_entries(peer, space, sums)
    print("vectorbt:")
    found = peer_times(peer, space, repeats)
    alone, whole = min(each[1] for each in found), min(each[2] for each in found)
    ratio = alone / seconds
    verdict = "missed" if ratio < TARGET else "ok" if ratio < STRETCH else "ok, the stretch too"
    print(f"{ratio:.1f} times faster than its orders alone, target {TARGET:g}, "
          f"stretch {STRETCH:g}: {verdict}")  # fmt: skip
    print(f"{whole / seconds:.0f} times faster than its orders with three measures")
    return 3 if ratio < TARGET else 0


def compare_entries(peer: Peer, space: Space, sums: Table) -> None:
    numbers = range(0, space.size, space.size // 12)
    pairs = [
        (int(sums["trades"][k]), int(peer.run(peer.arguments(space, range(k, k + 1)))
                                     .entry_trades.count().iloc[0]))
        for k in numbers
    ]  # fmt: skip
    ours, theirs = (sum(each) for each in zip(*pairs, strict=True))
    print(f"with stops and targets, {len(pairs)} points: {ours:,} entries, vectorbt {theirs:,}")


if __name__ == "__main__":
    sys.exit(main())

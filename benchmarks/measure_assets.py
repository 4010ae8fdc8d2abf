"""Tables of docs/measurements.md: what the shipped configurations do on real bars.

python benchmarks/measure_assets.py FOLDER    where FOLDER has <ASSET>….parquet files of bars
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from engine.bars.higher import higher
from engine.bars.locate import anchor_ns
from engine.bars.series import Bars
from engine.bars.timeframe import nanoseconds
from engine.experiment import run_experiment
from engine.features.catalogue import PATTERNS
from engine.features.columns import FrameColumns
from engine.features.pattern import BIRTH, STREAM, run_pattern
from engine.inputs import load_bars, load_settings
from engine.prescreen.bound import bounds
from engine.prescreen.rows import build_rows
from engine.replay.codes import code_counts
from engine.replay.settings import Settings
from engine.results.summary import counted, exit_counts

FILES = {
    "ETH": "ETHUSDT_binance_perp_1h.parquet",
    "BTC": "BTCUSDT_binance_perp_1h.parquet",
    "SOL": "SOLUSDT_binance_perp_1h.parquet",
    "SPY": "SPY_1h_1998_2021.parquet",
}
TIMEFRAMES = {"wyckoff": ("4h", "1d")}


def markets(folder: Path) -> Iterator[tuple[str, Settings, Bars]]:
    for asset, name in FILES.items():
        settings = load_settings(f"{asset}_comprehensive")
        yield asset, settings, load_bars(settings, folder / name)[0]


def screen_ns(bars: Bars, settings: Settings, runs: int = 7) -> float:
    """Median CPU time per bar of everything up to may_enter, warm."""
    times = []
    for _ in range(runs + 1):
        start = time.process_time_ns()
        rows = build_rows(bars, settings)
        bounds(rows.table, settings, bars.has_volume)
        times.append((time.process_time_ns() - start) / bars.size)
    return statistics.median(times[1:])


def births(bars: Bars, settings: Settings) -> Iterator[tuple[str, str, int, int]]:
    """(pattern, kind, long births, short births), each pattern on the timeframes that read it."""
    for pattern in PATTERNS.values():
        counts = np.zeros((len(pattern.kinds), 2), dtype=int)
        for timeframe in TIMEFRAMES.get(pattern.name, (settings.timeframe,)):
            length = nanoseconds(timeframe)
            merged = bars
            if length != bars.timeframe:
                merged = higher(bars, length, anchor_ns(settings.data.anchor))
            frame = FrameColumns(merged, settings.patterns)
            inputs = [frame.input(name) for name in pattern.inputs]
            stream = np.zeros(8 * bars.size, dtype=STREAM)
            run_pattern(pattern, inputs, getattr(settings.patterns, pattern.name), stream=stream)
            born = stream[(stream["why"] == BIRTH) & (stream["id"] > 0)]
            for kind in range(len(pattern.kinds)):
                of_kind = born["side"][born["kind"] == kind]
                counts[kind] += (of_kind > 0).sum(), (of_kind < 0).sum()
        for kind, (long, short) in zip(pattern.kinds, counts.tolist(), strict=True):
            yield pattern.name, kind, long, short


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    print("| asset | bars | candidates | visited | positions | same bytes | ns/bar to may_enter |")
    print("|---|---|---|---|---|---|---|")
    found: dict[str, list[str]] = {}
    notes = []
    for asset, settings, bars in markets(folder):
        focused = run_experiment(settings, bars, None, None, "focused")
        full = run_experiment(settings, bars, None, None, "full")
        visits, m = focused.visits(), focused.result.metrics
        same = "yes" if full.result.digest() == focused.result.digest() else "NO"
        print(
            f"| {asset} | {bars.size:,} | {visits['candidates']:,} ({visits['density']:.1%}) | "
            f"{visits['visited'] / visits['bars']:.0%} | {m.trades:,} ({m.long_trades:,} long, "
            f"{m.short_trades:,} short) | {same} | {screen_ns(bars, settings):.0f} |"
        )
        notes.append(f"| {asset} | {counted(exit_counts(full.result))} | "
                     f"{counted(code_counts(full.replayed.codes))} |")  # fmt: skip
        for pattern, kind, long, short in births(bars, settings):
            found.setdefault(f"{pattern} | {kind}", []).append(f"{long:,} / {short:,}")
    print("\n| asset | exits | decisions of the full replay |\n|---|---|---|")
    print("\n".join(notes))
    print(f"\n| pattern | births (long / short) | {' | '.join(FILES)} |")
    print("|---|---|" + "---|" * len(FILES))
    for key, cells in found.items():
        print(f"| {key} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

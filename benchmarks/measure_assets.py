"""Tables of docs/measurements.md: what the shipped configurations do on real bars.

python benchmarks/measure_assets.py FOLDER [--vix FILE] [--funding FILE]

FOLDER has the files of bars named in FILES; --vix is a daily series of the VIX, --funding the rates
of ETH. Without them, the run that needs both is left out of the table of exits.
"""

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np

from engine.bars.higher import higher
from engine.bars.locate import anchor_ns
from engine.bars.series import Bars
from engine.bars.timeframe import nanoseconds
from engine.experiment import run_experiment
from engine.features.catalogue import PATTERNS
from engine.features.columns import FrameColumns
from engine.features.pattern import BIRTH, STREAM, run_pattern
from engine.fusion.settings import Mode
from engine.inputs import load_bars, load_settings
from engine.prescreen.bound import bounds
from engine.prescreen.rows import build_rows
from engine.replay.codes import code_counts
from engine.replay.records import DROP, FILL, FUNDING, REASON_NAMES
from engine.replay.settings import Settings
from engine.results.result import Result
from engine.results.summary import counted, exit_counts
from engine.settings import override, validate

FILES = {
    "ETH": "ETHUSDT_binance_perp_1h.parquet",
    "BTC": "BTCUSDT_binance_perp_1h.parquet",
    "SOL": "SOLUSDT_binance_perp_1h.parquet",
    "SPY": "SPY_1h_1998_2021.parquet",
}
TIMEFRAMES = {"wyckoff": ("4h", "1d")}

# Every reason for which a position, a part of it, an order or cash goes.
EXITS = tuple(name for name in REASON_NAMES if name not in ("none", "entry"))
VETO = {"series": "vix", "side": "both", "on": 20.0, "off": 17.0, "exits": True}
GUARD_CODES = ("cool_down", "loss_streak", "no_sentinel", "session", "atr_percentile",
               "not_scheduled", "no_fast_signal", "below_threshold", "in_position")  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A shipped configuration on one market, as it is or with the changes that `said` tells."""

    config: str
    asset: str
    said: str = ""
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.config}, {self.asset}" + (f", {self.said}" if self.said else "")

    def settings(self) -> Settings:
        return changed(load_settings(self.config, self.asset), self.changes)


def cases(vix: Path | None, funding: Path | None) -> list[Case]:
    found = [Case(f"{asset}_comprehensive", asset) for asset in FILES]
    found += [Case("ETH_conservative", "ETH"), Case("example_config", "ETH")]
    found += [Case("ETH_guarded", asset) for asset in ("ETH", "BTC", "SOL")]
    found.append(Case("ETH_comprehensive", "ETH", "100 of cash", {"account.initial_cash": 100.0}))
    if vix is not None and funding is not None:
        series = {"vix": {"path": str(vix), "unit": "points"}}
        changes = {
            "macro.series": series, "macro.vetoes": [VETO], "data.funding": str(funding),
        }  # fmt: skip
        found.append(Case("ETH_comprehensive", "ETH", "VIX and funding", changes))
    return found


def changed(settings: Settings, changes: dict[str, Any]) -> Settings:
    """The settings with some keys changed; those that have their default are left out, since a key
    of another policy is refused when it is given.
    """
    tree = settings.model_dump(mode="json", exclude_defaults=True)
    return validate(Settings, override(tree, changes), "changed")


def exit_reasons(result: Result) -> Counter[str]:
    """How many legs, drops and payments of funding there are of each reason."""
    events = result.events
    legs = (events["kind"] == FILL) & (events["stop_distance"] == 0.0)
    leaves = legs | (events["kind"] == DROP) | (events["kind"] == FUNDING)
    return Counter(REASON_NAMES[reason] for reason in events["reason"][leaves].tolist())


def exit_table(folder: Path, vix: Path | None, funding: Path | None) -> Iterator[str]:
    """A column a case, a row a reason."""
    every = cases(vix, funding)
    found = []
    for case in every:
        settings = case.settings()
        bars, _ = load_bars(settings, folder / FILES[case.asset])
        found.append(exit_reasons(run_experiment(settings, bars, None, None).result))
    yield f"| reason | {' | '.join(case.name for case in every)} |"
    yield "|---|" + "---|" * len(every)
    for reason in EXITS:
        cells = (f"{each[reason]:,}" if each[reason] else "" for each in found)
        yield f"| {reason} | {' | '.join(cells)} |"


def guard_table(folder: Path) -> Iterator[str]:
    """How often each code was given in each mode, with the guards of ETH_guarded on."""
    guarded = load_settings("ETH_guarded")
    guards = {"safety": guarded.safety.model_dump(), "entries": guarded.entries.model_dump()}
    yield f"| asset | mode | positions | {' | '.join(GUARD_CODES)} |"
    yield "|---|---|---|" + "---|" * len(GUARD_CODES)
    for asset, settings, bars in markets(folder):
        for mode in get_args(Mode):
            own = changed(settings, guards | {"fusion.execution_mode": mode})
            outcome = run_experiment(own, bars, None, None)
            counts = code_counts(outcome.replayed.codes)
            cells = (f"{counts[name]:,}" if name in counts else "" for name in GUARD_CODES)
            yield f"| {asset} | {mode} | {outcome.result.trades.size:,} | {' | '.join(cells)} |"


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
            frame = FrameColumns(merged, 0, settings.patterns)
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
    parser.add_argument("--vix", type=Path, help="daily VIX")
    parser.add_argument("--funding", type=Path, help="funding rates of ETH")
    given = parser.parse_args()
    folder = given.folder
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
    print()
    print("\n".join(exit_table(folder, given.vix, given.funding)))
    print()
    print("\n".join(guard_table(folder)))


if __name__ == "__main__":
    main()

"""What the sieve costs and saves on one market, in CPU time, and that it changes no byte.

Replays are compared before anything is timed. All times are of this process: nothing is written.
"""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from engine.bars.series import Bars
from engine.experiment import candidates_of, windows_around
from engine.plugins.slow import with_slow_trend
from engine.plugins.visit import visit
from engine.prescreen.windows import Windows
from engine.replay.market import Market, prepare
from engine.replay.records import REASON_NAMES
from engine.replay.settings import Settings
from engine.results.result import result_of
from engine.review.parity.check import Comparison, Parity, judged, parity_lines, refuse_lossy
from engine.review.parity.variants import compared

LEAST_SECONDS = 0.05  # of CPU time a measurement: some clocks tick only every 16 ms
DEAR_BARS = 2_000
SLOWLY = {"fusion.weights.slow_trend": 0.1, "batch_mode.candidate_window_bars": 0}
COMPILED = "the compiled step"
Work = Callable[[], object]
Clock = Callable[[], float]


@dataclass(frozen=True)
class ReplayTimes:
    """CPU seconds of both replays of so many bars; screen: of finding the candidates. decision: by
    what the bars are decided.
    """

    decision: str
    bars: int
    screen: float
    full: float
    focused: float

    @property
    def speed_up(self) -> float:
        return self.full / self.focused

    @property
    def with_screen(self) -> float:
        """The speed-up of one run, for which the market is screened first."""
        return self.full / (self.screen + self.focused)

    def meaning(self) -> str:
        """In a sentence, what the two numbers say about focusing on this market."""
        if self.with_screen >= 1.0:
            return "Focusing pays for one run: screen and focused replay are the cheaper way."
        if self.speed_up > 1.0:
            runs = ceil(self.screen / (self.full - self.focused))
            return (
                f"Focusing does not pay for one run: {self.decision} is so cheap that the screen "
                f"costs more than the skipped bars. It pays once one screen serves {runs:,} runs."
            )
        return (
            f"Focusing does not pay here, for any number of runs: {self.decision} is so cheap that "
            "to find the way around skipped bars costs as much as to visit them."
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "decision": self.decision,
            "bars": self.bars,
            "full_seconds": self.full,
            "focused_seconds": self.focused,
            "speed_up": self.speed_up,
            "speed_up_with_screen": self.with_screen,
            "meaning": self.meaning(),
        }


@dataclass(frozen=True)
class Bench:
    """window_bars: bars of the range in windows. columns, screen: CPU seconds, medians of `repeat`
    measurements as all others. replays: one for each way of deciding a bar.
    """

    parity: Parity
    window_bars: int
    repeat: int
    columns: float
    screen: float
    replays: tuple[ReplayTimes, ...]

    @property
    def density(self) -> float:
        return self.parity.candidates / self.parity.bars

    @property
    def coverage(self) -> float:
        return self.window_bars / self.parity.bars

    def as_dict(self) -> dict[str, Any]:
        found = self.parity
        return {
            "verdict": found.verdict,
            "reason": found.reason,
            "bars": found.bars,
            "candidates": found.candidates,
            "density": self.density,
            "coverage": self.coverage,
            "visited": found.comparisons[0].visited,
            "trades": found.entries,
            "repeat": self.repeat,
            "columns_seconds": self.columns,
            "screen_seconds": self.screen,
            "replays": [each.as_dict() for each in self.replays],
            "parity": found.as_dict(),
        }


def bench_batch(
    settings: Settings, bars: Bars, start: str | None, end: str | None, repeat: int
) -> Bench:
    """Compare the full and the focused replay of a range of dates, then time every stage.

    Raises SettingsError for a policy that is lossy by design.
    """
    refuse_lossy(settings)
    market = prepare(settings, bars, start, end)
    found = candidates_of(market, None)
    windows = windows_around(found, market)
    parity = compare_bytes(market, windows, found.bar.size)
    seconds = medians(
        {
            "columns": lambda: prepare(settings, bars, start, end),
            "screen": lambda: candidates_of(market, None),
            "full": lambda: visit(market, None),
            "focused": lambda: visit(market, windows),
        },
        repeat,
    )
    screen = seconds["screen"]
    times = ReplayTimes(COMPILED, parity.bars, screen, seconds["full"], seconds["focused"])
    dear, slow = dear_times(market)
    both = judged(
        parity.bars, parity.candidates, parity.entries, parity.kinds, [*parity.comparisons, dear]
    )
    return Bench(both, windows.bars, repeat, seconds["columns"], screen, (times, slow))


def dear_times(market: Market) -> tuple[Comparison, ReplayTimes]:
    """The last bars of the range with one more domain, which takes a millisecond of Python a call:
    each replay once, since they are long.
    """
    settings = with_slow_trend(market.settings, SLOWLY)
    whole = prepare(settings, market.rows.bars, None, None)
    first, stop = market.span
    last = replace(whole, span=(max(first, stop - DEAR_BARS), stop))
    windows = windows_around(candidates_of(last, None), last)
    visit(last, windows)  # compiles
    begin = time.process_time()
    focused = visit(last, windows)
    between = time.process_time()
    full = visit(last, None)
    done = time.process_time()
    bars, asked = last.span[1] - last.span[0], sum(full.calls.values())
    used = sum(focused.calls.values())
    name = f"one ms of Python on the last {bars:,} bars ({asked:,} and {used:,} calls)"
    times = ReplayTimes(name, bars, 0.0, done - between, between - begin)
    return compared("0 with a dear decision", last, full, focused), times


def compare_bytes(market: Market, windows: Windows, candidates: int) -> Parity:
    """One full and one focused replay; the window is the configuration's own."""
    full = visit(market, None)
    label = str(market.settings.batch_mode.candidate_window_bars)
    focused = compared(label, market, full, visit(market, windows))
    result = result_of(full, market.rows.bars, market.settings)
    kinds = Counter(REASON_NAMES[each] for each in result.fills["reason"].tolist())
    return judged(full.codes.size, candidates, result.trades.size, dict(kinds), [focused])


def medians(
    works: Mapping[str, Work], repeat: int, clock: Clock = time.process_time
) -> dict[str, float]:
    """Median CPU seconds of each, taken in turn: whatever slows the machine down slows all down.
    The first turn warms up and does not count.
    """
    turns = [{name: seconds_of(work, clock) for name, work in works.items()}]
    turns += [
        {name: seconds_of(work, clock) for name, work in works.items()} for _ in range(repeat)
    ]
    return {name: statistics.median(turn[name] for turn in turns[1:]) for name in works}


def seconds_of(work: Work, clock: Clock) -> float:
    """CPU seconds of one call: the mean of as many as the clock needs."""
    calls = 1
    while True:
        begin = clock()
        for _ in range(calls):
            work()
        spent = clock() - begin
        if spent >= LEAST_SECONDS:
            return spent / calls
        calls *= 2


def bench_lines(found: Bench) -> list[str]:
    """What was replayed and compared, the seconds of each stage, what they mean, the verdict."""
    *compared_lines, verdict = parity_lines(found.parity)
    return [
        *compared_lines,
        f"density {found.density:.1%}, coverage {found.coverage:.1%}, "
        f"{found.parity.entries:,} trades",
        f"CPU time in one process, median of {found.repeat} after a warm-up run:",
        _row("columns", found.columns),
        _row("screen", found.screen),
        *(line for each in found.replays for line in replay_lines(each)),
        verdict,
    ]


def replay_lines(times: ReplayTimes) -> list[str]:
    """The block of one way of deciding a bar."""
    return [
        f"Bars decided by {times.decision}:",
        _row("full replay", times.full)
        + f", {times.full / times.bars * 1e9:,.0f} ns a bar in range",
        _row("focused replay", times.focused),
        f"  speed-up        {times.speed_up:12.2f} (full / focused), "
        f"{times.with_screen:.2f} with the screen (full / (screen + focused))",
        times.meaning(),
    ]


def _row(name: str, seconds: float) -> str:
    return f"  {name:<14}  {seconds:12.6f} s"

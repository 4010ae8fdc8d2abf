"""Parity: the focused replay against the full one, from files that separate processes wrote.

    screen → full replay → focused replays with windows 0, 6, 48 and all → compare

Every replay is a process of its own, so nothing can be shared but the candidate file. A comparison
that saw no entry, or skipped no bar, proves nothing and says so.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from engine.errors import BarsieveError, DefectError, SettingsError
from engine.replay.settings import Settings
from engine.results.summary import counted
from engine.review.parity.compare import Divergence, equal_bytes, first_divergence, read_record
from engine.settings import MOST_BARS

Verdict = Literal["identical", "different", "inconclusive"]
EXIT_CODES: dict[Verdict, int] = {"identical": 0, "different": 1, "inconclusive": 3}
DEFECT = 70  # the exit code of a command that contradicts itself
ALL_BARS = MOST_BARS  # a window wider than any data set


@dataclass(frozen=True)
class Comparison:
    """One focused replay against the full one."""

    window: str
    visited: int
    skipped: int
    identical: bool
    divergence: Divergence | None
    cause: tuple[str, ...] = ()  # what both sides knew there, where it was looked up

    def because(self, lines: Sequence[str]) -> "Comparison":
        return replace(self, cause=tuple(lines))


@dataclass(frozen=True)
class Parity:
    verdict: Verdict
    reason: str
    bars: int
    candidates: int
    entries: int
    kinds: dict[str, int]  # fills of the full replay by reason
    comparisons: tuple[Comparison, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def check_parity(
    market: Sequence[str],
    windows: Sequence[str],
    folder: Path,
    candidates: Path | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Parity:
    """Run the replays of one market in `folder` and compare them.

    market: the options that name it, as typed (`--asset ETH --config …`). windows: bars on each
    side of a candidate, or `all`. candidates: a file to trust instead of screening.
    """
    widths = [window_bars(text) for text in windows]
    if candidates is None:
        candidates = folder / "candidates.jsonl"
        progress("screening")
        _barsieve("screen", *market, "--output", str(candidates))
    progress("full replay")
    full = _replay(market, folder / "full", "full", ())
    compared = []
    for k, (text, width) in enumerate(zip(windows, widths, strict=True)):
        progress(f"focused replay, window {text}")
        wide = f"batch_mode.candidate_window_bars={width}"
        options = ("--candidates", str(candidates), "--set", wide)
        focused = _replay(market, folder / f"focused_{k}", "focused", options)
        compared.append(_compare(text, full, focused))
    return _judge(full, compared)


def refuse_lossy(settings: Settings) -> None:
    """Raise SettingsError for a policy under which focused and full are not meant to be equal."""
    if settings.batch_mode.policy == "sentinel":
        raise SettingsError(
            "batch_mode.policy sentinel is lossy by design, there is nothing to prove; "
            "`barsieve replay --replay focused` measures its recall"
        )


def window_bars(text: str) -> int:
    """Bars on each side of a candidate, from `6` or `all`; raises SettingsError for other text."""
    if text == "all":
        return ALL_BARS
    if not (text.isdecimal() and text.isascii()):
        raise SettingsError(f"--windows {text}: expected bars or all, as in 0,6,48,all")
    return int(text) if len(text) < len(str(ALL_BARS)) else ALL_BARS


def _replay(market: Sequence[str], output: Path, mode: str, options: Sequence[str]) -> Path:
    """The run folder that a fresh process wrote."""
    _barsieve("replay", *market, "--replay", mode, "--output-dir", str(output), *options)
    found = [path for path in output.iterdir() if path.is_dir()] if output.is_dir() else []
    if not found:
        raise BarsieveError("a replay in a process of its own ended by itself and wrote nothing")
    return found[0]


def _barsieve(*arguments: str) -> None:
    # -P: a file engine.py in the current folder must not hide the package.
    command = [sys.executable, "-P", "-m", "barsieve", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"]
        kind = DefectError if done.returncode == DEFECT else BarsieveError
        raise kind(said[-1].removeprefix("Error: "))


def _compare(window: str, full: Path, focused: Path) -> Comparison:
    visits = read_record(focused)["visits"]
    divergence = first_divergence(full, focused)
    same = equal_bytes(full, focused) and divergence is None
    return Comparison(window, visits["visited"], visits["skipped"], same, divergence)


def _judge(full: Path, compared: Sequence[Comparison]) -> Parity:
    record = read_record(full)
    visits = record["visits"]
    log = (full / "trade_log.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in log]
    kinds = Counter(each["reason"] for each in events if each["event"] == "fill")
    entries = record["metrics"]["trades"]
    return judged(visits["bars"], visits["candidates"], entries, dict(kinds), compared)


def judged(
    bars: int,
    candidates: int,
    entries: int,
    kinds: dict[str, int],
    compared: Sequence[Comparison],
) -> Parity:
    """The verdict on focused replays of so many bars, candidates and entries."""
    different = [each for each in compared if not each.identical]
    verdict: Verdict = "identical"
    reason = "trades, account, equity and decisions are the same bytes"
    if different:
        verdict = "different"
        reason = f"window {different[0].window} differs from the full replay"
    elif entries == 0:
        verdict, reason = "inconclusive", "the full replay has no entry"
    elif not any(each.skipped for each in compared):
        verdict, reason = "inconclusive", "no focused replay skipped a bar"
    return Parity(verdict, reason, bars, candidates, entries, kinds, tuple(compared))


def parity_lines(found: Parity) -> list[str]:
    """The verdict, counts, and where a difference begins."""
    lines = [f"{found.bars:,} bars, {found.candidates:,} candidates, {found.entries:,} entries"]
    lines.append(f"Fills: {counted(dict(sorted(found.kinds.items())))}")
    for each in found.comparisons:
        word = "identical" if each.identical else "DIFFERENT"
        lines.append(
            f"window {each.window}: {each.visited:,} bars visited, {each.skipped:,} skipped, {word}"
        )
        lines += each.divergence.lines() if each.divergence is not None else []
        lines += each.cause
    return [*lines, f"Verdict: {found.verdict} ({found.reason})"]

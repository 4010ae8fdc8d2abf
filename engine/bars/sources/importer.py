"""Sources in sequence as one checked series of bars."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from engine.bars.checks import check
from engine.bars.dates import iso
from engine.bars.series import Bars
from engine.bars.sources.declared import Declared
from engine.bars.sources.load import Loaded, load
from engine.bars.sources.timeframes import choose_timeframe
from engine.bars.timeframe import SECOND, timeframe_name
from engine.errors import DataError


@dataclass(frozen=True)
class Source:
    """One source, read and checked: open-labelled bars, and how it was read."""

    bars: Bars
    where: str
    has_volume_column: bool
    notes: tuple[str, ...]


def import_bars(paths: Sequence[Path], symbol: str, declared: Declared) -> tuple[Bars, list[str]]:
    """The bars of several sources in time order, and sentences that say how they were read.

    Nothing is filled, dropped or repaired. Raises DataError, one line, for a source that cannot be
    read, breaks a rule of bars, overlaps another or differs from it in timeframe or columns.
    """
    if not paths:
        raise DataError("no source; expected a file of bars")
    sources = sorted((_source(path, declared) for path in paths), key=_first)
    for before, after in pairwise(sources):
        _refuse_misfit(before, after)
    bars = _joined([source.bars for source in sources], symbol)
    return bars, [note for source in sources for note in (f"from {source.where}", *source.notes)]


def _first(source: Source) -> int:
    return int(source.bars.open_time[0])


def _source(path: Path, declared: Declared) -> Source:
    return checked(load(path, declared))


def checked(loaded: Loaded) -> Source:
    """A source held to the rules of bars; raises DataError, one line, for the first it breaks."""
    where = loaded.where
    _refuse_repeat(loaded)
    _refuse_out_of_place(loaded)
    length = choose_timeframe(loaded.option, loaded.named, loaded.found, loaded.bars.size, where)
    labelled = replace(loaded.bars, timeframe=length)
    check(labelled, where)
    problem = close_time_problem(loaded, length)
    if problem is not None:
        raise DataError(f"{where}: {problem}")
    shift = length if loaded.label == "close" else 0
    bars = replace(labelled, open_time=labelled.open_time - shift)
    moved = ["close-labelled stamps moved back by one bar"] if shift else []
    timeframe = f"timeframe: {timeframe_name(length)} ({_told_by(loaded)})"
    return Source(bars, where, loaded.has_volume_column, (*loaded.notes, timeframe, *moved))


def _told_by(loaded: Loaded) -> str:
    if loaded.option is not None:
        return "as declared"
    return "the file's name and the steps" if loaded.named else "the most common step"


def _refuse_repeat(loaded: Loaded) -> None:
    """A block of rows that is there twice: said as such, not as its first duplicate."""
    times = loaded.bars.open_time
    again = np.flatnonzero(times[1:] == times[0])
    if not again.size:
        return
    row = int(again[0]) + 1
    if row > 1 and times.size <= 2 * row and np.array_equal(times[row:], times[: times.size - row]):
        raise DataError(
            f"{loaded.where}: rows {row + 1} … {times.size} repeat the stamps of rows 1 … "
            f"{times.size - row} ({iso(int(times[0]))} … {iso(int(times[times.size - row - 1]))}); "
            "expected every bar once"
        )


def _refuse_out_of_place(loaded: Loaded) -> None:
    """The first wrong row of a file that is newest first, by its place in the file."""
    if not loaded.reversed:
        return
    times = loaded.bars.open_time[::-1]
    wrong = np.flatnonzero(times[1:] >= times[:-1])
    if not wrong.size:
        return
    row, before = int(wrong[0]) + 1, iso(int(times[wrong[0]]))
    again = "the same stamp as" if times[row] == times[row - 1] else "later than"
    raise DataError(
        f"{loaded.bars.source}: row {row + 1} ({iso(int(times[row]))}): {again} row {row}; "
        f"the file is newest first: expected a stamp before {before}"
    )


def close_time_problem(loaded: Loaded, length: int) -> str | None:
    """What is wrong with the source's own close times, which end a bar up to 1 s early, if any."""
    if loaded.closes is None:
        return None
    short = loaded.bars.open_time + length - loaded.closes
    if loaded.label == "close":
        return "the column open_time labels opens; drop --stamp close"
    wrong = (short < 0) | (short > SECOND)
    if not wrong.any():
        return None
    row = int(np.argmax(wrong))
    at, found = iso(int(loaded.bars.open_time[row])), iso(int(loaded.closes[row]))
    return (
        f"row {row + 1} ({at}): close_time {found} is not the end of a "
        f"{timeframe_name(length)} bar; expected {iso(int(loaded.bars.open_time[row]) + length)}"
    )


def _refuse_misfit(before: Source, after: Source) -> None:
    if before.bars.timeframe != after.bars.timeframe:
        names = [timeframe_name(each.bars.timeframe) for each in (before, after)]
        raise DataError(
            f"{after.where}: {names[1]} bars, {before.where} has {names[0]}; expected one timeframe"
        )
    if before.has_volume_column != after.has_volume_column:
        has, lacks = (before, after) if before.has_volume_column else (after, before)
        raise DataError(
            f"{lacks.where}: no volume, {has.where} has it; expected the same columns in all"
        )
    last, first = int(before.bars.open_time[-1]), int(after.bars.open_time[0])
    if first < last + before.bars.timeframe:
        raise DataError(
            f"{after.where}: row 1 ({iso(first)}) is not after the last bar of {before.where} "
            f"({iso(last)}); expected sources that do not overlap"
        )


def _joined(parts: list[Bars], symbol: str) -> Bars:
    columns = zip(*(part.arrays() for part in parts), strict=True)
    times, opens, highs, lows, closes, volumes = (np.concatenate(each) for each in columns)
    return Bars(
        asset=symbol,
        timeframe=parts[0].timeframe,
        source=", ".join(part.source for part in parts[:3]) + (", …" if len(parts) > 3 else ""),
        has_volume=bool(np.any(volumes != 0)),
        open_time=times,
        open=opens,
        high=highs,
        low=lows,
        close=closes,
        volume=volumes,
    )

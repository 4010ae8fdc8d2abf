"""Rows that break a rule, stamps out of order or off their grid, a timeframe that is another."""

import numpy as np

from engine.bars.checks import value_rules
from engine.bars.dates import DAY, iso
from engine.bars.quality.finding import Subject
from engine.bars.sources.importer import close_time_problem
from engine.bars.timeframe import timeframe_name
from engine.kernel import Ints

NO_ROWS = np.zeros(0, dtype=np.int64)
_MONDAY = 4 * DAY  # 1970-01-05, so that weeks are on the grid


def invalid(subject: Subject) -> list[tuple[str, Ints]]:
    """Rows with a price or a volume that no bar has, each row under its first broken rule."""
    rules = value_rules(subject.bars)
    broken = np.array([rule.broken for rule in rules])
    rows = np.flatnonzero(broken.any(axis=0))
    if not rows.size:
        return []
    first = int(rows[0])
    said = rules[int(np.argmax(broken[:, first]))].say(first)
    return [
        (f"{_count(rows.size)} with impossible values, the first: row {first + 1}: {said}", rows)
    ]


def dots(subject: Subject) -> list[tuple[str, Ints]]:
    return [(subject.loaded.dots, NO_ROWS)] if subject.loaded.dots else []


def duplicates(subject: Subject) -> list[tuple[str, Ints]]:
    times = subject.bars.open_time
    order = np.argsort(times, kind="stable")
    again = np.sort(order[1:][times[order][1:] == times[order][:-1]])
    if not again.size:
        return []
    return [(f"{_count(again.size)} with a stamp that an earlier row has", again)]


def backward(subject: Subject) -> list[tuple[str, Ints]]:
    rows = np.flatnonzero(np.diff(subject.bars.open_time) < 0) + 1
    return [(f"{_count(rows.size)} before the row above", rows)] if rows.size else []


def timeframe(subject: Subject) -> list[tuple[str, Ints]]:
    """What the user or the file's name says, against the most common step."""
    loaded, found = subject.loaded, subject.loaded.found
    said = loaded.option or loaded.named
    if said is None or not found or said == found or subject.bars.size < 3:
        return []
    by = "--timeframe" if loaded.option else "the file's name"
    return [
        (f"{by} says {timeframe_name(said)}, the bars are {timeframe_name(found)} apart", NO_ROWS)
    ]


def off_grid(subject: Subject) -> list[tuple[str, Ints]]:
    """Stamps that are not a whole number of bars from most of the others."""
    bars = subject.bars
    phase = (bars.open_time - _MONDAY) % bars.timeframe
    phases, counts = np.unique(phase, return_counts=True)
    usual = int(phases[np.argmax(counts)])
    rows = np.flatnonzero(phase != usual)
    if not rows.size:
        return []
    at = iso(usual)[11:19]
    grid = f"{timeframe_name(bars.timeframe)} from {at} UTC"
    return [(f"{_count(rows.size)} off the grid of most stamps ({grid})", rows)]


def close_time(subject: Subject) -> list[tuple[str, Ints]]:
    problem = close_time_problem(subject.loaded, subject.bars.timeframe)
    return [] if problem is None else [(problem, NO_ROWS)]


def _count(rows: int) -> str:
    return f"{rows:,} row{'' if rows == 1 else 's'}"

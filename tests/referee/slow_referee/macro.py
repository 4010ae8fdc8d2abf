"""Macro series as the specification reads them: publications, switches of vetoes, tilts."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import nan
from pathlib import Path
from statistics import median
from typing import Any

from .paid import instants, read_table

HOUR = 3_600_000_000_000
DAY = 24 * HOUR
DATES = ("date", "timestamp", "datetime", "time", "observation_date", "index")


@dataclass
class Series:
    """Publications in order of time: (when, date, value), those of one moment by date."""

    published: list[tuple[int, int, float]]
    period: float
    stale_after: int
    missing: str

    def __post_init__(self) -> None:
        self.when = [each[0] for each in self.published]
        self.newest: list[int] = []  # place of the newest date among the first k + 1 publications
        for place, (_, date, _) in enumerate(self.published):
            best = self.newest[-1] if self.newest else place
            self.newest.append(place if date >= self.published[best][1] else best)

    def row_at(self, moment: int) -> tuple[int, int, float] | None:
        """The value of the newest date published at or before a moment."""
        known = bisect_right(self.when, moment)
        return self.published[self.newest[known - 1]] if known else None

    def value_at(self, moment: int) -> float:
        row = self.row_at(moment)
        return nan if row is None else row[2]

    def absent(self, moment: int) -> bool:
        """Whether the value is missing or stale at a bar's close."""
        row = self.row_at(moment)
        return row is None or moment - row[0] > self.stale_after * self.period


@dataclass
class Switches:
    """One rule at each bar: whether it shuts its sides, and whether it tells them to leave."""

    sides: tuple[int, ...]
    shut: list[bool]
    leave: list[bool]


def read_series(section: Any) -> Series:
    table = read_table(Path(section.path))
    date = next(name for name in DATES if name in table)
    dates = [each - each % DAY for each in instants(table[date])]
    values = [float(each) for each in table[value_name(section, table, date)]]
    rows = sorted(zip(publications(section, table, dates), dates, values, strict=True))
    rows = [each for each in rows if each[2] == each[2]]
    days = sorted({each[1] for each in rows})
    steps = [b - a for a, b in pairwise(days)] or [DAY]
    return Series(rows, median(steps), section.stale_after_periods, section.missing)


def value_name(section: Any, table: Any, date: str) -> str:
    if section.value_column is not None:
        return str(section.value_column).lower()
    named = [name for name in ("value", "close") if name in table]
    return named[0] if named else next(name for name in table if name != date)


def publications(section: Any, table: Any, dates: list[int]) -> list[int]:
    if section.publication_column is not None:
        return instants(table[section.publication_column.lower()])
    lag = int((section.publication_lag_hours or 0.0) * HOUR)
    return [date + DAY + lag for date in dates]


def switches(macro: Any, closes: list[int]) -> list[Switches]:
    """Every veto at every bar."""
    series = {name: read_series(section) for name, section in macro.series.items()}
    return [_switch(rule, series, closes) for rule in macro.vetoes]


def _switch(rule: Any, series: dict[str, Series], closes: list[int]) -> Switches:
    read = [series[rule.series]] + ([series[rule.minus]] if rule.minus else [])
    moments = sorted({when for each in read for when in each.when})
    on, states = False, []
    for moment in moments:
        on = _thrown(rule, [each.value_at(moment) for each in read], on)
        states.append(on)
    shut, leave = [], []
    for close in closes:
        k = bisect_right(moments, close) - 1
        now = k >= 0 and states[k]
        blocked = any(each.absent(close) and each.missing == "block" for each in read)
        shut.append(now or blocked)
        leave.append(now and rule.exits)
    sides = {"long": (1,), "short": (-1,), "both": (1, -1)}[rule.side]
    return Switches(sides, shut, leave)


def _thrown(rule: Any, values: list[float], on: bool) -> bool:
    """The switch after a publication; it stays while a value is unknown."""
    value = values[0] - values[1] if len(values) == 2 else values[0]
    high = rule.on > rule.off
    if (value > rule.on) if high else (value < rule.on):
        return True
    if (value <= rule.off) if high else (value >= rule.off):
        return False
    return on


def tilt_column(macro: Any, closes: list[int]) -> list[float]:
    """The mean vote of `macro.tilts` at each bar."""
    series = {name: read_series(section) for name, section in macro.series.items()}
    out = []
    for close in closes:
        votes = [_tilt(each, series[each.series], close) for each in macro.tilts]
        out.append(sum(votes) / len(votes) if votes else 0.0)
    return out


def _tilt(tilt: Any, series: Series, close: int) -> float:
    known = bisect_right(series.when, close)
    if known < tilt.mean_periods or series.absent(close):
        return 0.0
    noted = series.newest[known - tilt.mean_periods : known]  # after each publication
    values = [series.published[place][2] for place in noted]
    mean = sum(values) / len(values)
    spread = sum(abs(each - mean) for each in values) / len(values)
    x = (values[-1] - mean) / spread if spread > 0 else 0.0
    side = 1 if tilt.side_when_high == "long" else -1
    return side * x / (1.0 + abs(x))

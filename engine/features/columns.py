"""Named columns of a market: features of the bars and of higher timeframes, each computed
once, when it is first read.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import nan

import numpy as np

from engine.bars.higher import HigherBars, higher
from engine.bars.series import Bars
from engine.bars.timeframe import nanoseconds, timeframe_name
from engine.errors import DataError, SettingsError
from engine.features.catalogue import COLUMNS, Catalogue, PatternSettings, find, needs_volume
from engine.features.feature import COUNTED, FIELDS, Feature, count_of, run
from engine.features.pattern import run_pattern
from engine.kernel import Floats, Ints, kernel
from engine.settings import Section

DEFAULT_PATTERNS = PatternSettings()
# Rows of a long series from which it is told where its columns begin.
LONG, HEAD = 50_000, 2_048


@dataclass(frozen=True)
class Columns:
    """The columns asked for, by name: float64[n] on the rows of the bars, read-only.

    A column is NaN before its warm-up and finite after it. warmup: first row at which every column
    is finite, n if there is none.
    """

    names: tuple[str, ...]
    warmup: int
    values: Mapping[str, Floats]

    def __getitem__(self, name: str) -> Floats:
        try:
            return self.values[name]
        except KeyError:
            raise KeyError(f"column {name!r} was not asked for") from None


def compute(
    bars: Bars,
    names: Iterable[str],
    anchor: int = 0,
    patterns: Section = DEFAULT_PATTERNS,
    catalogue: Catalogue = COLUMNS,
    beside: Iterable[str] = (),
) -> Columns:
    """The named columns: `rsi_wilder_14` of the bars, `adx_wilder_14@4h` of a higher timeframe.

    A higher column has at each row the value of the last higher bar closed by then, NaN before the
    first. anchor: ns by which higher timeframes are shifted. patterns: a section for each pattern
    of the catalogue. beside: further columns that the warm-up does not wait for. Raises
    SettingsError for an unknown name or a timeframe that does not fit, DataError for volume that
    the data does not have.
    """
    awaited = tuple(dict.fromkeys(names))
    read = OnDemand(bars, (*awaited, *beside), anchor, patterns, catalogue)
    if bars.size < LONG:
        return Columns(
            awaited, max((first_finite(read[name]) for name in awaited), default=0), read
        )
    # Row i reads rows <= i: where a column begins, its first rows tell as well as all of them. One
    # of a plug-in is not asked to work on a few rows of a higher timeframe.
    ours = [name for name in awaited if not _is_added(name.partition("@")[0], catalogue)]
    head = OnDemand(bars.part(slice(HEAD)), ours, anchor, patterns, catalogue)
    known = {name: first_finite(head[name]) if name in ours else HEAD for name in awaited}
    starts = (row if row < HEAD else first_finite(read[name]) for name, row in known.items())
    return Columns(awaited, max(starts, default=0), read)


def _is_added(column: str, catalogue: Catalogue) -> bool:
    """Whether a plug-in adds it."""
    return column in catalogue and column not in COLUMNS


class OnDemand(Mapping[str, Floats]):
    """Columns by name, float64[n] on the rows of the bars, each computed when it is first read."""

    def __init__(
        self,
        bars: Bars,
        names: Iterable[str],
        anchor: int,
        patterns: Section,
        catalogue: Catalogue,
    ) -> None:
        self.bars, self.anchor, self.patterns, self.catalogue = bars, anchor, patterns, catalogue
        self.places = {name: _parse(name, bars, catalogue) for name in names}
        self.frames: dict[int, FrameColumns] = {}
        self.known: dict[str, Floats] = {}

    def __getitem__(self, name: str) -> Floats:
        if name not in self.known:
            column, length = self.places[name]
            self.known[name] = self.frame(length).expanded(column)
        return self.known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def frame(self, length: int) -> "FrameColumns":
        """The columns of a timeframe, of so many ns."""
        if length not in self.frames:
            own = length == self.bars.timeframe
            bars = self.bars if own else higher(self.bars, length, self.anchor)
            self.frames[length] = FrameColumns(bars, self.anchor, self.patterns, self.catalogue)
        return self.frames[length]


def _parse(name: str, bars: Bars, catalogue: Catalogue) -> tuple[str, int]:
    column, _, timeframe = name.partition("@")
    find(column, catalogue)
    length = nanoseconds(timeframe) if timeframe else bars.timeframe
    if length % bars.timeframe:
        base = timeframe_name(bars.timeframe)
        raise SettingsError(f"column {name!r}: {timeframe} is not a multiple of the bars' {base}")
    if not bars.has_volume and needs_volume(column, catalogue):
        raise DataError(f"column {name!r}: needs volume, and {bars.source} has none")
    return column, length


class FrameColumns:
    """The columns of one timeframe, computed when they are first asked for."""

    def __init__(
        self,
        bars: Bars | HigherBars,
        anchor: int,
        patterns: Section,
        catalogue: Catalogue = COLUMNS,
    ) -> None:
        self.bars = bars
        self.anchor = anchor
        self.patterns = patterns
        self.catalogue = catalogue
        self.known: dict[str, Floats] = {}
        self.counted: dict[str, Ints] = {}

    def input(self, name: str) -> Floats | Ints:
        if name in COUNTED:
            return self.count(name)
        if name in FIELDS:
            field: Floats = getattr(self.bars, name)
            return field
        return self.column(name)

    def column(self, name: str) -> Floats:
        if name not in self.known:
            record = find(name, self.catalogue)
            inputs = [self.input(each) for each in record.inputs]
            if isinstance(record, Feature):
                self.known[name] = run(record, inputs)
            else:
                self.known[name] = run_pattern(record, inputs, getattr(self.patterns, name))
        return self.known[name]

    def expanded(self, name: str) -> Floats:
        """The column on the rows of the base bars."""
        if isinstance(self.bars, Bars):
            return self.column(name)
        out = np.empty(self.bars.visible.size)
        expand(self.column(name), self.bars.visible, out)
        out.flags.writeable = False
        return out

    def count(self, name: str) -> Ints:
        """int64[n]: the number of each bar by the clock, or of the day that it opens in."""
        if name not in self.counted:
            of = count_of(name, self.bars.open_time, self.bars.timeframe, self.anchor)
            of.flags.writeable = False
            self.counted[name] = of
        return self.counted[name]


@kernel
def expand(values: Floats, visible: Ints, out: Floats) -> None:
    """out[i] = values[visible[i]]; NaN where visible[i] is −1 (nothing is visible yet)."""
    for i in range(out.size):
        out[i] = values[visible[i]] if visible[i] >= 0 else nan


@kernel
def first_finite(column: Floats) -> int:
    """The first row that is not NaN; the number of rows if there is none."""
    for i in range(column.size):
        if column[i] == column[i]:
            return i
    return column.size

"""One closed bar at a time through all columns: what a live runner reads, bit by bit the columns.

Each timeframe keeps the last rows that its columns look back on, and the states of those that
remember everything, so a bar costs the same however long the history is.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.bars.timeframe import nanoseconds
from engine.errors import SettingsError
from engine.features.catalogue import COLUMNS, Catalogue, PatternSettings
from engine.features.frame_step import Bar, FrameStep, Snapshot
from engine.kernel import Floats
from engine.settings import Section


class ColumnStepper:
    """The named columns of a market, one bar after the other from the first bar of its history."""

    def __init__(
        self,
        timeframe: int,
        names: Iterable[str],
        anchor: int = 0,
        patterns: Section | None = None,
        catalogue: Catalogue = COLUMNS,
    ) -> None:
        settings = PatternSettings() if patterns is None else patterns
        self.names = tuple(dict.fromkeys(names))
        asked = [_split(name, timeframe) for name in self.names]
        lengths = dict.fromkeys([timeframe, *(length for _, length in asked)])
        self._frames = {
            length: FrameStep(
                [name for name, of in asked if of == length], length, anchor, settings, catalogue
            )
            for length in lengths
        }
        self._asked = asked
        self._timeframe = timeframe
        self._buckets = {
            length: _Bucket(length, anchor) for length in lengths if length != timeframe
        }

    def push(self, bar: Bar) -> Floats:
        """float64[k]: the value of each named column at this bar, NaN before its warm-up."""
        self._frames[self._timeframe].push(bar)
        for length, bucket in self._buckets.items():
            for closed in bucket.add(bar, bar.open_time + self._timeframe):
                self._frames[length].push(closed)
        return np.array([self._frames[length].last(name) for name, length in self._asked])

    def snapshot(self) -> Snapshot:
        """Everything that the next bar depends on, as arrays that `numpy.savez` can keep."""
        parts = {f"frame-{length}-": frame.snapshot() for length, frame in self._frames.items()}
        parts |= {f"bucket-{length}-": b.snapshot() for length, b in self._buckets.items()}
        return {
            prefix + key: value for prefix, part in parts.items() for key, value in part.items()
        }

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from a snapshot of a stepper with the same arguments."""
        for length, frame in self._frames.items():
            frame.restore(_part(saved, f"frame-{length}-"))
        for length, bucket in self._buckets.items():
            bucket.restore(_part(saved, f"bucket-{length}-"))


def _split(name: str, timeframe: int) -> tuple[str, int]:
    column, _, higher = name.partition("@")
    length = nanoseconds(higher) if higher else timeframe
    if length % timeframe:
        raise SettingsError(f"column {name!r}: {higher} is not a multiple of the bars' timeframe")
    return column, length


def _part(saved: Mapping[str, npt.NDArray[Any]], prefix: str) -> Snapshot:
    return {key.removeprefix(prefix): saved[key] for key in saved if key.startswith(prefix)}


class _Bucket:
    """The forming bar of a higher timeframe."""

    def __init__(self, length: int, anchor: int) -> None:
        self.length, self.anchor = length, anchor
        self.forming: Bar | None = None
        self.counts = False  # the first bucket counts only if its first base bar starts it

    def add(self, bar: Bar, now: int) -> list[Bar]:
        """Take in a base bar; returns the buckets that are closed by the clock at `now`."""
        start = bar.open_time - (bar.open_time - self.anchor) % self.length
        closed = []
        if self.forming is not None and start > self.forming.open_time:
            closed += self._close()
        if self.forming is None:
            self.counts = self.counts or start == bar.open_time
            self.forming = bar._replace(open_time=start, volume=0.0 + bar.volume)
        else:
            self.forming = _merged(self.forming, bar)
        if start + self.length <= now:
            closed += self._close()
        return closed

    def _close(self) -> list[Bar]:
        bar, counts = self.forming, self.counts
        # Only the file's first bucket can be one that does not count.
        self.forming, self.counts = None, True
        return [bar] if counts and bar is not None else []

    def snapshot(self) -> Snapshot:
        bar = self.forming
        return {
            "counts": np.array([self.counts]),
            "time": np.array([] if bar is None else [bar.open_time], dtype=np.int64),
            "values": np.array([] if bar is None else bar[1:]),
        }

    def restore(self, saved: Snapshot) -> None:
        self.counts = bool(saved["counts"][0])
        self.forming = None
        if saved["time"].size:
            self.forming = Bar(int(saved["time"][0]), *saved["values"].tolist())


def _merged(forming: Bar, bar: Bar) -> Bar:
    return Bar(
        forming.open_time,
        forming.open,
        max(forming.high, bar.high),
        min(forming.low, bar.low),
        bar.close,
        forming.volume + bar.volume,
    )

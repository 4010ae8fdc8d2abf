"""Base bars merged into bars of a higher timeframe, and which of them a base bar may see."""

from dataclasses import dataclass

import numpy as np

from engine.bars.series import Bars
from engine.bars.timeframe import timeframe_name
from engine.errors import SettingsError
from engine.kernel import Floats, Ints, kernel


@dataclass(frozen=True)
class HigherBars:
    """m bars of a higher timeframe, open-labelled, over n base bars.

    open_time: int64[m], start of the bucket, ns UTC. open, high, low, close, volume: float64[m] of
    the base bars that exist. visible: int64[n], the last higher bar closed at close_time of base
    bar i, -1 before any. timeframe: ns. All arrays are contiguous and read-only. The last bar may
    still be forming; then no base bar sees it.
    """

    timeframe: int
    has_volume: bool
    open_time: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    visible: Ints

    def __post_init__(self) -> None:
        for array in (*self.arrays(), self.visible):
            array.flags.writeable = False

    @property
    def size(self) -> int:
        return self.open_time.size

    @property
    def close_time(self) -> Ints:
        """int64[m]: open_time + timeframe, by the clock."""
        return self.open_time + self.timeframe

    def arrays(self) -> tuple[Ints, Floats, Floats, Floats, Floats, Floats]:
        return self.open_time, self.open, self.high, self.low, self.close, self.volume


def higher(bars: Bars, length: int, anchor: int) -> HigherBars:
    """Merge `bars` into buckets floor((open_time - anchor) / length); `length`, `anchor` in ns.

    Empty buckets do not exist, buckets with missing bars do; the first counts only if its first
    base bar starts it. Raises SettingsError unless length is a multiple of bars.timeframe.
    """
    if length < bars.timeframe or length % bars.timeframe:
        asked, base = timeframe_name(length), timeframe_name(bars.timeframe)
        raise SettingsError(
            f"timeframe {asked} is no multiple of {base}, the timeframe of the bars"
        )
    first_rows, open_time = _buckets(bars.open_time, length, anchor)
    high, low, volume = np.empty((3, first_rows.size))
    _merge(bars.high, bars.low, bars.volume, first_rows, high, low, volume)
    return HigherBars(
        timeframe=length,
        has_volume=bars.has_volume,
        open_time=open_time,
        open=bars.open[first_rows],
        high=high,
        low=low,
        close=bars.close[np.append(first_rows[1:], bars.size)[: first_rows.size] - 1],
        volume=volume,
        visible=_visible(open_time + length, bars.close_time),
    )


def _buckets(open_time: Ints, length: int, anchor: int) -> tuple[Ints, Ints]:
    """The row at which each bucket begins, and the instant at which it does, both int64[m]."""
    rows, starts = np.empty_like(open_time), np.empty_like(open_time)
    count = _find_buckets(open_time, length, anchor, rows, starts)
    first = 1 if open_time.size and starts[0] != open_time[0] else 0
    return rows[first:count].copy(), starts[first:count].copy()


@kernel
def _find_buckets(open_time: Ints, length: int, anchor: int, rows: Ints, starts: Ints) -> int:
    count = 0
    for i in range(open_time.size):
        if count == 0 or open_time[i] >= starts[count - 1] + length:
            rows[count] = i
            starts[count] = open_time[i] - (open_time[i] - anchor) % length
            count += 1
    return count


def _visible(closes: Ints, instants: Ints) -> Ints:
    """int64[n]: the last of the ascending `closes` at or before each ascending instant, or −1."""
    last = np.empty_like(instants)
    _last_closed(closes, instants, last)
    return last


@kernel
def _last_closed(closes: Ints, instants: Ints, last: Ints) -> None:
    k = -1
    for i in range(instants.size):
        while k + 1 < closes.size and closes[k + 1] <= instants[i]:
            k += 1
        last[i] = k


@kernel
def _merge(
    high: Floats,
    low: Floats,
    volume: Floats,
    first_rows: Ints,
    highs: Floats,
    lows: Floats,
    volumes: Floats,
) -> None:
    """The rows of each bucket in their order: the last bits of a sum hang on it."""
    for k in range(first_rows.size):
        first = first_rows[k]
        stop = first_rows[k + 1] if k + 1 < first_rows.size else high.size
        most, least, total = high[first], low[first], volume[first]
        for i in range(first + 1, stop):
            most = high[i] if high[i] > most else most
            least = low[i] if low[i] < least else least
            total += volume[i]
        highs[k], lows[k], volumes[k] = most, least, total

"""A market's bars: checked, frozen arrays. Everything downstream trusts them without looking."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from engine.kernel import Floats, Ints, frozen


@dataclass(frozen=True)
class Bars:
    """n bars in time order, open-labelled.

    open_time: int64[n], ns since 1970 UTC, strictly increasing. open, high, low, close: float64[n],
    finite, > 0, low <= min(open, close) <= max(open, close) <= high. volume: float64[n], >= 0.
    has_volume: false where the data has none; volume is zero then, and nothing may read it. All
    arrays are contiguous and read-only, without NaN. asset: the name of the market. timeframe: ns.
    source: what to call the data in messages (a file name, or DEMO).

    >>> import barsieve
    >>> bars = barsieve.demo_bars(24)
    >>> bars.close.dtype, bars.close.flags.writeable
    (dtype('float64'), False)
    """

    asset: str
    timeframe: int
    source: str
    has_volume: bool
    open_time: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __post_init__(self) -> None:
        for array in self.arrays():
            array.flags.writeable = False

    @property
    def size(self) -> int:
        """N."""
        return self.open_time.size

    @cached_property
    def close_time(self) -> Ints:
        """int64[n]: open_time + timeframe, the instant at which bar i is decided."""
        return frozen(self.open_time + self.timeframe)

    def arrays(self) -> tuple[Ints, Floats, Floats, Floats, Floats, Floats]:
        """open_time, open, high, low, close, volume."""
        return self.open_time, self.open, self.high, self.low, self.close, self.volume

    def part(self, kept: slice) -> "Bars":
        """Some of the bars, as a file of them alone would give them."""
        names = ("open_time", "open", "high", "low", "close", "volume")
        return replace(self, **{name: getattr(self, name)[kept].copy() for name in names})

    def fingerprint(self, rows: int | None = None) -> str:
        """sha256 of the first `rows` bars (all when None): appended bars do not change it."""
        digest = hashlib.sha256(f"{self.timeframe}|{self.has_volume}|".encode())
        for array in self.arrays():
            digest.update(
                np.ascontiguousarray(array[:rows]).astype(array.dtype.newbyteorder("<")).data
            )
        return digest.hexdigest()

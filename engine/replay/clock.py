"""The stamps of several assets, merged into one clock."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.kernel import Ints
from engine.prescreen.windows import Mask, Windows, inside

Grid = np.ndarray[tuple[int, int], np.dtype[np.int64]]
NO_ROW = -1


@dataclass(frozen=True)
class Clock:
    """The stamps of several assets, merged. open_time: int64[s], ns, strictly increasing. rows:
    int64[s, a], the row of asset a in its own table at that stamp, −1 where it has no bar there.
    """

    open_time: Ints
    rows: Grid

    def stamps_of(self, asset: int) -> Ints:
        """int64[r]: the places in `open_time` at which one asset has its bars."""
        return np.flatnonzero(self.rows[:, asset] != NO_ROW)

    def focus(self, windows: Windows) -> Mask:
        """bool[s]: the stamps inside windows over stamps."""
        return inside(windows, self.open_time.size)

    def union(self, windows: Sequence[Windows]) -> Windows:
        """The stamps at which any asset has a row in its windows, as windows over stamps."""
        focus = np.zeros(self.open_time.size + 2, dtype=np.int8)
        for asset, own in enumerate(windows):
            rows = self.rows[:, asset]
            # The window that begins last at or before the row: −1 before all, and for no row.
            window = np.searchsorted(own.starts, rows, side="right") - 1
            within = (window >= 0) & (rows < np.append(own.ends, 0)[window])
            focus[1:-1] |= within
        steps = np.diff(focus)
        return Windows(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1))


def merged_clock(times: Sequence[Ints], firsts: Sequence[int]) -> Clock:
    """The clock of assets whose rows firsts[a], firsts[a] + 1, … open at times[a]."""
    stamps = np.unique(np.concatenate(times))
    rows = np.full((stamps.size, len(times)), NO_ROW, dtype=np.int64)
    for asset, (own, first) in enumerate(zip(times, firsts, strict=True)):
        rows[np.searchsorted(stamps, own), asset] = np.arange(own.size) + first
    return Clock(stamps, rows)

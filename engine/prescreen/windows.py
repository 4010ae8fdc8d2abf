"""Windows: half-open ranges of rows that a replay visits."""

from dataclasses import dataclass

import numpy as np

from engine.kernel import Ints

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Windows:
    """starts, ends: int64[m], sorted, disjoint, never adjacent; rows starts[k] … ends[k] − 1."""

    starts: Ints
    ends: Ints

    @property
    def bars(self) -> int:
        """How many rows lie in a window."""
        return int((self.ends - self.starts).sum())


def whole(first: int, stop: int) -> Windows:
    """The one window of a full replay."""
    return Windows(np.array([first], dtype=np.int64), np.array([stop], dtype=np.int64))


def around(rows: Ints, width: int, first: int, stop: int) -> Windows:
    """Row ± width for each of the sorted `rows`, clipped to [first, stop) and merged."""
    if rows.size == 0:
        return Windows(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    width = min(width, stop - first)
    starts = np.maximum(rows - width, first)
    ends = np.minimum(rows + width + 1, stop)
    begins = np.concatenate(([True], starts[1:] > ends[:-1]))
    lasts = np.concatenate((begins[1:], [True]))
    return Windows(starts[begins], ends[lasts])


def inside(windows: Windows, size: int) -> Mask:
    """bool[size]: which rows lie in a window."""
    steps = np.zeros(size + 1, dtype=np.int64)
    steps[windows.starts] += 1
    steps[windows.ends] -= 1
    return np.cumsum(steps[:-1]) > 0

"""What is known bar by bar, and the first of it that a change of the future changed."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.kernel import Floats, Ints

Array = npt.NDArray[Any]
NOTHING = "nothing"


@dataclass(frozen=True)
class Known:
    """m values of any kind, and row: int64[m], the bar at whose close each became known.

    Without `row` there is one value a bar.
    """

    values: Array
    row: Ints | None = None

    def before(self, cut: int) -> "tuple[Array, Ints]":
        """The values known at the close of bar cut − 1, in their order, and their rows."""
        if self.row is None:
            return self.values[:cut], np.arange(min(cut, len(self.values)))
        kept = self.row < cut
        return self.values[kept], self.row[kept]

    def count(self, cut: int) -> int:
        """How many values are known at the close of bar cut − 1."""
        rows = len(self.values) if self.row is None else int((self.row < cut).sum())
        return min(rows, cut) if self.row is None else rows


class Change(NamedTuple):
    """The row at which something known became something else, and both as text."""

    row: int
    known: str
    changed: str


def first_change(whole: Known, other: Known, cut: int) -> Change | None:
    """The first value before the cut that is not the same bytes; None where there is none.

    Not every NaN has the same bits, and nothing depends on which one it is.
    """
    (ours, our_rows), (theirs, their_rows) = whole.before(cut), other.before(cut)
    count = min(len(ours), len(theirs))
    differ = different(ours[:count], theirs[:count]) | (our_rows[:count] != their_rows[:count])
    if not differ.any() and len(ours) == len(theirs):
        return None
    at = int(np.argmax(differ)) if differ.any() else count
    rows = [int(each[at]) for each in (our_rows, their_rows) if at < len(each)]
    return Change(min(rows), _shown(ours, at), _shown(theirs, at))


def different(ours: Array, theirs: Array) -> npt.NDArray[np.bool_]:
    """bool[m]: elements, of one or several numbers each, that are not the same bytes."""
    if ours.dtype.kind in "US":  # as wide as their longest text
        return np.asarray(ours != theirs)
    if ours.dtype != theirs.dtype or ours.shape != theirs.shape:
        return np.ones(len(ours), dtype=bool)
    if ours.tobytes() == theirs.tobytes():  # ten times faster than element by element
        return np.zeros(len(ours), dtype=bool)
    found: npt.NDArray[np.bool_] = (_bytes(ours) != _bytes(theirs)).any(axis=1)
    if ours.dtype.kind == "f" and found.any():
        both_nan = np.isnan(ours[found]) & np.isnan(theirs[found])
        same = both_nan | (_bits(ours[found]) == _bits(theirs[found]))
        found[found] = ~same.reshape(len(same), -1).all(axis=1)
    return found


def _bytes(values: Array) -> npt.NDArray[np.uint8]:
    """uint8[m, bytes of an element]."""
    return np.ascontiguousarray(values).view(np.uint8).reshape(len(values), -1)


def _bits(values: Floats) -> Array:
    return np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}")


def _shown(values: Array, at: int) -> str:
    return shown(values[at]) if at < len(values) else NOTHING


def shown(value: Any) -> str:
    """One value with every digit; a record as its fields."""
    if isinstance(value, np.void):
        names = [name for name in value.dtype.names or () if name != "reserved"]
        return json.dumps({name: value[name].tolist() for name in names})
    return str(value.tolist()) if isinstance(value, np.generic | np.ndarray) else str(value)

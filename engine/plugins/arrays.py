"""Arrays of a user's functions: one number a bar, or one line that says at which bar it is none."""

from math import inf
from typing import Any

import numpy as np

from engine.bars.dates import iso
from engine.bars.series import Bars
from engine.errors import PluginError
from engine.kernel import Floats, frozen, kernel
from engine.plugins.guard import brief
from engine.plugins.records import Mask

HINT = "of a pandas column with gaps make .fillna(False).astype(bool)"


def place(bars: Bars, row: int) -> str:
    return f"bar {row:,} ({iso(int(bars.open_time[row]))})"


def numbers(own: str, name: str, values: Any, size: int) -> Floats:
    """float64[n], NaN as it is. Raises PluginError for another shape, or what is no number."""
    return row_array(own, name, values, size).astype(np.float64, copy=False)


def row_array(own: str, name: str, values: Any, size: int) -> Any:
    """An array of `size` numbers, or of bool. Raises PluginError for anything else, and for one
    that hides some of its numbers: what lies below a mask was not meant.
    """
    hidden = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    if hidden is not None and hidden.any():
        raise PluginError(
            f"{own}: {name} is masked at bar {int(np.argmax(hidden)):,}; expected a number for "
            "each bar: fill it first, as in .filled(np.nan)"
        )
    array = np.asarray(values)
    if array.shape != (size,):
        raise PluginError(
            f"{own}: {name} has the shape {array.shape}, expected ({size},), a value for each bar"
        )
    if array.dtype.kind not in "biuf":
        raise PluginError(
            f"{own}: {name} is of type {array.dtype}, expected bool or numbers; {HINT}"
        )
    return array


def signs(own: str, name: str, values: Any, bars: Bars) -> Any:
    """An array of n numbers, or of bool. Raises PluginError as `numbers`, for NaN and infinity."""
    array = row_array(own, name, values, bars.size)
    expected = "a number whose sign is the side, for each bar"
    _refuse_first(own, name, array, ~np.isfinite(array), bars, expected)
    return array


def flags(own: str, name: str, values: Any, bars: Bars) -> Mask:
    """bool[n] from bool, or from 0 and 1. Raises PluginError for any other number."""
    array = row_array(own, name, values, bars.size)
    found: Mask = array != 0
    expected = "true or false, or 1 and 0: compare first, as in fast > slow"
    _refuse_first(own, name, array, found & (array != 1), bars, expected)
    return found


def _refuse_first(own: str, name: str, array: Any, wrong: Mask, bars: Bars, expected: str) -> None:
    """Raise PluginError for the first row that is wrong."""
    if wrong.any():
        row = int(np.argmax(wrong))
        raise PluginError(
            f"{own}: {name} is {array[row]} at {place(bars, row)}; expected {expected}"
        )


def refuse_negative(own: str, name: str, array: Floats, bars: Bars) -> None:
    """Distances in price units; NaN and 0 leave them to the configuration."""
    row = first_wrong_distance(frozen(np.ascontiguousarray(array)))
    if row >= 0:
        raise PluginError(
            f"{own}: {name} is {array[row]} at {place(bars, row)}; expected a distance in price "
            "units, nan where there is none"
        )


@kernel
def first_wrong_distance(values: Floats) -> int:
    """The first row that is negative or infinite, −1 where none is; NaN is not."""
    for i in range(values.size):
        if values[i] < 0.0 or values[i] == inf:
            return i
    return -1


def two_sides(own: str, part: str, given: Any, bars: Bars) -> tuple[Mask, Mask]:
    """What a gate or an exit gives: bool[n] of longs, bool[n] of shorts."""
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise PluginError(
            f"{own}: {part} gave {brief(given)}; expected two arrays, of longs and of shorts"
        )
    long, short = given
    return flags(own, f"{part} of longs", long, bars), flags(own, f"{part} of shorts", short, bars)

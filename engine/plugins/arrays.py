"""Arrays of a user's functions: one number a bar, or one line that says at which bar it is none."""

from typing import Any

import numpy as np

from engine.bars.dates import iso
from engine.bars.series import Bars
from engine.errors import PluginError
from engine.kernel import Floats
from engine.plugins.guard import brief
from engine.plugins.records import Mask

HINT = "of a pandas column with gaps make .fillna(False).astype(bool)"


def place(bars: Bars, row: int) -> str:
    return f"bar {row:,} ({iso(int(bars.open_time[row]))})"


def numbers(own: str, name: str, values: Any, size: int) -> Floats:
    """float64[n], NaN as it is. Raises PluginError for another shape, or what is no number."""
    array = np.asarray(values)
    if array.shape != (size,):
        raise PluginError(
            f"{own}: {name} has the shape {array.shape}, expected ({size},), a value for each bar"
        )
    if array.dtype.kind not in "biuf":
        raise PluginError(
            f"{own}: {name} is of type {array.dtype}, expected bool or numbers; {HINT}"
        )
    return array.astype(np.float64)


def signs(own: str, name: str, values: Any, bars: Bars) -> Floats:
    """float64[n]. Raises PluginError as `numbers`, and for a NaN."""
    array = numbers(own, name, values, bars.size)
    if np.isnan(array).any():
        row = int(np.argmax(np.isnan(array)))
        raise PluginError(
            f"{own}: {name} is nan at {place(bars, row)}; expected a value for each bar"
        )
    return array


def flags(own: str, name: str, values: Any, bars: Bars) -> Mask:
    """bool[n]: where it is not zero."""
    found: Mask = signs(own, name, values, bars) != 0
    return found


def refuse_negative(own: str, name: str, array: Floats, bars: Bars) -> None:
    """Distances in price units; NaN and 0 leave them to the configuration."""
    wrong = (array < 0) | np.isinf(array)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise PluginError(
            f"{own}: {name} is {array[row]} at {place(bars, row)}; expected a distance in price "
            "units, nan where there is none"
        )


def two_sides(own: str, part: str, given: Any, bars: Bars) -> tuple[Mask, Mask]:
    """What a gate or an exit gives: bool[n] of longs, bool[n] of shorts."""
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise PluginError(
            f"{own}: {part} gave {brief(given)}; expected two arrays, of longs and of shorts"
        )
    long, short = given
    return flags(own, f"{part} of longs", long, bars), flags(own, f"{part} of shorts", short, bars)

"""Two files of one market at different timeframes, bar by bar."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.bars.checks import check
from engine.bars.dates import iso
from engine.bars.higher import higher
from engine.bars.series import Bars
from engine.bars.timeframe import timeframe_name
from engine.errors import SettingsError
from engine.kernel import Floats, Ints

_PRICES = ("open", "high", "low", "close")
PRICE_TOLERANCE, VOLUME_TOLERANCE = 1e-9, 1e-6  # relative


@dataclass(frozen=True)
class Agreement:
    """compared: whole bars in both. differing: open_time of those that differ, each with a sentence
    in `said`.
    """

    compared: int
    differing: Ints
    said: tuple[str, ...]


@dataclass(frozen=True)
class _Merged:
    """The finer bars at the timeframe of the coarser; only buckets with all their bars."""

    open_time: Ints
    columns: dict[str, Floats]


def compare(one: Bars, other: Bars) -> Agreement:
    """Compare two files of checked bars; raises DataError if one breaks a rule, SettingsError if
    neither timeframe is a multiple of the other.
    """
    for bars in (one, other):
        check(bars, bars.source)
    fine, coarse = sorted((one, other), key=lambda bars: bars.timeframe)
    if coarse.timeframe % fine.timeframe:
        names = f"{timeframe_name(one.timeframe)} and {timeframe_name(other.timeframe)}"
        raise SettingsError(f"--against: {names}: neither is a multiple of the other")
    merged = _merge(fine, coarse)
    times, left, right = np.intersect1d(
        coarse.open_time, merged.open_time, assume_unique=True, return_indices=True
    )
    fields = [*_PRICES, *(["volume"] if fine.has_volume and coarse.has_volume else [])]
    pairs = {name: (getattr(coarse, name)[left], merged.columns[name][right]) for name in fields}
    wrong = {name: _differs(*pair, name) for name, pair in pairs.items()}
    at = np.flatnonzero(np.any(list(wrong.values()), axis=0)) if times.size else np.zeros(0, int)
    told = f"{timeframe_name(coarse.timeframe)} file", f"from {timeframe_name(fine.timeframe)}"
    said = tuple(
        f"{iso(int(times[k]))}: "
        + ", ".join(
            f"{name} {one[k]} ({told[0]}) {other[k]} ({told[1]})"
            for name, (one, other) in pairs.items()
            if wrong[name][k]
        )
        for k in at
    )
    return Agreement(times.size, times[at], said)


def _merge(fine: Bars, coarse: Bars) -> _Merged:
    if fine.timeframe == coarse.timeframe:
        return _Merged(fine.open_time, {name: getattr(fine, name) for name in (*_PRICES, "volume")})
    # The coarser file's own grid: its days may start at another hour than 00:00 UTC.
    bars = higher(fine, coarse.timeframe, int(coarse.open_time[0]))
    ends = np.searchsorted(fine.open_time, bars.close_time)
    counts = ends - np.searchsorted(fine.open_time, bars.open_time)
    whole = counts == coarse.timeframe // fine.timeframe
    columns = {name: getattr(bars, name)[whole] for name in (*_PRICES, "volume")}
    return _Merged(bars.open_time[whole], columns)


def _differs(one: Floats, other: Floats, name: str) -> npt.NDArray[np.bool_]:
    tolerance = VOLUME_TOLERANCE if name == "volume" else PRICE_TOLERANCE
    return np.abs(one - other) > tolerance * np.maximum(np.abs(one), np.abs(other))

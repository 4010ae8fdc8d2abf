"""The rules that a file of bars must keep, and the message for the first row that breaks one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.bars.dates import DAY, iso
from engine.bars.series import Bars
from engine.bars.timeframe import SECOND, timeframe_name
from engine.errors import DataError
from engine.kernel import Ints

_PRICES = ("open", "high", "low", "close")
_CHANGED_DAYS = (DAY - 3_600 * SECOND, DAY - 1_800 * SECOND)  # where the clocks go forward
_BLANK = "`barsieve data import --blank-volume zero|none` says what a blank one is"
_SHAPE = "expected low <= open, close <= high"


@dataclass(frozen=True)
class Rule:
    """Where a rule is broken (bool[n]), and what to say of the first such row."""

    broken: npt.NDArray[np.bool_]
    say: Callable[[int], str]


def check(bars: Bars, where: str) -> None:
    """Refuse bars that break a rule of `Bars`; n >= 1 bars that keep them all pass.

    `where` is what messages call the file. Raises DataError for the first offending row, as
    `FILE: row 17 (2025-01-01T03:00:00Z): what; expected what`, rows counted from 1; then for a
    timeframe that is not the most common step of three or more bars.
    """
    if bars.size == 0:
        raise DataError(f"{where}: no rows; expected at least one bar")
    rules = [*value_rules(bars), *_step_rules(bars)]
    broken = [(int(np.argmax(rule.broken)), rule) for rule in rules if rule.broken.any()]
    if broken:
        row, rule = min(broken, key=lambda each: each[0])
        raise DataError(
            f"{where}: row {row + 1} ({iso(int(bars.open_time[row]))}): {rule.say(row)}"
        )
    found = common_step(bars)
    if bars.size >= 3 and found != bars.timeframe:
        raise DataError(f"{where}: {_looks_like(found)}, not {timeframe_name(bars.timeframe)}")


def common_step(bars: Bars) -> int:
    """The most common positive step between stamps, in ns; the shortest of equals, 0 for none."""
    return most_common_step(bars.open_time)


def most_common_step(times: Ints) -> int:
    """The same of int64[n] stamps."""
    steps = np.diff(times)
    lengths, counts = np.unique(steps[steps > 0], return_counts=True)
    return int(lengths[np.argmax(counts)]) if lengths.size else 0


def value_rules(bars: Bars) -> list[Rule]:
    """The rules of prices and volume, each by itself, in the order in which they are told."""
    return [*_price_rules(bars), *_volume_rules(bars)]


def _price_rules(bars: Bars) -> list[Rule]:
    rules = [_finite(bars, name) for name in _PRICES]
    rules += [_positive(bars, name) for name in _PRICES]
    rules += [_ordered(bars, "high", "below", other) for other in ("low", "open", "close")]
    rules += [_ordered(bars, "low", "above", other) for other in ("open", "close")]
    return rules


def _finite(bars: Bars, name: str) -> Rule:
    values = getattr(bars, name)
    return Rule(
        ~np.isfinite(values), lambda row: f"{name} is {values[row]}; expected a finite number"
    )


def _positive(bars: Bars, name: str) -> Rule:
    values = getattr(bars, name)
    return Rule(
        values <= 0, lambda row: f"{name} {values[row]} is not positive; expected {name} > 0"
    )


def _ordered(bars: Bars, name: str, side: str, other: str) -> Rule:
    values, others = getattr(bars, name), getattr(bars, other)
    broken = values < others if side == "below" else values > others
    return Rule(
        broken, lambda row: f"{name} {values[row]} is {side} {other} {others[row]}; {_SHAPE}"
    )


def _volume_rules(bars: Bars) -> list[Rule]:
    volume = bars.volume
    negative = Rule(
        volume < 0, lambda row: f"volume {volume[row]} is negative; expected volume >= 0"
    )
    finite = _finite(bars, "volume")
    blank = Rule(np.isnan(volume), lambda row: f"{finite.say(row)}; {_BLANK}")
    return [blank, finite, negative]


def _step_rules(bars: Bars) -> list[Rule]:
    steps = np.diff(bars.open_time, prepend=bars.open_time[0] - bars.timeframe)
    backward = Rule(steps <= 0, lambda row: _say_backward(bars, row))
    short = Rule((steps > 0) & (steps < bars.timeframe), lambda row: _say_short(bars, row))
    return [backward, short]


def _say_backward(bars: Bars, row: int) -> str:
    times = bars.open_time
    same = np.flatnonzero(times[:row] == times[row])
    if same.size:
        return f"duplicate stamp, the same as row {same[0] + 1}; expected every stamp once"
    newest_first = bool(np.all(np.diff(times) < 0))
    hint = " (the file is newest first: sort it)" if newest_first else ""
    return f"unsorted, before row {row}; expected a stamp after {iso(int(times[row - 1]))}{hint}"


def _say_short(bars: Bars, row: int) -> str:
    step, found = int(bars.open_time[row] - bars.open_time[row - 1]), common_step(bars)
    asked = timeframe_name(bars.timeframe)
    said = f"{timeframe_name(step)} after row {row}; expected at least {asked}"
    if found != bars.timeframe:
        return f"{said}; {_looks_like(found)}"
    if row == bars.size - 1:
        return f"{said} (a bar that was still forming? take it out of the file)"
    if step in _CHANGED_DAYS and bars.timeframe % DAY == 0:
        return f"{said}; `barsieve data import --tz ZONE` reads days that begin at a midnight there"
    return said


def _looks_like(found: int) -> str:
    name = timeframe_name(found)
    return f"the file looks like {name} bars; set timeframe to {name}"

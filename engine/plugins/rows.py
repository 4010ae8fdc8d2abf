"""What plug-ins say of the rows: signals as scores, exits, stop levels and targets."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.bars.series import Bars
from engine.errors import PluginError
from engine.features.columns import Columns
from engine.fusion.domain import Domain
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.kernel import Codes, Floats, frozen, kernel
from engine.plugins.arrays import flags, numbers, place, refuse_negative, signs, two_sides
from engine.plugins.guard import brief, guarded
from engine.plugins.records import Mask, Plugins, Signals
from engine.prescreen.plugged import Said

SIGNALS = ("enter_long", "enter_short", "exit_long", "exit_short")
STOP, TARGET = "stop_distance", "target_distance"
KNOWN = (*SIGNALS, "signal", STOP, TARGET)


def signal_domain(own: Signals) -> Domain:
    """A strategy of signals takes part as a domain, whose score is +1, −1 or 0."""
    return Domain(own.name, own.columns, own.settings, None, 1.0)


def reads_of(plugins: Plugins, settings: Any) -> tuple[str, ...]:
    """Columns of the exits that are on (those of domains and gates are asked for as ever)."""
    exits = [each for each in plugins.exits if getattr(settings.exits, each.name) is not None]
    return tuple(name for each in exits for name in each.columns)


def active(plugins: Plugins, settings: Any) -> list[Signals]:
    """Strategies of signals that have a weight."""
    return [each for each in plugins.signals if getattr(settings.fusion.weights, each.name) > 0]


def said_of(plugins: Plugins, bars: Bars, columns: Columns, settings: Any) -> Said:
    """What the plug-ins say, each about row i from rows <= i."""
    _refuse_gaps(plugins, bars, columns)
    leave = np.zeros(bars.size, dtype=np.uint8)
    for own in plugins.exits:
        option = getattr(getattr(settings, "exits", None), own.name, None)
        if option is not None:
            values = [columns[name] for name in own.columns]
            left = guarded(f"{own.name}: leave failed", own.leave, bars, values, option)
            leave |= side_bits(*two_sides(own.name, "leave", left, bars))
    names = [domain.name for domain in settings.fusion.weights.domains]
    strategies = active(plugins, settings)
    refuse_two_stops([each.name for each in strategies if each.names_stop])
    scores: dict[int, Floats] = {}
    fields: dict[str, Any] = {"signal_exit": leave}
    for strategy in strategies:
        found = signals_of(strategy, bars, columns, getattr(settings.domains, strategy.name))
        scores[names.index(strategy.name)] = add_signals(leave, found)
        fields |= distances(strategy.name, found, bars)
    return Said(scores, fields)


def _refuse_gaps(plugins: Plugins, bars: Bars, columns: Columns) -> None:
    """A column of a plug-in is finite from its first number on."""
    ours = {each.name for each in plugins.features}
    for name in columns.names:
        if name.partition("@")[0] in ours:
            values = columns[name]
            known = np.maximum.accumulate(~np.isnan(values))
            wrong = known & ~np.isfinite(values)
            if wrong.any():
                row = int(np.argmax(wrong))
                raise PluginError(
                    f"{name}: is {values[row]} at {place(bars, row)}, after its warm-up; expected "
                    "a number"
                )


def refuse_two_stops(names: list[str]) -> None:
    if len(names) > 1:
        raise PluginError(
            f"{names[0]} and {names[1]} both name stops; give one of them the weight 0"
        )


def signals_of(own: Signals, bars: Bars, columns: Columns, settings: Any) -> dict[str, Any]:
    """What the function gives, checked: names, lengths, numbers (or bool).

    Raises PluginError naming the strategy, the array, the bar and what was expected.
    """
    named = {name: columns[name] for name in own.columns}
    given = guarded(f"{own.name}: signals failed", own.signals, bars, named, settings)
    if not isinstance(given, Mapping) or not given:
        raise PluginError(f"{own.name}: expected a mapping of arrays by name, got {brief(given)}")
    for name in given:
        if name not in KNOWN:
            known = ", ".join(KNOWN)
            raise PluginError(f"{own.name}: unknown array {name!r}; expected some of {known}")
    if own.names_stop and STOP not in given:
        raise PluginError(f"{own.name}: names_stop is set, but there is no {STOP}")
    if STOP in given and not own.names_stop:
        raise PluginError(f"{own.name}: there is a {STOP}; set names_stop=True to trade with it")
    return {name: _checked(own.name, name, values, bars) for name, values in given.items()}


def _checked(own: str, name: str, values: Any, bars: Bars) -> Any:
    if name in (STOP, TARGET):
        return numbers(own, name, values, bars.size)
    check = flags if name in SIGNALS else signs
    return check(own, name, values, bars)


def add_signals(leave: Codes, given: Mapping[str, Any]) -> Floats:
    """The entries as scores, float64[n] of +1, −1 and 0; bits of the exits are added to `leave`."""
    none = np.zeros(leave.size, dtype=bool)
    long, short, leave_long, leave_short = (given.get(name, none) for name in SIGNALS)
    if "signal" in given:
        signal = given["signal"]
        long, short = long | (signal > 0), short | (signal < 0)
        leave_long, leave_short = leave_long | (signal <= 0), leave_short | (signal >= 0)
    score = np.empty(leave.size)
    pack_signals(
        frozen(side_bits(long, short)), frozen(side_bits(leave_long, leave_short)), leave, score
    )
    return score


@kernel
def pack_signals(enter: Codes, left: Codes, leave: Codes, score: Floats) -> None:
    for i in range(score.size):
        # Both at once is no opinion.
        score[i] = 1.0 if enter[i] == LONG_BIT else -1.0 if enter[i] == SHORT_BIT else 0.0
        leave[i] |= left[i]


def side_bits(long: Mask, short: Mask) -> Codes:
    """uint8[n] of side bits from two bool[n]."""
    return long.view(np.uint8) * np.uint8(LONG_BIT) | short.view(np.uint8) * np.uint8(SHORT_BIT)


def distances(own: str, given: Mapping[str, Floats], bars: Bars) -> dict[str, Floats]:
    """Stops as levels from the close, where structure stops lie; NaN leaves them to the ATR."""
    found: dict[str, Floats] = {}
    for name in given.keys() & {STOP, TARGET}:
        refuse_negative(own, name, given[name], bars)
    if STOP in given:
        found["swing_low"] = bars.close - given[STOP]
        found["swing_high"] = bars.close + given[STOP]
    if TARGET in given:
        found["target"] = np.nan_to_num(given[TARGET], nan=0.0)
    return found

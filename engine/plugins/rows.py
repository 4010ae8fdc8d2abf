"""What plug-ins write into the rows: signals as scores, exits, stop levels and targets."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.bars.series import Bars
from engine.errors import PluginError
from engine.features.columns import Columns
from engine.fusion.domain import Domain
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.kernel import Codes, Floats, Table
from engine.plugins.arrays import numbers, place, refuse_negative, signs, two_sides
from engine.plugins.guard import brief, guarded
from engine.plugins.records import Mask, Plugins, Signals

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


def write_rows(plugins: Plugins, table: Table, bars: Bars, columns: Columns, settings: Any) -> None:
    """Fill in what the plug-ins say, each about row i from rows <= i."""
    _refuse_gaps(plugins, bars, columns)
    for own in plugins.exits:
        option = getattr(getattr(settings, "exits", None), own.name, None)
        if option is not None:
            values = [columns[name] for name in own.columns]
            left = guarded(f"{own.name}: leave failed", own.leave, bars, values, option)
            add_exits(table, *two_sides(own.name, "leave", left, bars))
    names = [domain.name for domain in settings.fusion.weights.domains]
    active = [each for each in plugins.signals if getattr(settings.fusion.weights, each.name) > 0]
    refuse_two_stops([each.name for each in active if each.names_stop])
    for strategy in active:
        found = signals_of(strategy, bars, columns, getattr(settings.domains, strategy.name))
        for name in found.keys() & {STOP, TARGET}:
            refuse_negative(strategy.name, name, found[name], bars)
        write_signals(table, names.index(strategy.name), found)


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


def signals_of(own: Signals, bars: Bars, columns: Columns, settings: Any) -> dict[str, Floats]:
    """What the function gives, checked: names, lengths, numbers.

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


def _checked(own: str, name: str, values: Any, bars: Bars) -> Floats:
    if name in (STOP, TARGET):
        return numbers(own, name, values, bars.size)
    return signs(own, name, values, bars)


def write_signals(table: Table, slot: int, given: Mapping[str, Floats]) -> None:
    zeros = np.zeros(table.size)
    signal = given.get("signal", zeros)
    long = (given.get("enter_long", zeros) != 0) | (signal > 0)
    short = (given.get("enter_short", zeros) != 0) | (signal < 0)
    # Both at once is no opinion.
    table["scores"][:, slot] = long.astype(np.float64) - short.astype(np.float64)
    leave_long, leave_short = (given.get(name, zeros) != 0 for name in SIGNALS[2:])
    if "signal" in given:
        leave_long, leave_short = leave_long | (signal <= 0), leave_short | (signal >= 0)
    add_exits(table, leave_long, leave_short)
    write_distances(table, given)


def add_exits(table: Table, long: Mask, short: Mask) -> None:
    table["signal_exit"] |= side_bits(long, short)


def side_bits(long: Mask, short: Mask) -> Codes:
    """uint8[n] of side bits from two bool[n]."""
    return long.view(np.uint8) * np.uint8(LONG_BIT) | short.view(np.uint8) * np.uint8(SHORT_BIT)


def write_distances(table: Table, given: Mapping[str, Floats]) -> None:
    """Stops as levels from the close, where structure stops lie; NaN leaves them to the ATR."""
    if STOP in given:
        table["swing_low"] = table["close"] - given[STOP]
        table["swing_high"] = table["close"] + given[STOP]
    if TARGET in given:
        table["target"] = np.nan_to_num(given[TARGET], nan=0.0)

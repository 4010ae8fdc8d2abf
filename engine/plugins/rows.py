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
from engine.plugins.records import Plugins, Signals

SIGNALS = ("enter_long", "enter_short", "exit_long", "exit_short")
NUMBERS = ("signal", "stop_distance", "target_distance")


def signal_domain(own: Signals) -> Domain:
    """A strategy of signals takes part as a domain, whose score is +1, −1 or 0."""
    return Domain(own.name, own.columns, own.settings, None, 1.0)


def reads_of(plugins: Plugins, settings: Any) -> tuple[str, ...]:
    """Columns of the exits that are on (those of domains and gates are asked for as ever)."""
    exits = [each for each in plugins.exits if getattr(settings.exits, each.name) is not None]
    return tuple(name for each in exits for name in each.columns)


def write_rows(plugins: Plugins, table: Table, bars: Bars, columns: Columns, settings: Any) -> None:
    """Fill in what the plug-ins say, each about row i from rows <= i."""
    for exit_ in plugins.exits:
        option = getattr(getattr(settings, "exits", None), exit_.name, None)
        if option is not None:
            values = [columns[name] for name in exit_.columns]
            leave_long, leave_short = exit_.leave(bars, values, option)
            add_exits(table, checked(exit_.name, "long", leave_long, bars.size),
                      checked(exit_.name, "short", leave_short, bars.size))  # fmt: skip
    names = [domain.name for domain in settings.fusion.weights.domains]
    for own in plugins.signals:
        if getattr(settings.fusion.weights, own.name) > 0:
            found = signals_of(own, bars, columns, getattr(settings.domains, own.name))
            write_signals(table, names.index(own.name), found)


def signals_of(own: Signals, bars: Bars, columns: Columns, settings: Any) -> dict[str, Floats]:
    """What the function gives, checked: names, lengths, numbers.

    Raises PluginError naming the strategy, the array and what was expected.
    """
    given = own.signals(bars, {name: columns[name] for name in own.columns}, settings)
    if not isinstance(given, Mapping) or not given:
        raise PluginError(f"{own.name}: expected a mapping of arrays by name, got {given!r:.60}")
    for name in given:
        if name not in (*SIGNALS, *NUMBERS):
            known = ", ".join((*SIGNALS, *NUMBERS))
            raise PluginError(f"{own.name}: unknown array {name!r}; expected some of {known}")
    if own.names_stop and "stop_distance" not in given:
        raise PluginError(f"{own.name}: names_stop is set, but there is no stop_distance")
    return {name: checked(own.name, name, values, bars.size) for name, values in given.items()}


def checked(own: str, name: str, values: Any, size: int) -> Floats:
    """float64[n]; NaN only in distances. Raises PluginError for another shape, or a NaN."""
    array = np.asarray(values)
    if array.shape != (size,):
        raise PluginError(
            f"{own}: {name} has the shape {array.shape}, expected ({size},), a value for each bar"
        )
    numbers = array.astype(np.float64)
    if not name.endswith("_distance") and np.isnan(numbers).any():
        row = int(np.argmax(np.isnan(numbers)))
        raise PluginError(f"{own}: {name} is NaN at row {row:,}; expected a value for each bar")
    return numbers


def write_signals(table: Table, slot: int, given: Mapping[str, Floats]) -> None:
    zeros = np.zeros(table.size)
    signal = given.get("signal", zeros)
    long = (given.get("enter_long", zeros) != 0) | (signal > 0)
    short = (given.get("enter_short", zeros) != 0) | (signal < 0)
    # Both at once is no opinion.
    table["scores"][:, slot] = long.astype(np.float64) - short.astype(np.float64)
    leave_long, leave_short = (given.get(name, zeros) for name in SIGNALS[2:])
    if "signal" in given:
        leave_long, leave_short = leave_long + (signal <= 0), leave_short + (signal >= 0)
    add_exits(table, leave_long, leave_short)
    write_distances(table, given)


def add_exits(table: Table, long: Floats, short: Floats) -> None:
    table["signal_exit"] |= bits_where(long, LONG_BIT) | bits_where(short, SHORT_BIT)


def bits_where(values: Floats, bit: int) -> Codes:
    bits: Codes = (values != 0).view(np.uint8) * np.uint8(bit)
    return bits


def write_distances(table: Table, given: Mapping[str, Floats]) -> None:
    """Stops as levels from the close, where structure stops lie; NaN leaves them to the ATR."""
    if "stop_distance" in given:
        stop = given["stop_distance"]
        table["swing_low"] = table["close"] - stop
        table["swing_high"] = table["close"] + stop
    if "target_distance" in given:
        table["target"] = np.nan_to_num(given["target_distance"], nan=0.0)

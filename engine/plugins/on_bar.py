"""Strategies as a class with `on_bar(context)`: called bar by bar, also while they hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, nan
from numbers import Real
from typing import Any, Literal, cast

import numpy as np

from engine.bars.series import Bars
from engine.errors import PluginError
from engine.fusion.dear import DearDomain, Limits
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.kernel import Floats, Record
from engine.plugins.arrays import flags, place
from engine.plugins.guard import brief, guarded
from engine.plugins.past import Past
from engine.plugins.records import BarStrategy
from engine.replay.asking import Answer

Wish = Literal["long", "short", "leave"]
WISHES: dict[str, float] = {"long": 1.0, "short": -1.0, "leave": 0.0}


@dataclass(frozen=True)
class Order:
    """What `on_bar` may return. wish: be "long" or "short", or "leave" what is held. stop, target:
    distances from the close in price units; None leaves them to the configuration.

    >>> from barsieve.strategy import Order
    >>> Order("long", stop=25.0)
    Order(wish='long', stop=25.0, target=None)
    """

    wish: Wish
    stop: float | None = None
    target: float | None = None


@dataclass(frozen=True)
class Context(Past):
    """The past, and the position at the close of its last bar. row: that bar. side: +1, −1, 0 flat.
    quantity: units held. entry_price: effective, in quote currency. entry_row: its bar. cash: of
    the account, in quote currency.

    >>> class Breakout:  # what on_bar is handed
    ...     def on_bar(self, context):
    ...         if context.side != 0 and context.row - context.entry_row >= 24:
    ...             return "leave"
    ...         return "long" if context.close[-1] > context.high[-25:-1].max() else None
    """

    side: int
    quantity: float
    entry_price: float
    entry_row: int
    cash: float


def acting_domain(own: BarStrategy) -> DearDomain:
    """A strategy of this kind takes part as a dear domain, whose score is +1, −1 or 0."""
    bound = None if own.may_act is None else may_act_bound(own)
    return DearDomain(own.name, own.columns, own.settings, None, 1.0, bound=bound)


def may_act_bound(own: BarStrategy) -> Callable[[Bars, Sequence[Floats], Any], Limits]:
    """It has no opinion where it says that it cannot act."""

    def bound(bars: Bars, columns: Sequence[Floats], settings: Any) -> Limits:
        assert own.may_act is not None
        named = dict(zip(own.columns, columns, strict=True))
        given = guarded(f"{own.name}: may_act failed", own.may_act, bars, named, settings)
        may = flags(own.name, "may_act", given, bars).astype(np.float64)
        return -may, may

    return bound


class Acting:
    """One replay of such a strategy: its own object, which may remember."""

    def __init__(self, own: BarStrategy, settings: Any) -> None:
        self.own = own
        self.strategy = guarded(f"{own.name}: cannot be made", own.strategy, settings)
        self.calls = 0
        if not callable(getattr(self.strategy, "on_bar", None)):
            raise PluginError(f"{own.name}: {brief(own.strategy)} has no method on_bar(context)")

    def act(self, bars: Bars, columns: Mapping[str, Floats], row: int, state: Record) -> Order:
        """What it wishes at the close of a row; `leave` of a flat account is nothing."""
        context = Context(
            row, bars, columns, int(state["side"]), float(state["quantity"]),
            float(state["entry_price"]), int(state["entry_row"]), float(state["cash"]),
        )  # fmt: skip
        self.calls += 1
        where = place(bars, row)
        what = f"{self.own.name}: on_bar failed at {where}"
        given = guarded(what, self.strategy.on_bar, context)
        return self.order(given, where, context.side)

    def order(self, given: Any, where: str, side: int) -> Order:
        """None keeps things as they are."""
        if given is None:
            return Order("long" if side > 0 else "short" if side < 0 else "leave")
        found: Any = Order(cast(Wish, given)) if isinstance(given, str) else given
        if not isinstance(found, Order) or found.wish not in WISHES:
            raise PluginError(
                f"{self.own.name}: on_bar gave {brief(given)} at {where}; expected 'long', "
                "'short', 'leave', an Order, or None"
            )
        for name, distance in (("stop", found.stop), ("target", found.target)):
            if not (distance is None or is_distance(distance)):
                raise PluginError(
                    f"{self.own.name}: on_bar gave the {name} {brief(distance)} at {where}; "
                    "expected a distance in price units above 0, or None"
                )
        if found.stop is not None and not self.own.names_stop:
            raise PluginError(
                f"{self.own.name}: on_bar gave a stop at {where}; set names_stop=True to trade "
                "with it"
            )
        return found


def is_distance(value: Any) -> bool:
    return isinstance(value, Real) and 0.0 < float(value) < inf


def answer_of(found: Order, slot: int, side: int, close: float, names_stop: bool) -> Answer:
    """The order as fields of the row. names_stop: stops are the strategy's own, by ATR where it
    gives none; never at the swing that the row would have there.
    """
    fields: dict[str, float] = {}
    if found.wish == "leave" and side != 0:
        fields["signal_exit"] = LONG_BIT if side > 0 else SHORT_BIT
    if names_stop:
        stop = nan if found.stop is None else found.stop
        fields |= {"swing_low": close - stop, "swing_high": close + stop}
    if found.target is not None:
        fields["target"] = found.target
    return Answer({slot: WISHES[found.wish]}, fields)

"""Strategies as a class with `on_bar(context)`: called bar by bar, also while they hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from engine.bars.dates import iso
from engine.bars.series import Bars
from engine.errors import PluginError
from engine.fusion.dear import DearDomain, Limits
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.kernel import Floats, Record
from engine.plugins.past import Past
from engine.plugins.records import BarStrategy
from engine.replay.asking import Answer

Wish = Literal["long", "short", "leave"]
WISHES: dict[str, float] = {"long": 1.0, "short": -1.0, "leave": 0.0}


@dataclass(frozen=True)
class Order:
    """What `on_bar` may return: be `long` or `short`, or `leave` what is held. stop, target:
    distances from the close in price units; None leaves them to the configuration.
    """

    wish: Wish
    stop: float | None = None
    target: float | None = None


@dataclass(frozen=True)
class Context(Past):
    """The past, and the position at the close of its last bar. side: +1, −1, 0 flat. entry_price:
    effective. entry_row: its bar. cash: of the account.
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
        may = np.asarray(own.may_act(bars, named, settings), dtype=bool)
        if may.shape != (bars.size,):
            raise PluginError(f"{own.name}: may_act has the shape {may.shape}, not ({bars.size},)")
        return -may.astype(np.float64), may.astype(np.float64)

    return bound


class Acting:
    """One replay of such a strategy: its own object, which may remember."""

    def __init__(self, own: BarStrategy, settings: Any) -> None:
        self.own = own
        self.strategy = own.strategy(settings)
        self.calls = 0

    def act(self, bars: Bars, columns: Mapping[str, Floats], row: int, state: Record) -> Order:
        """What it wishes at the close of a row; `leave` of a flat account is nothing."""
        context = Context(
            row, bars, columns, int(state["side"]), float(state["quantity"]),
            float(state["entry_price"]), int(state["entry_row"]), float(state["cash"]),
        )  # fmt: skip
        self.calls += 1
        try:
            given = self.strategy.on_bar(context)
        except Exception as error:
            raise PluginError(
                f"{self.own.name}: on_bar failed at {place(bars, row)}: "
                f"{type(error).__name__}: {error}"
            ) from error
        return self.order(given, bars, row, context.side)

    def order(self, given: Any, bars: Bars, row: int, side: int) -> Order:
        """None keeps things as they are."""
        if given is None:
            return Order("long" if side > 0 else "short" if side < 0 else "leave")
        found: Any = Order(cast(Wish, given)) if isinstance(given, str) else given
        if not isinstance(found, Order) or found.wish not in WISHES:
            raise PluginError(
                f"{self.own.name}: on_bar gave {given!r:.60} at {place(bars, row)}; expected "
                "'long', 'short', 'leave', an Order, or None"
            )
        return found


def answer_of(found: Order, slot: int, side: int, close: float) -> Answer:
    """The order as fields of the row."""
    fields: dict[str, float] = {}
    if found.wish == "leave" and side != 0:
        fields["signal_exit"] = LONG_BIT if side > 0 else SHORT_BIT
    if found.stop is not None:
        fields |= {"swing_low": close - found.stop, "swing_high": close + found.stop}
    if found.target is not None:
        fields["target"] = found.target
    return Answer({slot: WISHES[found.wish]}, fields)


def place(bars: Bars, row: int) -> str:
    return f"bar {row:,} ({iso(int(bars.open_time[row]))})"

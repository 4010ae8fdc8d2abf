"""Positions, orders, cash, costs, and the fills that change them."""

from copy import copy
from dataclasses import dataclass
from typing import Any, NamedTuple

from .judge import Judge
from .sheet import Sheet

SPREAD = {None: 1.0, "A": 1.0, "B": 1.3, "C": 1.6}
SLIPPAGE = {None: 1.0, "A": 1.0, "B": 1.0, "C": 1.8}
BPS = 10_000.0


class Event(NamedTuple):
    """One line of the log, in the words of the engine's own."""

    asset: int
    kind: str
    bar: int
    side: int
    position: int
    reason: str
    price: float
    raw: float
    quantity: float
    fee: float
    cash: float
    score: float = 0.0  # F, of an entry's order
    distance: float = 0.0  # of the initial stop, of an entry's fill
    best: float = 0.0  # raw extremes of the position, of its last fill
    worst: float = 0.0


@dataclass
class Order:
    """An entry that was decided: how much at most, how far its stop, at which close."""

    side: int
    quantity: float
    distance: float
    close: float
    reason: str
    target: float = 0.0  # distance that a strategy file names, 0 without

    @property
    def risk(self) -> float:
        return self.quantity * self.distance

    @property
    def notional(self) -> float:
        return self.quantity * self.close


@dataclass
class Position:
    """partial, target: raw prices, None where there is none (any more). profit: raw, of the legs so
    far. turned: Σ quantity · raw price of those legs, the scale of that profit's rounding. moved:
    whether any leg was sold at another raw price than that of the entry.
    """

    side: int
    entry_bar: int
    raw: float
    price: float
    quantity: float
    filled: float
    distance: float
    stop: float
    placed_by: str
    partial: float | None
    target: float | None
    best: float
    worst: float
    profit: float = 0.0
    turned: float = 0.0
    moved: bool = False

    def seen(self, high: float, low: float) -> None:
        """The excursions of a range of prices."""
        good, bad = (high, low) if self.side > 0 else (low, high)
        self.best = max(self.best, good) if self.side > 0 else min(self.best, good)
        self.worst = min(self.worst, bad) if self.side > 0 else max(self.worst, bad)


@dataclass
class Account:
    """The ledger of one asset. mark: the price its position is valued at. cool_until: rows below it
    have no entries. position numbers count from 1.
    """

    asset: int
    sheet: Sheet
    cash: float
    mark: float = 0.0
    position: Position | None = None
    entry: Order | None = None
    leaving: str = ""  # the reason of an exit that is ordered
    number: int = 0
    losses: int = 0
    last_loss: int = 0
    cool_until: int = 0
    both_touched: int = 0

    @property
    def settings(self) -> Any:
        return self.sheet.settings

    def snapshot(self) -> "Account":
        """What a stamp may change, so that it can be judged again."""
        kept = copy(self)
        kept.position = copy(self.position)
        return kept

    def equity(self) -> float:
        held = self.position
        if held is None:
            return self.cash
        return self.cash + held.side * held.quantity * (self.mark - held.price)


def effective(sheet: Sheet, i: int, raw: float, buying: bool) -> float:
    """The price of a fill of bar i, against the trader."""
    costs = sheet.settings.costs
    ratio = sheet.columns["range_ratio"][i]
    base = costs.slippage_bps
    if costs.scenario == "C" and ratio > costs.spike_range_ratio:
        base *= 2.0
    share = costs.spread_bps * SPREAD[costs.scenario] / 2.0
    share += (base + costs.slippage_range_bps * ratio) * SLIPPAGE[costs.scenario]
    add = 0.3 * costs.pip if costs.scenario == "B" else 0.0
    worse = raw * share / BPS + add
    return raw + worse if buying else raw - worse


def fee_of(sheet: Sheet, quantity: float, price: float) -> float:
    return float(quantity * price * sheet.settings.costs.fee_bps / BPS)


def close_leg(account: Account, i: int, raw: float, quantity: float, reason: str) -> Event:
    """Sell a part of the position, or all of it, at a raw price of bar i."""
    held = account.position
    assert held is not None
    price = effective(account.sheet, i, raw, buying=held.side < 0)
    fee = fee_of(account.sheet, quantity, price)
    account.cash += held.side * quantity * (price - held.price) - fee
    held.profit += held.side * quantity * (raw - held.raw)
    held.turned += quantity * (raw + held.raw)
    held.moved = held.moved or raw != held.raw
    held.quantity -= quantity
    held.seen(raw, raw)
    return Event(
        account.asset, "fill", i, held.side, account.number, reason,
        price, raw, quantity, fee, account.cash, best=held.best, worst=held.worst,
    )  # fmt: skip


def close_all(account: Account, i: int, raw: float, reason: str, judge: Judge) -> Event:
    """Close what is left of the position; the guards learn how it ended."""
    held = account.position
    assert held is not None
    event = close_leg(account, i, raw, held.quantity, reason)
    remember_end(account, i, held, judge)
    account.position, account.leaving = None, ""
    return event


def remember_end(account: Account, i: int, held: Position, judge: Judge) -> None:
    """Cool-down and loss streak; neither is asked about when it is off."""
    safety = account.settings.safety
    lost = False
    if safety.loss_streak_threshold or safety.cooldown_after == "loss":
        scale = held.turned if held.moved else 0.0
        outcome = judge.sign_of_profit(held.profit, scale, account.asset, account.number)
        lost = outcome < 0
        if outcome > 0:
            account.losses = 0
        elif lost:
            account.losses += 1
            account.last_loss = account.sheet.close_time[i]
    if safety.cooldown_after == "any" or lost:
        account.cool_until = i + safety.cooldown_bars


def open_position(account: Account, i: int, raw: float, margin: float, judge: Judge) -> Event:
    """Fill the entry that is ordered at a raw price of bar i, or drop it. margin: cash for it."""
    order, sheet, own = account.entry, account.sheet, account.settings
    assert order is not None
    account.entry = None
    price = effective(sheet, i, raw, buying=order.side > 0)
    most = margin / (price * (1.0 / own.account.leverage + own.costs.fee_bps / BPS))
    quantity = min(order.quantity, most)
    if not judge.at_least(quantity * price, own.account.minimum_notional, "minimum notional"):
        return dropped(account, i, order, "below_minimum_notional")
    fee = fee_of(sheet, quantity, price)
    account.number += 1
    account.cash -= fee
    account.position = levels(account, i, raw, price, quantity, order)
    return Event(
        account.asset, "fill", i, order.side, account.number, order.reason,
        price, raw, quantity, fee, account.cash, distance=order.distance,
    )  # fmt: skip


def levels(
    account: Account, i: int, raw: float, price: float, quantity: float, order: Order
) -> Position:
    """The position with its stop, partial level and target, from the raw fill."""
    exits = account.settings.exits

    def at(multiple: float | None) -> float | None:
        return None if multiple is None else raw + order.side * multiple * order.distance

    stop = raw - order.side * order.distance
    target = raw + order.side * order.target if order.target > 0 else at(exits.r_multiple_target)
    return Position(
        order.side, i, raw, price, quantity, quantity, order.distance, stop, "stop",
        at(exits.scale_out_rr), target, raw, raw,
    )  # fmt: skip


def dropped(account: Account, i: int, order: Order, reason: str) -> Event:
    number = account.number + 1
    return noted(account, "drop", i, order.side, number, reason, order.close, order.quantity)


def noted(
    account: Account,
    kind: str,
    i: int,
    side: int,
    number: int,
    reason: str,
    price: float,
    quantity: float,
    fee: float = 0.0,
) -> Event:
    """An event that is no fill: its price is raw."""
    cash = account.cash
    return Event(account.asset, kind, i, side, number, reason, price, price, quantity, fee, cash)

"""Fills: the price that is paid, what it does to the account, and the event that records it."""

from engine.kernel import Record, inlined
from engine.replay.records import (
    BELOW_MINIMUM_NOTIONAL,
    DROP,
    FILL,
    FUNDING,
    FUNDING_PAID,
    NO_REASON,
    STOP,
)


@inlined
def record_event(state: Record, kind: int, reason: int, side: int, position: int) -> int:
    """Take the next event slot; the caller writes the amounts into it."""
    slot = state["events"]
    state["event_kind"][slot] = kind
    state["event_reason"][slot] = reason
    state["event_side"][slot] = side
    state["event_position"][slot] = position
    state["events"] = slot + 1
    return slot


@inlined
def write_amounts(
    state: Record, slot: int, price: float, raw: float, quantity: float, fee: float
) -> None:
    state["event_price"][slot] = price
    state["event_raw_price"][slot] = raw
    state["event_quantity"][slot] = quantity
    state["event_fee"][slot] = fee
    state["event_cash"][slot] = state["cash"]
    state["event_stop_distance"][slot] = 0.0
    state["event_score"][slot] = 0.0
    state["event_best"][slot] = 0.0
    state["event_worst"][slot] = 0.0


@inlined
def effective_price(raw: float, direction: int, row: Record, params: Record) -> float:
    """Raw price moved against the trader: direction +1 buys, −1 sells."""
    ordinary = params["slippage"]
    if row["range_ratio"] > params["spike_ratio"]:
        ordinary *= 2.0
    share = params["half_spread"] + (ordinary + params["slippage_range"] * row["range_ratio"])
    return raw + direction * (raw * share + params["slippage_add"])


@inlined
def affordable(price: float, state: Record, params: Record) -> float:
    """The quantity whose margin and entry fee take all that is free; the asset is flat."""
    free = state["cash"] + (state["shared_equity"] - state["shared_margin"])
    return free / (price * (1.0 / params["leverage"] + params["fee"]))


@inlined
def enter(raw: float, i: int, row: Record, state: Record, params: Record) -> None:
    """Open the ordered position at `raw`, or drop the order when too little is affordable."""
    side = state["order_side"]
    price = effective_price(raw, side, row, params)
    quantity = min(state["order_quantity"], affordable(price, state, params))
    notional = quantity * price
    if not (notional > 0.0 and notional >= params["minimum_notional"]):
        drop_order(BELOW_MINIMUM_NOTIONAL, state)
        return
    fee = notional * params["fee"]
    state["cash"] -= fee
    state["position"] += 1
    state["side"] = side
    state["quantity"] = quantity
    state["entry_price"] = price
    state["entry_row"] = i
    state["entry_raw"] = raw
    state["best"] = raw
    state["worst"] = raw
    set_levels(raw, side, state, params)
    slot = record_event(state, FILL, state["order_reason"], side, state["position"])
    write_amounts(state, slot, price, raw, quantity, fee)
    state["event_stop_distance"][slot] = state["order_stop"]
    clear_order(state)


@inlined
def set_levels(raw: float, side: int, state: Record, params: Record) -> None:
    """Levels hang on the raw fill; the distance was fixed at the decision."""
    distance = state["order_stop"]
    state["risk_distance"] = distance
    state["stop"] = raw - side * distance
    state["stop_reason"] = STOP
    state["partial"] = raw + side * (params["partial_r"] * distance)
    state["partial_quantity"] = params["partial_share"] * state["quantity"]
    state["target"] = raw + side * state["order_target"]


@inlined
def leave(
    raw: float, quantity: float, reason: int, i: int, row: Record, state: Record, params: Record
) -> None:
    """Close `quantity` of the position at `raw`; closing all of it makes the account flat."""
    side = state["side"]
    price = effective_price(raw, -side, row, params)
    fee = quantity * price * params["fee"]
    state["cash"] += side * quantity * (price - state["entry_price"]) - fee
    state["quantity"] -= quantity
    state["raw_profit"] += side * quantity * (raw - state["entry_raw"])
    widen(raw, raw, state)
    slot = record_event(state, FILL, reason, side, state["position"])
    write_amounts(state, slot, price, raw, quantity, fee)
    state["event_best"][slot] = state["best"]
    state["event_worst"][slot] = state["worst"]
    if state["quantity"] == 0.0:
        keep_score(i, row, state, params)
        clear_position(state)


@inlined
def widen(low: float, high: float, state: Record) -> None:
    """Take prices into the excursions of the open position."""
    best, worst = (high, low) if state["side"] > 0 else (low, high)
    if state["side"] * best > state["side"] * state["best"]:
        state["best"] = best
    if state["side"] * worst < state["side"] * state["worst"]:
        state["worst"] = worst


@inlined
def keep_score(i: int, row: Record, state: Record, params: Record) -> None:
    """A position has ended in row i: losses in a row, and the deadline of the cool-down."""
    profit = state["raw_profit"]
    if profit < 0.0:
        state["losses"] += 1
        state["last_loss"] = row["time"]
    elif profit > 0.0:
        state["losses"] = 0
    if params["cooldown_bars"] > 0 and (profit < 0.0 or params["cooldown_after_loss"] == 0):
        state["cool_until"] = i + params["cooldown_bars"]


@inlined
def leave_all(raw: float, reason: int, i: int, row: Record, state: Record, params: Record) -> None:
    leave(raw, state["quantity"], reason, i, row, state, params)


@inlined
def drop_order(reason: int, state: Record) -> None:
    """Forget the ordered entry, and say why; its price stays that of the order."""
    slot = record_event(state, DROP, reason, state["order_side"], state["position"] + 1)
    close = state["order_close"]
    write_amounts(state, slot, close, close, state["order_quantity"], 0.0)
    clear_order(state)


@inlined
def clear_order(state: Record) -> None:
    state["order_side"] = 0
    state["order_reason"] = NO_REASON
    state["order_quantity"] = 0.0
    state["order_stop"] = 0.0
    state["order_target"] = 0.0
    state["order_close"] = 0.0


@inlined
def clear_position(state: Record) -> None:
    state["side"] = 0
    state["quantity"] = 0.0
    state["entry_price"] = 0.0
    state["entry_row"] = 0
    state["entry_raw"] = 0.0
    state["risk_distance"] = 0.0
    state["raw_profit"] = 0.0
    state["best"] = 0.0
    state["worst"] = 0.0
    state["stop"] = 0.0
    state["stop_reason"] = NO_REASON
    state["partial"] = 0.0
    state["partial_quantity"] = 0.0
    state["target"] = 0.0
    state["exit_reason"] = NO_REASON


@inlined
def marked_equity(price: float, state: Record) -> float:
    """Cash, and the open position at `price`; opening changes cash only by its fee."""
    if state["side"] == 0:
        return state["cash"]
    return state["cash"] + state["side"] * state["quantity"] * (price - state["entry_price"])


@inlined
def pay_funding(row: Record, state: Record) -> None:
    """Longs pay a positive rate, shorts receive it, on what is held after the open."""
    paid = state["side"] * row["funding"] * state["quantity"] * row["open"]
    state["cash"] -= paid
    slot = record_event(state, FUNDING, FUNDING_PAID, state["side"], state["position"])
    write_amounts(state, slot, row["open"], row["open"], state["quantity"], paid)

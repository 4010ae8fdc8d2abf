"""Managing an open position inside bar i, with the levels as of the last close.

When a bar touches both stop and target nobody knows which came first: the stop is taken, and the
bar is counted in `both_touched`.
"""

from engine.fusion.fuse import confidence, fused_score, side_bit
from engine.kernel import Record, field_or, inlined
from engine.replay.fill import (
    leave,
    leave_all,
    pay_funding,
    record_event,
    widen,
    write_amounts,
)
from engine.replay.levels import tighten_stop
from engine.replay.records import (
    EXIT_CONFIDENCE,
    MACRO_EXIT,
    NO_REASON,
    ORDER,
    PARTIAL,
    PARTIAL_GAP,
    SIGNAL_EXIT,
    STOP_GAP,
    TARGET,
    TARGET_GAP,
    TIME_STOP,
)

INFINITE = float("inf")


@inlined
def reached(price: float, level: float, direction: int) -> bool:
    """Whether `price` is at or beyond `level`, seen in `direction`; an infinite level is never."""
    return direction * price >= direction * level


@inlined
def manage(i: int, row: Record, state: Record, params: Record) -> None:
    """Funding, and the exits of bar i at its prices."""
    if row["funding"] != 0.0:
        pay_funding(row, state)
    if touched(row, state):
        manage_open(i, row, state, params)
        if state["side"] != 0:
            manage_range(i, row, state, params)
    if state["side"] != 0:
        widen(row["low"], row["high"], state)


@inlined
def manage_close(i: int, row: Record, state: Record, params: Record) -> None:
    """What is decided at the close of bar i about what is still held; the stop of bar i + 1."""
    reason = exit_at_close(i, row, state, params)
    if reason != NO_REASON:
        order_exit(reason, row, state)
    elif params["moves_stop"] != 0:
        tighten_stop(row, state, params)


@inlined
def exit_at_close(i: int, row: Record, state: Record, params: Record) -> int:
    """Why the position is left at the next fill, or NO_REASON; the first that applies."""
    side = state["side"]
    if i >= state["entry_row"] + params["max_bars"] - 1:
        return TIME_STOP
    if row["macro_exit"] & side_bit(side):
        return MACRO_EXIT
    if field_or(row, "signal_exit", 0) & side_bit(side):
        return SIGNAL_EXIT
    if params["exit_confidence"] > 0.0:
        score = fused_score(row, params)
        if confidence(score, side, row, params) < params["exit_confidence"]:
            return EXIT_CONFIDENCE
    return NO_REASON


@inlined
def worst_price(side: int, row: Record) -> float:
    return row["low"] if side > 0 else row["high"]


@inlined
def best_price(side: int, row: Record) -> float:
    return row["high"] if side > 0 else row["low"]


@inlined
def touched(row: Record, state: Record) -> bool:
    """Whether a level lies within the bar, open included; on most bars none does."""
    side = state["side"]
    best = best_price(side, row)
    return (
        reached(worst_price(side, row), state["stop"], -side)
        or reached(best, state["partial"], side)
        or reached(best, state["target"], side)
    )


@inlined
def manage_open(i: int, row: Record, state: Record, params: Record) -> None:
    """The bar opened beyond a level: filled at the open, not at the level."""
    side = state["side"]
    price = row["open"]
    if reached(price, state["stop"], -side):
        leave_all(price, STOP_GAP, i, row, state, params)
        return
    if reached(price, state["partial"], side):
        leave_part(price, PARTIAL_GAP, i, row, state, params)
    if reached(price, state["target"], side):
        leave_all(price, TARGET_GAP, i, row, state, params)


@inlined
def manage_range(i: int, row: Record, state: Record, params: Record) -> None:
    """The bar traded through a level after its open."""
    side = state["side"]
    best = best_price(side, row)
    if reached(worst_price(side, row), state["stop"], -side):
        if reached(best, state["target"], side):
            state["both_touched"] += 1
        leave_all(state["stop"], state["stop_reason"], i, row, state, params)
        return
    if reached(best, state["partial"], side):
        leave_part(state["partial"], PARTIAL, i, row, state, params)
    if reached(best, state["target"], side):
        leave_all(state["target"], TARGET, i, row, state, params)


@inlined
def leave_part(raw: float, reason: int, i: int, row: Record, state: Record, params: Record) -> None:
    """Once a position: the partial level moves out of reach."""
    leave(raw, state["partial_quantity"], reason, i, row, state, params)
    state["partial"] = state["side"] * INFINITE
    state["partial_quantity"] = 0.0


@inlined
def order_exit(reason: int, row: Record, state: Record) -> None:
    """Decide at this close to leave at the next fill."""
    state["exit_reason"] = reason
    slot = record_event(state, ORDER, reason, state["side"], state["position"])
    write_amounts(state, slot, row["close"], row["close"], state["quantity"], 0.0)

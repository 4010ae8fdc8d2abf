"""The decision at the close of bar i: gates, guards, mode, size; one code says what came."""

from engine.fusion.fuse import confidence, fused_score
from engine.fusion.modes import named_side, threshold_of
from engine.kernel import Record, inlined
from engine.replay.fill import marked_equity, record_event, write_amounts
from engine.replay.manage import INFINITE, order_exit
from engine.replay.records import (
    COOL_DOWN,
    ENTER_LONG,
    ENTER_SHORT,
    ENTRY,
    EXIT_ORDERED,
    FLIP,
    IN_POSITION,
    LOSS_STREAK,
    NO_EQUITY,
    NO_RANGE,
    NO_REASON,
    ORDER,
    PORTFOLIO_NOTIONAL,
    PORTFOLIO_POSITIONS,
    PORTFOLIO_RISK,
)
from engine.replay.size import order_quantity, stop_distance, target_distance


@inlined
def decide(i: int, row: Record, state: Record, params: Record) -> int:
    """Order an entry or a flip, or do nothing; returns the decision code of the bar."""
    if state["exit_reason"] != NO_REASON:
        return EXIT_ORDERED
    if state["side"] != 0:
        return decide_flip(i, row, state, params)
    if row["gate_long"] != 0 and row["gate_short"] != 0:
        # Gate codes grow in catalogue order: the larger one shut the last side.
        return max(row["gate_long"], row["gate_short"])
    if is_cooling(i, state):
        return COOL_DOWN
    if state["others_positions"] >= params["max_positions"]:
        return PORTFOLIO_POSITIONS
    side, code = named_side(row, params)
    if side == 0:
        return code
    refusal = entry_refusal(side, row, state, params)
    if refusal != 0:
        return refusal
    return order_entry(side, ENTRY, row, state, params)


@inlined
def decide_flip(i: int, row: Record, state: Record, params: Record) -> int:
    """In a position only the opposite side can act, by the same rule as a fresh entry."""
    side, _ = named_side(row, params)
    if side == 0 or side == state["side"]:
        return IN_POSITION
    if is_cooling(i, state):
        return COOL_DOWN
    refusal = entry_refusal(side, row, state, params)
    if refusal != 0:
        return refusal
    order_exit(FLIP, row, state)
    return order_entry(side, FLIP, row, state, params)


@inlined
def is_cooling(i: int, state: Record) -> bool:
    """A deadline, compared when it is read: nothing ticks on bars that nobody visits."""
    return i < state["cool_until"]


@inlined
def on_losing_streak(row: Record, state: Record, params: Record) -> bool:
    """Enough losses in a row, the last of them not too long ago."""
    return (
        params["streak_losses"] > 0
        and state["losses"] >= params["streak_losses"]
        and row["time"] < state["last_loss"] + params["streak_ns"]
    )


@inlined
def is_confirmed(side: int, row: Record, params: Record) -> bool:
    """Whether F names this side, worth the threshold."""
    return confidence(fused_score(row, params), side, row, params) >= threshold_of(row, params)


@inlined
def gate_of(side: int, row: Record) -> int:
    return row["gate_long"] if side > 0 else row["gate_short"]


@inlined
def entry_refusal(side: int, row: Record, state: Record, params: Record) -> int:
    """The code of what forbids an entry of `side` at this close, 0 when nothing does."""
    gate = gate_of(side, row)
    if gate != 0:
        return gate
    if on_losing_streak(row, state, params) and not is_confirmed(side, row, params):
        return LOSS_STREAK
    if not account_equity(row["close"], state) > 0.0:
        return NO_EQUITY
    if not stop_distance(side, row, params) > 0.0:
        return NO_RANGE
    if params["limits_portfolio"] != 0:
        return limit_refusal(side, row, state, params)
    return 0


@inlined
def account_equity(price: float, state: Record) -> float:
    """What an entry is sized by: the asset's own equity, and the others' of a shared account."""
    return marked_equity(price, state) + state["shared_equity"]


@inlined
def quantity_of(side: int, row: Record, state: Record, params: Record) -> float:
    """Units of an entry decided at this close."""
    equity = account_equity(row["close"], state)
    return order_quantity(side, equity, stop_distance(side, row, params), row, params)


@inlined
def limit_refusal(side: int, row: Record, state: Record, params: Record) -> int:
    """Which limit of the portfolio the entry would pass, 0 when none; its own position, which a
    flip closes first, is not counted.
    """
    quantity = quantity_of(side, row, state, params)
    equity = marked_equity(row["close"], state) + state["others_equity"]
    risk = state["others_risk"] + quantity * stop_distance(side, row, params)
    if exceeds(risk, params["max_total_risk"], equity):
        return PORTFOLIO_RISK
    notional = state["others_notional"] + quantity * row["close"]
    if exceeds(notional, params["max_total_notional"], equity):
        return PORTFOLIO_NOTIONAL
    return 0


@inlined
def exceeds(amount: float, share: float, equity: float) -> bool:
    """Whether `amount` is above a share of equity; an infinite share is no limit."""
    return share < INFINITE and not amount <= share * equity


@inlined
def order_entry(side: int, reason: int, row: Record, state: Record, params: Record) -> int:
    """Fix quantity and stop distance from what is known now; they are filled as they stand."""
    distance = stop_distance(side, row, params)
    quantity = quantity_of(side, row, state, params)
    state["order_side"] = side
    state["order_reason"] = reason
    state["order_stop"] = distance
    state["order_target"] = target_distance(distance, row, params)
    state["order_close"] = row["close"]
    state["order_quantity"] = quantity
    slot = record_event(state, ORDER, reason, side, state["position"] + 1)
    write_amounts(state, slot, row["close"], row["close"], quantity, 0.0)
    state["event_stop_distance"][slot] = distance
    state["event_score"][slot] = fused_score(row, params)
    return ENTER_LONG if side > 0 else ENTER_SHORT

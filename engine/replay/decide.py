"""The decision at the close of bar i: gates, schedule, fusion, size; one code says what came."""

from engine.fusion.fuse import confidence, fused_score
from engine.kernel import Record, inlined
from engine.replay.fill import marked_equity, record_event, write_amounts
from engine.replay.manage import order_exit
from engine.replay.records import (
    BELOW_THRESHOLD,
    ENTER_LONG,
    ENTER_SHORT,
    ENTRY,
    EXIT_ORDERED,
    FLIP,
    IN_POSITION,
    NO_EQUITY,
    NO_RANGE,
    NO_REASON,
    NOT_SCHEDULED,
    ORDER,
)


@inlined
def decide(row: Record, state: Record, params: Record) -> int:
    """Order an entry or a flip, or do nothing; returns the decision code of the bar."""
    if state["exit_reason"] != NO_REASON:
        return EXIT_ORDERED
    if state["side"] != 0:
        return decide_flip(row, state, params)
    if row["gate_long"] != 0 and row["gate_short"] != 0:
        # Gate codes grow in catalogue order: the larger one shut the last side.
        return max(row["gate_long"], row["gate_short"])
    side, code = fusion_only(row, params)
    if side == 0:
        return code
    refusal = entry_refusal(side, row, state, params)
    if refusal != 0:
        return refusal
    return order_entry(side, ENTRY, row, state, params)


@inlined
def decide_flip(row: Record, state: Record, params: Record) -> int:
    """In a position only the opposite side can act, by the same rule as a fresh entry."""
    side, _ = fusion_only(row, params)
    if side == 0 or side == state["side"]:
        return IN_POSITION
    refusal = entry_refusal(side, row, state, params)
    if refusal != 0:
        return refusal
    order_exit(FLIP, row, state)
    return order_entry(side, FLIP, row, state, params)


@inlined
def fusion_only(row: Record, params: Record) -> tuple[int, int]:
    """(side, 0) where the schedule and the fused score name a side, else (0, code)."""
    if row["scheduled"] == 0:
        return 0, NOT_SCHEDULED
    score = fused_score(row, params)
    side = 1 if score > 0.0 else -1
    if not confidence(score, side, row, params) >= params["threshold"]:
        return 0, BELOW_THRESHOLD
    return side, 0


@inlined
def gate_of(side: int, row: Record) -> int:
    return row["gate_long"] if side > 0 else row["gate_short"]


@inlined
def stop_distance(row: Record, params: Record) -> float:
    return params["stop_atr"] * row["atr"]


@inlined
def entry_refusal(side: int, row: Record, state: Record, params: Record) -> int:
    """The code of what forbids an entry of `side` at this close, 0 when nothing does."""
    gate = gate_of(side, row)
    if gate != 0:
        return gate
    if not marked_equity(row["close"], state) > 0.0:
        return NO_EQUITY
    if not stop_distance(row, params) > 0.0:
        return NO_RANGE
    return 0


@inlined
def order_entry(side: int, reason: int, row: Record, state: Record, params: Record) -> int:
    """Fix quantity and stop distance from what is known now; they are filled as they stand."""
    equity = marked_equity(row["close"], state)
    distance = stop_distance(row, params)
    state["order_side"] = side
    state["order_reason"] = reason
    state["order_stop"] = distance
    state["order_close"] = row["close"]
    state["order_quantity"] = order_quantity(side, equity, distance, row, params)
    slot = record_event(state, ORDER, reason, side, state["position"] + 1)
    write_amounts(state, slot, row["close"], row["close"], state["order_quantity"], 0.0)
    state["event_stop_distance"][slot] = distance
    return ENTER_LONG if side > 0 else ENTER_SHORT


@inlined
def order_quantity(side: int, equity: float, distance: float, row: Record, params: Record) -> float:
    """Units: fixed, or such that a fill at the stop loses the risked share of equity."""
    if params["fixed_quantity"] > 0.0:
        return params["fixed_quantity"]
    strength = confidence(fused_score(row, params), side, row, params)
    return equity * risk_share(strength, params) / distance


@inlined
def risk_share(strength: float, params: Record) -> float:
    """Share of equity at risk: from min_risk at the threshold to max_risk at confidence 1."""
    room = 1.0 - params["threshold"]
    above = 0.0 if room <= 0.0 else (strength - params["threshold"]) / room
    above = min(max(above, 0.0), 1.0)
    return params["min_risk"] + (params["max_risk"] - params["min_risk"]) * above

"""Moving the stop after bar i: what row i says is in force from bar i + 1, and never looser."""

from engine.fusion.fuse import side_bit
from engine.kernel import Record, inlined
from engine.replay.fill import record_event, write_amounts
from engine.replay.records import (
    BREAKEVEN,
    LEVEL,
    NO_REASON,
    REGIME_STOP,
    TRAILING,
    VOLUME_TRAP,
)


@inlined
def has_earned(multiple: float, state: Record) -> bool:
    """Whether the best price so far was this many initial stop distances in profit."""
    gained = state["side"] * (state["best"] - state["entry_raw"])
    return gained >= multiple * state["risk_distance"]


@inlined
def tighter(level: float, reason: int, candidate: float, why: int, side: int) -> tuple[float, int]:
    """The level that is closer to the market, and why it is there."""
    if side * candidate > side * level:
        return candidate, why
    return level, reason


@inlined
def tighten_stop(row: Record, state: Record, params: Record) -> None:
    """Breakeven, trailing, regime and volume trap; the tightest of them is recorded."""
    side = state["side"]
    close, atr = row["close"], row["atr"]
    level, reason = state["stop"], NO_REASON
    if has_earned(params["breakeven_r"], state):
        level, reason = tighter(level, reason, state["entry_raw"], BREAKEVEN, side)
    if has_earned(params["trail_after_r"], state):
        trail = close - side * (params["trail_atr"] * atr)
        level, reason = tighter(level, reason, trail, TRAILING, side)
    by_regime = close - side * (params["regime_stop_atr"][row["regime"]] * atr)
    level, reason = tighter(level, reason, by_regime, REGIME_STOP, side)
    if row["trap"] & side_bit(side):
        trapped = close - side * (params["trap_stop_atr"] * atr)
        level, reason = tighter(level, reason, trapped, VOLUME_TRAP, side)
    if reason != NO_REASON:
        state["stop"] = level
        state["stop_reason"] = reason
        slot = record_event(state, LEVEL, reason, side, state["position"])
        write_amounts(state, slot, level, level, state["quantity"], 0.0)

"""How much: quantity and stop distance of an entry, fixed at the decision."""

from engine.fusion.fuse import confidence, fused_score
from engine.fusion.modes import threshold_of
from engine.kernel import Record, field_or, inlined
from engine.replay.records import (
    ALL_IN,
    FIXED_NOTIONAL,
    FIXED_QUANTITY,
    FRACTION_OF_EQUITY,
    MAP_STEPS,
)


@inlined
def stop_distance(side: int, row: Record, params: Record) -> float:
    """Price units: ATR, or to beyond the latest swing; ATR where no swing lies on that side."""
    if params["by_structure"] != 0:
        swing = row["swing_low"] if side > 0 else row["swing_high"]
        away = side * (row["close"] - swing)
        # A swing that does not exist yet is NaN and compares false.
        if away > 0.0:
            return away + params["structure_atr"] * row["atr"]
    return params["stop_atr"] * row["atr"]


@inlined
def target_distance(distance: float, row: Record, params: Record) -> float:
    """Price units: what the strategy names at this bar, else R multiples; infinite: none."""
    named = field_or(row, "target", 0.0)
    if named > 0.0:
        return named
    return params["target_r"] * distance


@inlined
def order_quantity(side: int, equity: float, distance: float, row: Record, params: Record) -> float:
    """Units. Sized by risk, a fill at the stop loses the risked share of equity."""
    sizing = params["sizing"]
    if sizing == FIXED_QUANTITY:
        return params["size"]
    if sizing == FIXED_NOTIONAL:
        return params["size"] / row["close"]
    if sizing == FRACTION_OF_EQUITY:
        return params["size"] * equity / row["close"]
    if sizing == ALL_IN:
        return params["leverage"] * equity / row["close"]
    strength = confidence(fused_score(row, params), side, row, params)
    return equity * risk_share(strength, row, params) / distance


@inlined
def risk_share(strength: float, row: Record, params: Record) -> float:
    """Share of equity at risk: by confidence, times the ADX factor, at most max_risk."""
    share = mapped_risk(strength, params)
    if params["map_risks"][0] == 0.0:
        share = line_risk(strength, threshold_of(row, params), params)
    if row["adx"] < params["adx_range_lo"]:
        share *= params["adx_range_factor"]
    elif row["adx"] > params["adx_trend_hi"]:
        share *= params["adx_trend_factor"]
    return min(share, params["max_risk"])


@inlined
def line_risk(strength: float, threshold: float, params: Record) -> float:
    """From min_risk at the threshold to max_risk at confidence 1."""
    room = 1.0 - threshold
    above = 0.0 if room <= 0.0 else (strength - threshold) / room
    above = min(max(above, 0.0), 1.0)
    return params["min_risk"] + (params["max_risk"] - params["min_risk"]) * above


@inlined
def mapped_risk(strength: float, params: Record) -> float:
    """The risk of the last step that the confidence reaches; min_risk below the first."""
    share = params["min_risk"]
    for k in range(MAP_STEPS):
        if strength >= params["map_levels"][k]:
            share = params["map_risks"][k]
    return share

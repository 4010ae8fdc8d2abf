"""Slow twins of the gaps: from the definition, over lists."""

from math import isnan, nan

from pattern_naive_zones import vote


def born_at(high, low, atr, i, min_gap):
    """The gap that bar i completes, or None."""
    if i < 2:
        return None
    for side, bottom, top in ((1, high[i - 2], low[i]), (-1, high[i], low[i - 2])):
        gap = top - bottom
        if gap > 0.0 and gap >= min_gap * atr[i]:
            return {"row": i, "side": side, "low": bottom, "high": top,
                    "strength": gap / (gap + atr[i]), "filled": 0.0}  # fmt: skip
    return None


def trade_through(zone, high, low):
    depth = zone["high"] - low if zone["side"] > 0 else high - zone["low"]
    zone["filled"] = max(zone["filled"], min(depth / (zone["high"] - zone["low"]), 1.0))


def outlives(zone, high, low):
    return low >= zone["low"] if zone["side"] > 0 else high <= zone["high"]


def fair_value_gap(high, low, close, atr, rules):
    min_gap, near = rules.min_gap_atr, rules.near_atr
    half_age, max_age = rules.half_age_bars, rules.max_age_bars
    zones, votes = [], []
    for i in range(len(close)):
        for zone in zones:
            trade_through(zone, high[i], low[i])
        zones = [z for z in zones if outlives(z, high[i], low[i]) and i - z["row"] <= max_age]
        born = born_at(high, low, atr, i, min_gap)
        zones = (zones + [born] if born else zones)[-16:]
        votes.append(nan if isnan(atr[i]) else vote(zones, i, close[i], near * atr[i], half_age))
    return votes


TWINS = {"fair_value_gap": fair_value_gap}

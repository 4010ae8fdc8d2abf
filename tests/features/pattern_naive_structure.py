"""Slow twins of the breaks: from the definition, over lists."""

from math import inf, isnan, nan

from pattern_naive_zones import vote


def fresh_swing(ages, i, taken_at):
    """Whether the latest swing was confirmed at or before row i and not broken since."""
    return not isnan(ages[i]) and i - (ages[i] - 5) > taken_at


def breaks_of(close, highs, high_ages, lows, low_ages, atr, min_break):
    """(row, side, level) of every break, with or against the trend."""
    found = []
    taken = {1: -1, -1: -1}  # the row of the last break of each side
    for i in range(len(close)):
        sides = []
        for side, levels, ages in ((1, highs, high_ages), (-1, lows, low_ages)):
            beyond = side * (close[i] - levels[i])
            if beyond >= min_break * atr[i] and fresh_swing(ages, i, taken[side]):
                taken[side] = i
                sides.append((i, side, levels[i]))
        if len(sides) == 1:  # beyond both at once is beyond neither
            found += sides
    return found


def broken(i, side, level, price, atr):
    low, high = min(level, price), max(level, price)
    strength = (high - low) / (high - low + atr)
    return {"row": i, "side": side, "low": low, "high": high, "strength": strength, "filled": 0.0}


def breaks(close, highs, high_ages, lows, low_ages, atr, rules):
    min_break, half_age, max_age = rules.min_break_atr, rules.half_age_bars, rules.max_age_bars
    zones, votes, trend = [], [], 0
    found = {i: (side, level) for i, side, level in
             breaks_of(close, highs, high_ages, lows, low_ages, atr, min_break)}  # fmt: skip
    for i, price in enumerate(close):
        zones = [
            z for z in zones
            if (price >= z["low"] if z["side"] > 0 else price <= z["high"])
            and i - z["row"] <= max_age
        ]  # fmt: skip
        if i in found:
            side, level = found[i]
            if trend * side == rules.with_trend:
                zones.append(broken(i, side, level, price, atr[i]))
            trend = side
        zones = zones[-16:]
        votes.append(nan if isnan(atr[i]) else vote(zones, i, price, inf, half_age))
    return votes


TWINS = {"breaks": breaks}

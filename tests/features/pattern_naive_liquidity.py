"""Slow twins of sweeps and absorption: from the definition, over lists."""

from math import inf, isnan, nan

from pattern_naive_zones import vote


def outlives(zone, price, row, max_age):
    beyond = price < zone["low"] if zone["side"] > 0 else price > zone["high"]
    return not beyond and row - zone["row"] <= max_age


def zone_of(row, side, prices, strength, **more):
    return {"row": row, "side": side, "low": min(prices), "high": max(prices),
            "strength": strength, "filled": 0.0, **more}  # fmt: skip


def level_of(zone):
    return zone["low"] if zone["side"] > 0 else zone["high"]


def is_swept(level, tip, price, side):
    """Traded beyond, closed inside."""
    return tip < level < price if side > 0 else price < level < tip


def swept_levels(pools, old_tip, tip, price, side):
    """The deepest pool and the old extreme, where the bar swept them."""
    levels = [level_of(each) for each in pools if each["is_pool"]]
    hit = [level for level in levels if is_swept(level, tip, price, side)]
    found = [max(hit, key=lambda level: side * level)] if hit else []
    return found + ([old_tip] if is_swept(old_tip, tip, price, side) else [])


def with_swing(standing, row, price, tolerance, side):
    """The standing levels and the swing confirmed now, a pool where a level is equal to it."""
    equal = [level_of(each) for each in standing if abs(price - level_of(each)) <= tolerance]
    new = zone_of(row, side, [price, *equal], 0.0, is_pool=bool(equal))
    return (standing + [new])[-16:]


def wick_side(lower, upper, min_wick):
    if max(lower, upper) < min_wick:
        return 0
    return (lower > upper) - (upper > lower)


def sweep(
    high, low, close, swing_high, swing_high_age, swing_low, swing_low_age, lower, upper, volume_z,
    high_50, low_50, atr, rules,
):  # fmt: skip
    half_age, max_age, level_age = rules.half_age_bars, rules.max_age_bars, rules.level_age_bars
    sweeps, standing, votes = [], {1: [], -1: []}, []
    swings = {1: (swing_low, swing_low_age), -1: (swing_high, swing_high_age)}
    for i, price in enumerate(close):
        sweeps = [zone for zone in sweeps if outlives(zone, price, i, max_age)]
        for side in (1, -1):
            standing[side] = [z for z in standing[side] if outlives(z, price, i, level_age)]
        side = wick_side(lower[i], upper[i], rules.min_wick_share)
        if side != 0 and volume_z[i] >= rules.min_volume_z and not isnan(atr[i]):
            tip, share, tips = (low, lower, low_50) if side > 0 else (high, upper, high_50)
            wick = share[i] * (high[i] - low[i])
            old_tip = tips[i - 1] if i > 0 else nan
            for level in swept_levels(standing[side], old_tip, tip[i], price, side):
                sweeps.append(zone_of(i, side, [level, tip[i]], wick / (wick + atr[i])))
        sweeps = sweeps[-16:]
        for side, (prices, ages) in swings.items():
            if ages[i] == 5.0:
                tolerance = rules.equal_atr * atr[i]
                standing[side] = with_swing(standing[side], i, prices[i], tolerance, side)
        known = not any(isnan(x) for x in (low_50[i], volume_z[i], atr[i]))
        votes.append(vote(sweeps, i, price, inf, half_age) if known else nan)
    return votes


def absorption(open_, high, low, close, volume_z, rules):
    min_volume_z, max_body = rules.min_volume_z, rules.max_body_share
    min_location, half_age, max_age = rules.min_location, rules.half_age_bars, rules.max_age_bars
    zones, votes = [], []
    for i, price in enumerate(close):
        zones = [zone for zone in zones if outlives(zone, price, i, max_age)]
        extent, body = high[i] - low[i], abs(price - open_[i])
        if volume_z[i] >= min_volume_z and extent > 0.0 and body <= max_body * extent:
            up = price - low[i] >= min_location * extent
            down = high[i] - price >= min_location * extent
            if up != down:
                effort = volume_z[i] / (volume_z[i] + min_volume_z)
                strength = effort * (1.0 - body / extent)
                zones.append(zone_of(i, 1 if up else -1, [low[i], high[i]], strength))
        zones = zones[-16:]
        votes.append(nan if isnan(volume_z[i]) else vote(zones, i, price, inf, half_age))
    return votes


TWINS = {"sweep": sweep, "absorption": absorption}

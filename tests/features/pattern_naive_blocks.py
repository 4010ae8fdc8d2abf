"""Slow twin of the order blocks: from the definition, over lists."""

from math import isnan, nan

from pattern_naive_zones import vote


def direction(open_, close, i):
    return (close[i] > open_[i]) - (close[i] < open_[i])


def last_opposite(open_, close, i, side):
    """The last candle against `side` in the three bars before row i, or None."""
    for b in range(i - 1, max(i - 4, -1), -1):
        if direction(open_, close, b) == -side:
            return b
    return None


def volume_ratio(volume, mean, b, i):
    return max(v / m if m > 0.0 else 0.0 for v, m in
               zip(volume[b + 1 : i + 1], mean[b + 1 : i + 1], strict=True))  # fmt: skip


def order_block(open_, high, low, close, volume, mean, atr, rules):
    min_move, min_ratio, near = rules.min_displacement_atr, rules.min_volume_ratio, rules.near_atr
    half_age, max_age = rules.half_age_bars, rules.max_age_bars
    zones, votes, used = [], [], set()
    for i, price in enumerate(close):
        zones = [z for z in zones if i - z["row"] <= max_age
                 and (price >= z["low"] if z["side"] > 0 else price <= z["high"])]  # fmt: skip
        side = direction(open_, close, i)
        b = last_opposite(open_, close, i, side) if side else None
        if b is not None and b not in used:
            moved = side * (price - close[b])
            confirmed = volume_ratio(volume, mean, b, i) >= min_ratio
            if moved > 0.0 and moved >= min_move * atr[i] and confirmed:
                used.add(b)
                zones.append({"row": i, "side": side, "low": low[b], "high": high[b],
                              "strength": moved / (moved + atr[i]), "filled": 0.0})  # fmt: skip
        zones = zones[-16:]
        ready = not isnan(atr[i]) and not isnan(mean[i])
        votes.append(vote(zones, i, price, near * atr[i], half_age) if ready else nan)
    return votes


TWINS = {"order_block": order_block}

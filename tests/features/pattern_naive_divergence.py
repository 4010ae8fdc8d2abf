"""Slow twin of the divergences: from the definition, over lists."""

from itertools import pairwise
from math import inf, isnan, nan

from pattern_naive_zones import vote


def kinds(rsi, ages, prices, side, max_span):
    """{row: (price of the later swing, difference of RSI)} where two neighbours diverge."""
    rows = [i for i, age in enumerate(ages) if age == 5.0]
    found = {}
    for before, now in pairwise(rows):
        (p1, r1), (p2, r2) = ((prices[i], rsi[i - 5]) for i in (before, now))
        worse, better = side * p2 < side * p1, side * r2 > side * r1
        regular = worse and better
        hidden = side * p2 > side * p1 and side * r2 < side * r1
        if now - before <= max_span and (regular or hidden):
            found[now] = (p2, abs(r2 - r1))
    return found


def born(close, rsi, swings, rsi_scale, max_span):
    """Every zone by the row of its birth; at a bar that is both swings the long one is first."""
    zones = {}
    for side, (prices, ages) in swings.items():
        for i, (price, apart) in kinds(rsi, ages, prices, side, max_span).items():
            zones.setdefault(i, []).append(
                {"row": i, "side": side, "low": min(price, close[i]), "high": max(price, close[i]),
                 "strength": apart / (apart + rsi_scale), "filled": 0.0}
            )  # fmt: skip
    return zones


def divergence(close, rsi, highs, high_ages, lows, low_ages, rules):
    half_age, max_age = rules.half_age_bars, rules.max_age_bars
    swings = {1: (lows, low_ages), -1: (highs, high_ages)}
    births = born(close, rsi, swings, rules.rsi_scale, rules.max_span_bars)
    zones, votes = [], []
    for i, price in enumerate(close):
        zones = [z for z in zones if i - z["row"] <= max_age
                 and (price >= z["low"] if z["side"] > 0 else price <= z["high"])]  # fmt: skip
        zones = (zones + births.get(i, []))[-16:]
        votes.append(nan if isnan(rsi[i]) else vote(zones, i, price, inf, half_age))
    return votes


TWINS = {"divergence": divergence}

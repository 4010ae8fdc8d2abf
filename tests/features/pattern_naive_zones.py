"""What the slow twins share: how a list of live zones votes. It is the twin of no kernel itself."""


def strength_now(zone, row, half_age):
    return zone["strength"] * (1.0 - zone["filled"]) / (1.0 + (row - zone["row"]) / half_age)


def is_near(zone, price, near):
    return price - zone["high"] <= near and zone["low"] - price <= near


def vote(zones, row, price, near, half_age):
    """Best long − best short of the zones (row, side, low, high, strength, filled) near a price."""
    sides = {1: [0.0], -1: [0.0]}
    for zone in zones:
        if is_near(zone, price, near):
            sides[zone["side"]].append(strength_now(zone, row, half_age))
    return max(sides[1]) - max(sides[-1])


TWINS = {}

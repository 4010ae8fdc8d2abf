"""The set of live zones behind every pattern: who is born, who dies, who votes.

The set holds at most CAPACITY zones in order of birth, so that the cost of a bar does not grow with
history; one more crowds out the oldest.
"""

import numpy as np

from engine.features.pattern import AGED, BIRTH, CROWDED_OUT, VIOLATED
from engine.kernel import Record, Table, inlined

CAPACITY = 16

# Fields of every pattern's state; a pattern appends its own.
ZONES = [
    ("row", np.int64),  # rows seen so far, so the number of the current row
    ("written", np.int64),  # rows of the stream so far
    ("born", np.int64),  # births so far
    ("count", np.int64),  # live zones
    ("id", np.int64, (CAPACITY,)),
    ("birth_row", np.int64, (CAPACITY,)),
    ("kind", np.int64, (CAPACITY,)),
    ("side", np.int64, (CAPACITY,)),
    ("low", np.float64, (CAPACITY,)),
    ("high", np.float64, (CAPACITY,)),
    ("strength", np.float64, (CAPACITY,)),
    ("filled", np.float64, (CAPACITY,)),  # share traded through since birth, in [0, 1]
]


@inlined
def write_row(zones: Record, k: int, why: int, ledger: Record, stream: Table) -> None:
    """Append what happened to zone k; `ledger` is the set that counts the rows of the stream."""
    n = ledger["written"]
    if n < stream.size:
        line = stream[n]
        line["row"] = zones["row"]
        line["id"] = zones["id"][k]
        line["low"] = zones["low"][k]
        line["high"] = zones["high"][k]
        line["strength"] = zones["strength"][k]
        line["why"] = why
        line["kind"] = zones["kind"][k]
        line["side"] = zones["side"][k]
    ledger["written"] = n + 1


@inlined
def give_birth(
    zones: Record, kind: int, side: int, low: float, high: float, strength: float,
    ledger: Record, stream: Table,
) -> None:  # fmt: skip
    """Add a zone that may be used from this bar on."""
    if zones["count"] == CAPACITY:
        bury(zones, 0, CROWDED_OUT, ledger, stream)
    k = zones["count"]
    ledger["born"] += 1
    zones["id"][k] = ledger["born"]
    zones["birth_row"][k] = zones["row"]
    zones["kind"][k] = kind
    zones["side"][k] = side
    zones["low"][k] = low
    zones["high"][k] = high
    zones["strength"][k] = strength
    zones["filled"][k] = 0.0
    zones["count"] = k + 1
    write_row(zones, k, BIRTH, ledger, stream)


@inlined
def bury(zones: Record, k: int, why: int, ledger: Record, stream: Table) -> None:
    """Remove zone k; the others keep their order."""
    write_row(zones, k, why, ledger, stream)
    last = zones["count"] - 1
    for j in range(k, last):
        zones["id"][j] = zones["id"][j + 1]
        zones["birth_row"][j] = zones["birth_row"][j + 1]
        zones["kind"][j] = zones["kind"][j + 1]
        zones["side"][j] = zones["side"][j + 1]
        zones["low"][j] = zones["low"][j + 1]
        zones["high"][j] = zones["high"][j + 1]
        zones["strength"][j] = zones["strength"][j + 1]
        zones["filled"][j] = zones["filled"][j + 1]
    zones["count"] = last


@inlined
def is_left_behind(zones: Record, k: int, worst_long: float, worst_short: float) -> bool:
    """Whether a price is beyond the far side of zone k."""
    if zones["side"][k] > 0:
        return worst_long < zones["low"][k]
    return worst_short > zones["high"][k]


@inlined
def bury_the_dead(
    zones: Record, worst_long: float, worst_short: float, max_age: float,
    ledger: Record, stream: Table,
) -> None:  # fmt: skip
    """End every zone that is too old, or that a price has left behind.

    A long zone dies when `worst_long` is below its low, a short one when `worst_short` is above its
    high: the close for zones that a close violates, low and high for zones that are traded through.
    """
    k = 0
    while k < zones["count"]:
        if is_left_behind(zones, k, worst_long, worst_short):
            bury(zones, k, VIOLATED, ledger, stream)
        elif zones["row"] - zones["birth_row"][k] > max_age:
            bury(zones, k, AGED, ledger, stream)
        else:
            k += 1


@inlined
def zone_vote(zones: Record, price: float, near: float, half_age: float) -> float:
    """Best long vote − best short vote of the zones within `near` of the price, in [−1, 1].

    A zone's vote is strength · (1 − filled) / (1 + age / half_age). near: in price units; inf lets
    every live zone vote.
    """
    best_long, best_short = 0.0, 0.0
    for k in range(zones["count"]):
        above = price - zones["high"][k]
        below = zones["low"][k] - price
        if above <= near and below <= near:
            age = zones["row"] - zones["birth_row"][k]
            vote = zones["strength"][k] * (1.0 - zones["filled"][k]) / (1.0 + age / half_age)
            if zones["side"][k] > 0:
                best_long = max(best_long, vote)
            else:
                best_short = max(best_short, vote)
    return best_long - best_short

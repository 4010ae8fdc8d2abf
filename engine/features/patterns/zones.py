"""The set of live zones behind every pattern: who is born, who dies, who votes.

The set holds at most CAPACITY zones in order of birth, so that the cost of a bar does not grow with
history; one more crowds out the oldest.
"""

from math import inf

import numpy as np

from engine.features.pattern import AGED, BIRTH, CROWDED_OUT, VIOLATED
from engine.kernel import Record, Table, inlined, typed

CAPACITY = 16

LONG, SHORT = typed(1, -1)
ONLY_KIND, OLDEST = typed(0, 0)  # the kind of a pattern that has one; the place of the oldest zone

# The field "zones" of every pattern's state, a record of its own: the functions below are compiled
# once for all patterns. It is the last field: were it a common beginning, numba would treat one
# pattern's state as a subtype of another's, an experimental feature.
ZONES = np.dtype(
    [
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
        # No price between them leaves a zone behind, or trades into one: bounds that may be too
        # near, never too far. Long zones: highest low, highest high; short ones: lowest high,
        # lowest low.
        ("floor", np.float64),
        ("top", np.float64),
        ("ceiling", np.float64),
        ("bottom", np.float64),
    ],
    align=True,
)


@inlined
def write_row(zones: Record, k: int, why: int, ledger: Record, stream: Table) -> None:
    """Append what happened to zone k; `ledger` is the set that counts the rows of the stream."""
    n = ledger["written"]
    ledger["written"] = n + 1
    if n >= stream.size:
        return
    line = stream[n]
    line["row"] = zones["row"]
    line["id"] = zones["id"][k]
    line["low"] = zones["low"][k]
    line["high"] = zones["high"][k]
    line["strength"] = zones["strength"][k]
    line["why"] = why
    line["kind"] = zones["kind"][k]
    line["side"] = zones["side"][k]


@inlined
def forget_bounds(zones: Record) -> None:
    zones["floor"], zones["top"], zones["ceiling"], zones["bottom"] = -inf, -inf, inf, inf


@inlined
def narrow_bounds(zones: Record, k: int) -> None:
    """Let the bounds know zone k."""
    low, high = zones["low"][k], zones["high"][k]
    if zones["side"][k] > 0:
        zones["floor"] = low if low > zones["floor"] else zones["floor"]
        zones["top"] = high if high > zones["top"] else zones["top"]
    else:
        zones["ceiling"] = high if high < zones["ceiling"] else zones["ceiling"]
        zones["bottom"] = low if low < zones["bottom"] else zones["bottom"]


@inlined
def give_birth(
    zones: Record, kind: int, side: int, low: float, high: float, strength: float,
    ledger: Record, stream: Table,
) -> None:  # fmt: skip
    """Add a zone that may be used from this bar on."""
    if zones["count"] == CAPACITY:
        bury_oldest(zones, ledger, stream)
    k = zones["count"]
    if k == 0:
        forget_bounds(zones)
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
    narrow_bounds(zones, k)
    write_row(zones, k, BIRTH, ledger, stream)


@inlined
def move(zones: Record, k: int, to: int) -> None:
    """Copy zone k over another."""
    zones["id"][to] = zones["id"][k]
    zones["birth_row"][to] = zones["birth_row"][k]
    zones["kind"][to] = zones["kind"][k]
    zones["side"][to] = zones["side"][k]
    zones["low"][to] = zones["low"][k]
    zones["high"][to] = zones["high"][k]
    zones["strength"][to] = zones["strength"][k]
    zones["filled"][to] = zones["filled"][k]


@inlined
def bury_oldest(zones: Record, ledger: Record, stream: Table) -> None:
    """Make room for one more; the others keep their order."""
    write_row(zones, OLDEST, CROWDED_OUT, ledger, stream)
    zones["count"] -= 1
    for k in range(zones["count"]):
        move(zones, k + 1, k)


@inlined
def is_left_behind(zones: Record, k: int, worst_long: float, worst_short: float) -> bool:
    """Whether a price is beyond the far side of zone k."""
    if zones["side"][k] > 0:
        return worst_long < zones["low"][k]
    return worst_short > zones["high"][k]


@inlined
def fate(
    zones: Record, k: int, worst_long: float, worst_short: float, max_age: float
) -> int:  # fmt: skip
    """Why zone k dies now; BIRTH if it lives on."""
    if is_left_behind(zones, k, worst_long, worst_short):
        return VIOLATED
    return AGED if zones["row"] - zones["birth_row"][k] > max_age else BIRTH


@inlined
def may_bury(zones: Record, worst_long: float, worst_short: float, max_age: float) -> bool:
    """Whether any zone can have died by `bury_the_dead`: asked first, since on most bars none has.

    (Handing the stream to a function counts a reference, twice, and that costs more than a bar.)
    """
    if zones["count"] == 0:
        return False
    oldest = zones["row"] - zones["birth_row"][0]
    return oldest > max_age or worst_long < zones["floor"] or worst_short > zones["ceiling"]


@inlined
def bury_the_dead(
    zones: Record, worst_long: float, worst_short: float, max_age: float,
    ledger: Record, stream: Table,
) -> None:  # fmt: skip
    """End every zone that is too old, or that a price has left behind.

    A long zone dies when `worst_long` is below its low, a short one when `worst_short` is above its
    high: the close for zones that a close violates, low and high for zones that are traded through.
    """
    forget_bounds(zones)
    to = OLDEST
    for k in range(zones["count"]):
        why = fate(zones, k, worst_long, worst_short, max_age)
        if why == BIRTH:
            if k != to:
                move(zones, k, to)
            narrow_bounds(zones, to)
            to += 1
            continue
        write_row(zones, k, why, ledger, stream)
    zones["count"] = to


@inlined
def zone_vote(zones: Record, price: float, near: float, half_age: float) -> float:
    """Best long vote − best short vote of the zones within `near` of the price, in [−1, 1].

    A zone's vote is strength · (1 − filled) / (1 + age / half_age). near: in price units; inf lets
    every live zone vote.
    """
    best_long, best_short = 0.0, 0.0
    if price - zones["top"] > near and zones["bottom"] - price > near:
        return 0.0
    for k in range(zones["count"]):
        above = price - zones["high"][k]
        below = zones["low"][k] - price
        if (above if above > below else below) <= near:
            age = zones["row"] - zones["birth_row"][k]
            vote = zones["strength"][k] * (1.0 - zones["filled"][k]) / (1.0 + age / half_age)
            if zones["side"][k] > 0:
                best_long = max(best_long, vote)
            else:
                best_short = max(best_short, vote)
    return best_long - best_short

"""Swing highs and lows: strictly beyond the bars on each side, known when those are complete."""

from math import nan

from engine.features.feature import Feature
from engine.kernel import Floats, inlined, kernel

REACH = 5  # bars on each side; a swing at bar k may be used from bar k + REACH on
SPAN = 2 * REACH + 1


@inlined
def is_swing(ring: Floats, newest: int, side: int) -> bool:
    """Whether the middle of the last SPAN values is strictly beyond the others, towards `side`.

    ring: the last SPAN values, the newest at index `newest`, older ones before it, cyclic.
    """
    middle = ring[(newest + SPAN - REACH) % SPAN]
    for distance in range(1, REACH + 1):
        before = ring[(newest + SPAN - REACH - distance) % SPAN]
        after = ring[(newest + SPAN - REACH + distance) % SPAN]
        if side * before >= side * middle or side * after >= side * middle:
            return False
    return True


@kernel
def last_swing(values: Floats, side: int, wants_age: int, state: Floats, out: Floats) -> None:
    """Price of the latest confirmed swing, or its age in bars (`wants_age`); NaN before the first.

    The age is REACH in the row in which the swing is confirmed. state: rows seen, price, row of the
    swing, then the ring of the last SPAN values.
    """
    rows, price, at = state[0], state[1], state[2]
    ring = state[3:]
    for i in range(out.size):
        newest = int(rows) % SPAN
        ring[newest] = values[i]
        if rows >= SPAN - 1 and is_swing(ring, newest, side):
            price, at = ring[(newest + SPAN - REACH) % SPAN], rows - REACH
        if price == 0.0:
            out[i] = nan
        else:
            out[i] = rows - at if wants_age else price
        rows += 1.0
    state[0], state[1], state[2] = rows, price, at


def _swing(name: str, values: str, side: int, wants_age: int, mirrored_by: str) -> Feature:
    return Feature(
        name=name,
        inputs=(values,),
        memory="recursive",
        kernel=last_swing,
        mirror="even" if wants_age else "price",
        constants=(side, wants_age),
        state_size=3 + SPAN,
        low=REACH if wants_age else 0.0,
        mirrored_by=mirrored_by,
    )


FEATURES = (
    _swing("swing_high", "high", 1, 0, "swing_low"),
    _swing("swing_low", "low", -1, 0, "swing_high"),
    _swing("swing_high_age", "high", 1, 1, "swing_low_age"),
    _swing("swing_low_age", "low", -1, 1, "swing_high_age"),
)

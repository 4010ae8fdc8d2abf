"""Swing highs and lows: strictly beyond the bars on each side, known when those are complete."""

from math import inf, nan

from engine.features.feature import Feature
from engine.kernel import Floats, inlined, kernel

REACH = 5  # bars on each side; a swing at bar k may be used from bar k + REACH on


@inlined
def highest(a: float, b: float, c: float, d: float, e: float) -> float:
    """By comparisons in pairs, which compile without a branch."""
    ab = a if a > b else b
    cd = c if c > d else d
    abcd = ab if ab > cd else cd
    return abcd if abcd > e else e


@kernel
def last_swing(values: Floats, side: int, wants_age: int, state: Floats, out: Floats) -> None:
    """Price of the latest confirmed swing, or its age in bars (`wants_age`); NaN before the first.

    The age is REACH in the row in which the swing is confirmed. At most one bar waits to become a
    swing: a later one that reaches it ends its wait. state: rows seen, price and row of the swing
    (row 0: none), those of the bar that waits (row −inf: none), the last REACH values; all values
    times `side`.
    """
    rows, price, at, tip, tip_at = state[0], state[1], state[2], state[3], state[4]
    a, b, c, d, e = state[5], state[6], state[7], state[8], state[9]
    if rows == 0.0:
        tip_at = -inf
        a = b = c = d = e = inf  # nothing is beyond the bars that do not exist
    for i in range(out.size):
        x = side * values[i]
        if x > highest(a, b, c, d, e):
            tip, tip_at = x, rows
        elif x >= tip:
            tip_at = -inf
        elif rows - tip_at == REACH:
            price, at = tip, tip_at
        a, b, c, d, e = b, c, d, e, x
        known = rows - at if wants_age else side * price
        out[i] = known if at > 0.0 else nan
        rows += 1.0
    state[0], state[1], state[2], state[3], state[4] = rows, price, at, tip, tip_at
    state[5], state[6], state[7], state[8], state[9] = a, b, c, d, e


def _swing(name: str, values: str, side: int, wants_age: int, mirrored_by: str) -> Feature:
    extreme = "high" if side > 0 else "low"
    price = f"latest {extreme} beyond the {REACH} bars on each side of it"
    return Feature(
        name=name,
        inputs=(values,),
        memory="recursive",
        kernel=last_swing,
        mirror="even" if wants_age else "price",
        constants=(side, wants_age),
        state_size=5 + REACH,
        low=REACH if wants_age else 0.0,
        mirrored_by=mirrored_by,
        says=f"bars since swing_{extreme}" if wants_age else price,
    )


FEATURES = (
    _swing("swing_high", "high", 1, 0, "swing_low"),
    _swing("swing_low", "low", -1, 0, "swing_high"),
    _swing("swing_high_age", "high", 1, 1, "swing_low_age"),
    _swing("swing_low_age", "low", -1, 1, "swing_high_age"),
)

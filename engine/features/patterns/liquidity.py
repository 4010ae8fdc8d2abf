"""Liquidity: pools of equal swings, and the sweeps of a pool or of an old extreme.

Stops rest beyond levels that everybody sees. A bar that trades there on volume and closes back
inside has taken them and found nobody behind: the vote is against the direction of the sweep.
"""

from math import inf, nan

import numpy as np

from engine.features.pattern import Inputs, Pattern
from engine.features.patterns.zones import ZONES, bury_the_dead, give_birth, may_bury, zone_vote
from engine.features.swings import REACH
from engine.kernel import Floats, Record, Table, inlined, kernel
from engine.settings import Section, parameter

KINDS = ("swing", "pool", "pool_sweep", "extreme_sweep")
SWING, POOL, POOL_SWEEP, EXTREME_SWEEP = range(4)


class SweepSettings(Section):
    """What counts as a pool and as its sweep, and how long a sweep votes."""

    equal_atr: float = parameter(
        0.15, "swings this near each other are equal", unit="ATR", ge=0, le=10
    )
    level_age_bars: int = parameter(
        240, "older swings and pools are forgotten", unit="bars", ge=1, le=100_000
    )
    min_wick_share: float = parameter(
        0.5, "the wick beyond the level", unit="share of the range", gt=0, le=1
    )
    min_volume_z: float = parameter(
        1.0, "stops that are hit make volume", unit="standard deviations", ge=-10, le=100
    )
    half_age_bars: float = parameter(
        4.0, "age at which a sweep votes half", unit="bars", gt=0, le=10_000
    )
    max_age_bars: int = parameter(12, "older sweeps are forgotten", unit="bars", ge=1, le=100_000)


STATE = np.dtype(
    [
        ("high_before", np.float64),  # extremes of the 50 rows before this one
        ("low_before", np.float64),
        ("zones", ZONES),
    ],
    align=True,
)


@inlined
def level_of(levels: Record, k: int, side: int) -> float:
    """The end of a swing or pool that must not be closed beyond."""
    return levels["low"][k] if side > 0 else levels["high"][k]


@inlined
def confirm(
    levels: Record, price: float, tolerance: float, side: int, ledger: Record, stream: Table
) -> None:
    """A swing that is confirmed at this bar: a pool, if any standing level is equal to it.

    The pool reaches from the swing to the most extreme of the equal levels.
    """
    low, high, equals = price, price, 0
    for k in range(levels["count"]):
        level = level_of(levels, k, side)
        if abs(price - level) <= tolerance:
            low, high = min(low, level), max(high, level)
            equals += 1
    kind = POOL if equals > 0 else SWING
    give_birth(levels, kind, side, low, high, equals / (equals + 1.0), ledger, stream)


@inlined
def is_swept(level: float, extreme: float, close: float, side: int) -> bool:
    """Whether the bar traded beyond the level and closed inside; False for a level that is NaN."""
    return side * (level - extreme) > 0.0 and side * (close - level) > 0.0


@inlined
def deepest(levels: Record, extreme: float, close: float, side: int) -> float:
    """The level of the swept pool that was gone beyond by most; NaN without one."""
    found = nan
    for k in range(levels["count"]):
        level = level_of(levels, k, side)
        if levels["kind"][k] == POOL and is_swept(level, extreme, close, side):
            found = found if side * (found - level) > 0.0 else level
    return found


@inlined
def find_sweeps(
    levels: Record, before: float, extreme: float, close: float, strength: float, side: int,
    zones: Record, stream: Table,
) -> None:  # fmt: skip
    """The births of one bar: at most one sweep of a pool and one of the old extreme."""
    for kind in (POOL_SWEEP, EXTREME_SWEEP):
        level = deepest(levels, extreme, close, side) if kind == POOL_SWEEP else before
        if is_swept(level, extreme, close, side):
            low, high = min(level, extreme), max(level, extreme)
            give_birth(zones, kind, side, low, high, strength, zones, stream)


@inlined
def rejected_side(lower_wick: float, upper_wick: float, min_share: float) -> int:
    """The longer wick decides: +1 for the lower one, −1 for the upper one, 0 if it is too short."""
    if lower_wick > upper_wick and lower_wick >= min_share:
        return 1
    if upper_wick > lower_wick and upper_wick >= min_share:
        return -1
    return 0


@kernel
def sweep(columns: Inputs, rules: Table, states: Table, stream: Table, out: Floats) -> None:
    """states: sweeps, then the levels of the lows, then those of the highs.

    A sweep's zone lies between the level and the bar's extreme; it dies when a close goes beyond.
    """
    high, low, close, swing_high, swing_high_age, swing_low, swing_low_age = columns[:7]
    lower_wick, upper_wick, volume_z, high_50, low_50, atr = columns[7:]
    r, s, zones = rules[0], states[0], states[0]["zones"]
    equal, level_age, min_wick = r["equal_atr"], r["level_age_bars"], r["min_wick_share"]
    min_volume_z, half_age, max_age = r["min_volume_z"], r["half_age_bars"], r["max_age_bars"]
    for i in range(out.size):
        # Loops over the sets, not a call for each: every call is one more copy to compile.
        for k in range(3):
            age = max_age if k == 0 else level_age
            if may_bury(states[k]["zones"], close[i], close[i], age):
                bury_the_dead(states[k]["zones"], close[i], close[i], age, zones, stream)
        side = rejected_side(lower_wick[i], upper_wick[i], min_wick)
        if side != 0 and volume_z[i] >= min_volume_z and atr[i] == atr[i]:
            wick = (lower_wick[i] if side > 0 else upper_wick[i]) * (high[i] - low[i])
            extreme = low[i] if side > 0 else high[i]
            # The old extreme at this row is the column at the row before.
            old = s["low_before"] if side > 0 else s["high_before"]
            before = old if zones["row"] > 0 else nan
            levels = states[1 if side > 0 else 2]["zones"]
            strength = wick / (wick + atr[i])
            find_sweeps(levels, before, extreme, close[i], strength, side, zones, stream)
        for k in range(1, 3):
            side = 1 if k == 1 else -1
            age = swing_low_age[i] if k == 1 else swing_high_age[i]
            if age == REACH:
                price = swing_low[i] if k == 1 else swing_high[i]
                confirm(states[k]["zones"], price, equal * atr[i], side, zones, stream)
        known = low_50[i] == low_50[i] and volume_z[i] == volume_z[i] and atr[i] == atr[i]
        out[i] = zone_vote(zones, close[i], inf, half_age) if known else nan
        s["low_before"], s["high_before"] = low_50[i], high_50[i]
        for k in range(3):
            states[k]["zones"]["row"] += 1


PATTERNS = (
    Pattern(
        name="sweep",
        inputs=(
            *("high", "low", "close", "swing_high", "swing_high_age", "swing_low", "swing_low_age"),
            *("lower_wick_share", "upper_wick_share", "volume_z_20", "high_50", "low_50"),
            "atr_wilder_14",
        ),
        kinds=KINDS,
        settings=SweepSettings,
        kernel=sweep,
        state=STATE,
        sets=3,
    ),
)

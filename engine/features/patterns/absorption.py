"""Absorption: much volume and little progress."""

from math import inf, nan

import numpy as np

from engine.features.pattern import Inputs, Pattern
from engine.features.patterns.zones import (
    ONLY_KIND,
    ZONES,
    bury_the_dead,
    give_birth,
    may_bury,
    zone_vote,
)
from engine.kernel import Floats, Table, inlined, kernel
from engine.settings import Section, parameter


class AbsorptionSettings(Section):
    """When a bar absorbs, and how long it votes."""

    min_volume_z: float = parameter(
        1.5, "volume that is much; more of it is a stronger sign", unit="standard deviations",
        gt=0, le=100,
    )  # fmt: skip
    max_body_share: float = parameter(
        0.3, "a larger body is progress", unit="share of the range", ge=0, lt=1
    )
    min_location: float = parameter(
        0.65, "what the close has won back", unit="share of the range", gt=0.5, le=1
    )
    half_age_bars: float = parameter(
        4.0, "age at which an absorption votes half", unit="bars", gt=0, le=10_000
    )
    max_age_bars: int = parameter(
        12, "older absorptions are forgotten", unit="bars", ge=1, le=100_000
    )


STATE = np.dtype([("zones", ZONES)], align=True)


@inlined
def absorbed_side(
    open_: float, high: float, low: float, close: float, max_body: float, min_location: float
) -> int:
    """+1 where selling was absorbed, −1 where buying was, 0 for a large body or a close between."""
    extent = high - low
    if extent <= 0.0 or abs(close - open_) > max_body * extent:
        return 0
    # As distances from either end: 1 − location would round.
    if close - low >= min_location * extent:
        return 1
    if high - close >= min_location * extent:
        return -1
    return 0


@kernel
def absorption(columns: Inputs, rules: Table, states: Table, stream: Table, out: Floats) -> None:
    """The zone is the bar, from low to high; the pattern dies when a close leaves its far side."""
    open_, high, low, close, volume_z = columns
    r, zones = rules[0], states[0]["zones"]
    min_volume_z, max_body = r["min_volume_z"], r["max_body_share"]
    min_location, half_age, max_age = r["min_location"], r["half_age_bars"], r["max_age_bars"]
    for i in range(out.size):
        if may_bury(zones, close[i], close[i], max_age):
            bury_the_dead(zones, close[i], close[i], max_age, zones, stream)
        z = volume_z[i]
        if z >= min_volume_z:
            side = absorbed_side(open_[i], high[i], low[i], close[i], max_body, min_location)
            if side != 0:
                effort = z / (z + min_volume_z)
                rest = 1.0 - abs(close[i] - open_[i]) / (high[i] - low[i])
                give_birth(zones, ONLY_KIND, side, low[i], high[i], effort * rest, zones, stream)
        out[i] = zone_vote(zones, close[i], inf, half_age) if z == z else nan
        zones["row"] += 1


PATTERNS = (
    Pattern(
        name="absorption",
        inputs=("open", "high", "low", "close", "volume_z_20"),
        kinds=("absorption",),
        settings=AbsorptionSettings,
        kernel=absorption,
        state=STATE,
    ),
)

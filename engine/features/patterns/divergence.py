"""Divergence: two swings of the price that the RSI does not follow."""

from math import inf, nan

import numpy as np

from engine.features.pattern import Inputs, Pattern
from engine.features.patterns.zones import (
    LONG,
    SHORT,
    ZONES,
    bury_the_dead,
    give_birth,
    may_bury,
    zone_vote,
)
from engine.features.swings import REACH
from engine.kernel import Floats, Record, Table, inlined, kernel
from engine.settings import Section, parameter

KINDS = ("regular", "hidden")
REGULAR, HIDDEN, NEITHER = 0, 1, -1
KEPT = REACH + 1  # a swing is known REACH bars late, and then its RSI is asked for


class DivergenceSettings(Section):
    """Which swings are compared, and how long a difference votes."""

    rsi_scale: float = parameter(
        6.0, "RSI difference that counts as half a vote", unit="RSI", gt=0, le=100
    )
    max_span_bars: int = parameter(
        60, "swings further apart are not compared", unit="bars", ge=1, le=10_000
    )
    half_age_bars: float = parameter(
        12.0, "age at which a divergence votes half", unit="bars", gt=0, le=10_000
    )
    max_age_bars: int = parameter(
        72, "older divergences are forgotten", unit="bars", ge=1, le=100_000
    )


# The last swing of a side.
SWING = np.dtype(
    [("row", np.int64), ("price", np.float64), ("rsi", np.float64)],  # row 0: none yet
    align=True,
)
STATE = np.dtype(
    [("rsi", np.float64, (KEPT,)), ("last_low", SWING), ("last_high", SWING), ("zones", ZONES)],
    align=True,
)


@inlined
def kind_of(side: int, price: float, rsi: float, last: Record) -> int:
    """Regular: a further extreme that the RSI does not confirm. Hidden: the RSI's alone."""
    further = side * (last["price"] - price)
    stronger = side * (rsi - last["rsi"])
    if further > 0.0 and stronger > 0.0:
        return REGULAR
    return HIDDEN if further < 0.0 and stronger < 0.0 else NEITHER


@inlined
def compare(
    last: Record, side: int, price: float, close: float, rsi_scale: float, max_span: float,
    s: Record, stream: Table,
) -> None:  # fmt: skip
    """Compare the swing that is confirmed at this bar with the one before, and remember it."""
    zones = s["zones"]
    at = zones["row"] - REACH
    rsi = s["rsi"][at % KEPT]
    if last["row"] > 0 and at - last["row"] <= max_span:
        kind = kind_of(side, price, rsi, last)
        if kind != NEITHER:
            apart = abs(rsi - last["rsi"])
            low, high = min(price, close), max(price, close)
            strength = apart / (apart + rsi_scale)
            give_birth(zones, kind, side, low, high, strength, zones, stream)
    last["row"], last["price"], last["rsi"] = at, price, rsi


@kernel
def divergence(columns: Inputs, rules: Table, states: Table, stream: Table, out: Floats) -> None:
    """A zone reaches from the swing to the close that makes it known; it dies beyond the swing."""
    close, rsi, swing_high, swing_high_age, swing_low, swing_low_age = columns
    r, s, zones = rules[0], states[0], states[0]["zones"]
    rsi_scale, max_span = r["rsi_scale"], r["max_span_bars"]
    half_age, max_age = r["half_age_bars"], r["max_age_bars"]
    for i in range(out.size):
        if may_bury(zones, close[i], close[i], max_age):
            bury_the_dead(zones, close[i], close[i], max_age, zones, stream)
        s["rsi"][zones["row"] % KEPT] = rsi[i]
        # Row 0 stands for no swing, and the RSI of an earlier row is not kept.
        if zones["row"] > REACH:
            if swing_low_age[i] == REACH:
                low = swing_low[i]
                compare(s["last_low"], LONG, low, close[i], rsi_scale, max_span, s, stream)
            if swing_high_age[i] == REACH:
                high = swing_high[i]
                compare(s["last_high"], SHORT, high, close[i], rsi_scale, max_span, s, stream)
        out[i] = zone_vote(zones, close[i], inf, half_age) if rsi[i] == rsi[i] else nan
        zones["row"] += 1


PATTERNS = (
    Pattern(
        name="divergence",
        inputs=(
            "close",
            "rsi_wilder_14",
            "swing_high",
            "swing_high_age",
            "swing_low",
            "swing_low_age",
        ),
        kinds=KINDS,
        settings=DivergenceSettings,
        kernel=divergence,
        state=STATE,
    ),
)

"""Fair value gaps: three bars of which the first and the last do not overlap."""

from math import nan

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
from engine.kernel import Floats, Record, Table, inlined, kernel
from engine.settings import Section, parameter


class FairValueGapSettings(Section):
    """What counts as a gap, and how long it votes."""

    min_gap_atr: float = parameter(0.3, "smaller gaps are noise", unit="ATR", gt=0, le=10)
    near_atr: float = parameter(0.5, "a gap this far away still votes", unit="ATR", ge=0, le=10)
    half_age_bars: float = parameter(
        24.0, "age at which a gap votes half", unit="bars", gt=0, le=10_000
    )
    max_age_bars: int = parameter(240, "older gaps are forgotten", unit="bars", ge=1, le=100_000)


STATE = np.dtype(
    [
        *((name, np.float64) for name in ("high_1", "low_1", "high_2", "low_2")),  # n bars ago
        ("zones", ZONES),
    ],
    align=True,
)


@inlined
def fill(zones: Record, low: float, high: float) -> None:
    """How much of each gap has been traded through since it formed."""
    if low >= zones["top"] and high <= zones["bottom"]:
        return
    for k in range(zones["count"]):
        depth = zones["high"][k] - low if zones["side"][k] > 0 else high - zones["low"][k]
        if depth > 0.0:
            share = min(depth / (zones["high"][k] - zones["low"][k]), 1.0)
            zones["filled"][k] = max(zones["filled"][k], share)


@inlined
def gap_side(low: float, high: float, atr: float, min_gap: float, s: Record) -> int:
    """Side of a gap of at least min_gap·ATR between this bar and the last but one, 0 if none."""
    least = min_gap * atr
    up, down = low - s["high_2"], s["low_2"] - high
    if s["zones"]["row"] < 2:
        return 0
    if up >= least and up > 0.0:
        return 1
    return -1 if down >= least and down > 0.0 else 0


@inlined
def add_gap(side: int, low: float, high: float, atr: float, s: Record, stream: Table) -> None:
    zones = s["zones"]
    bottom = s["high_2"] if side > 0 else high
    top = low if side > 0 else s["low_2"]
    gap = top - bottom
    give_birth(zones, ONLY_KIND, side, bottom, top, gap / (gap + atr), zones, stream)


@kernel
def fair_value_gap(
    columns: Inputs, rules: Table, states: Table, stream: Table, out: Floats
) -> None:
    high, low, close, atr = columns
    r, s, zones = rules[0], states[0], states[0]["zones"]
    min_gap, near = r["min_gap_atr"], r["near_atr"]
    half_age, max_age = r["half_age_bars"], r["max_age_bars"]
    for i in range(out.size):
        fill(zones, low[i], high[i])
        if may_bury(zones, low[i], high[i], max_age):
            bury_the_dead(zones, low[i], high[i], max_age, zones, stream)
        side = gap_side(low[i], high[i], atr[i], min_gap, s)
        if side != 0:
            add_gap(side, low[i], high[i], atr[i], s, stream)
        out[i] = zone_vote(zones, close[i], near * atr[i], half_age) if atr[i] == atr[i] else nan
        s["high_2"], s["low_2"] = s["high_1"], s["low_1"]
        s["high_1"], s["low_1"] = high[i], low[i]
        zones["row"] += 1


PATTERNS = (
    Pattern(
        name="fair_value_gap",
        inputs=("high", "low", "close", "atr_wilder_14"),
        kinds=("fair_value_gap",),
        settings=FairValueGapSettings,
        kernel=fair_value_gap,
        state=STATE,
    ),
)

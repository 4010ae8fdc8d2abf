"""Fair value gaps: three bars of which the first and the last do not overlap."""

from math import nan

import numpy as np

from engine.features.pattern import Pattern
from engine.features.patterns.zones import ZONES, bury_the_dead, give_birth, zone_vote
from engine.kernel import Floats, Record, Table, inlined, kernel
from engine.settings import Section, parameter


class FairValueGapSettings(Section):
    """In kernel order."""

    min_gap_atr: float = parameter(0.3, "smaller gaps are noise", unit="ATR", gt=0, le=10)
    near_atr: float = parameter(0.5, "a gap this far away still votes", unit="ATR", ge=0, le=10)
    half_age_bars: float = parameter(
        24.0, "age at which a gap votes half", unit="bars", gt=0, le=10_000
    )
    max_age_bars: int = parameter(240, "older gaps are forgotten", unit="bars", ge=1, le=100_000)


STATE = np.dtype(
    [*ZONES, ("high_1", np.float64), ("low_1", np.float64), ("high_2", np.float64),
     ("low_2", np.float64)],
    align=True,
)  # fmt: skip


@inlined
def fill(zones: Record, low: float, high: float) -> None:
    """How much of each gap has been traded through since it formed."""
    for k in range(zones["count"]):
        width = zones["high"][k] - zones["low"][k]
        depth = zones["high"][k] - low if zones["side"][k] > 0 else high - zones["low"][k]
        share = min(depth / width, 1.0)
        zones["filled"][k] = max(zones["filled"][k], share)


@inlined
def find_gap(low: float, high: float, atr: float, min_gap: float, s: Record, stream: Table) -> None:
    """A gap of at least min_gap·ATR between this bar and the last but one."""
    if s["row"] < 2:
        return
    gap = low - s["high_2"]
    if gap >= min_gap * atr and gap > 0.0:
        give_birth(s, 0, 1, s["high_2"], low, gap / (gap + atr), s, stream)
    gap = s["low_2"] - high
    if gap >= min_gap * atr and gap > 0.0:
        give_birth(s, 0, -1, high, s["low_2"], gap / (gap + atr), s, stream)


@kernel
def fair_value_gap(
    high: Floats,
    low: Floats,
    close: Floats,
    atr: Floats,
    min_gap: float,
    near: float,
    half_age: float,
    max_age: float,
    states: Table,
    stream: Table,
    out: Floats,
) -> None:
    s = states[0]
    for i in range(out.size):
        fill(s, low[i], high[i])
        bury_the_dead(s, low[i], high[i], max_age, s, stream)
        find_gap(low[i], high[i], atr[i], min_gap, s, stream)
        out[i] = zone_vote(s, close[i], near * atr[i], half_age) if atr[i] == atr[i] else nan
        s["high_2"], s["low_2"] = s["high_1"], s["low_1"]
        s["high_1"], s["low_1"] = high[i], low[i]
        s["row"] += 1


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

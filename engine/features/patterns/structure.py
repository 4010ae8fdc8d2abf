"""Breaks of structure and changes of character: closes beyond the latest confirmed swing."""

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
from engine.features.swings import REACH
from engine.kernel import Floats, Record, Table, inlined, kernel
from engine.settings import Section, parameter


class BreakSettings(Section):
    """What counts as a break, and how long it votes."""

    min_break_atr: float = parameter(
        0.1, "a close this far beyond the swing", unit="ATR", gt=0, le=50
    )
    half_age_bars: float = parameter(
        12.0, "age at which a break votes half", unit="bars", gt=0, le=10_000
    )
    max_age_bars: int = parameter(120, "older breaks are forgotten", unit="bars", ge=1, le=100_000)


STATE = np.dtype(
    [
        ("trend", np.int64),  # side of the last break
        ("high_taken", np.int64),  # whether the latest swing has been broken already
        ("low_taken", np.int64),
        ("zones", ZONES),
    ],
    align=True,
)


@inlined
def renew_swings(high_age: float, low_age: float, s: Record) -> None:
    """A swing that is confirmed at this bar can be broken, once."""
    if high_age == REACH:
        s["high_taken"] = 0
    if low_age == REACH:
        s["low_taken"] = 0


@inlined
def broken_side(close: float, high: float, low: float, distance: float, s: Record) -> int:
    """+1 or −1 where this close is the first `distance` beyond the latest swing, else 0.

    A close beyond both, when the latest low lies above the latest high, takes both and is no break.
    """
    side = 0
    if s["high_taken"] == 0 and close - high >= distance:
        s["high_taken"] = 1
        side += 1
    if s["low_taken"] == 0 and low - close >= distance:
        s["low_taken"] = 1
        side -= 1
    return side


@kernel
def breaks(columns: Inputs, rules: Table, states: Table, stream: Table, out: Floats) -> None:
    """Breaks with (`with_trend` = 1) or against (−1) the side of the last break.

    The zone of a break lies between the broken level and the close that broke it; the pattern dies
    when a close falls back behind the level.
    """
    close, swing_high, swing_high_age, swing_low, swing_low_age, atr = columns
    r, s, zones = rules[0], states[0], states[0]["zones"]
    min_break, half_age, max_age = r["min_break_atr"], r["half_age_bars"], r["max_age_bars"]
    with_trend = r["with_trend"]
    for i in range(out.size):
        if may_bury(zones, close[i], close[i], max_age):
            bury_the_dead(zones, close[i], close[i], max_age, zones, stream)
        renew_swings(swing_high_age[i], swing_low_age[i], s)
        side = broken_side(close[i], swing_high[i], swing_low[i], min_break * atr[i], s)
        if side != 0:
            level = swing_high[i] if side > 0 else swing_low[i]
            beyond = abs(close[i] - level)
            if s["trend"] * side == with_trend:
                low, high = min(level, close[i]), max(level, close[i])
                strength = beyond / (beyond + atr[i])
                give_birth(zones, ONLY_KIND, side, low, high, strength, zones, stream)
            s["trend"] = side
        out[i] = zone_vote(zones, close[i], inf, half_age) if atr[i] == atr[i] else nan
        zones["row"] += 1


def _breaks(name: str, with_trend: int) -> Pattern:
    return Pattern(
        name=name,
        inputs=(
            "close",
            "swing_high",
            "swing_high_age",
            "swing_low",
            "swing_low_age",
            "atr_wilder_14",
        ),
        kinds=(name,),
        settings=BreakSettings,
        kernel=breaks,
        fixed=(("with_trend", with_trend),),
        state=STATE,
    )


PATTERNS = (_breaks("break_of_structure", 1), _breaks("change_of_character", -1))

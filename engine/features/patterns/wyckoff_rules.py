"""Trading ranges after Wyckoff: what can be set, and what is remembered from bar to bar."""

from typing import NamedTuple

import numpy as np

from engine.features.patterns.zones import ZONES
from engine.settings import Section, parameter


class WyckoffSettings(Section):
    """What counts as a range and as an event of it, and how events vote."""

    close_share: float = parameter(
        0.4, "share of its bar by which a close must turn back", unit="share", gt=0, lt=1
    )
    range_bars: int = parameter(30, "bars whose extremes make a box", unit="bars", ge=5, le=120)
    stable_bars: int = parameter(6, "bars a box must hold to be a range", unit="bars", ge=1, le=120)
    box_drift: float = parameter(
        0.2, "a box holds while its edges move less than this", unit="share of width", gt=0, le=1
    )
    min_width_atr: float = parameter(2.0, "narrower boxes are noise", unit="ATR", gt=0, le=50)
    max_width_atr: float = parameter(9.0, "wider boxes are trends", unit="ATR", gt=0, le=100)
    leave_bars: int = parameter(
        3, "closes in a row outside that a range survives", unit="bars", ge=1, le=100
    )
    range_max_bars: int = parameter(180, "older ranges end", unit="bars", ge=1, le=100_000)
    climax_move_atr: float = parameter(
        4.0, "a climax ends a move of this size", unit="ATR", gt=0, le=100
    )
    climax_range_atr: float = parameter(1.3, "height of a climax bar", unit="ATR", gt=0, le=50)
    climax_volume_z: float = parameter(
        1.5, "volume of a climax over its 20-bar mean", unit="std", gt=0, le=20
    )
    rally_move_atr: float = parameter(
        2.0, "an automatic rally closes this far from the climax", unit="ATR", gt=0, le=50
    )
    rally_bars: int = parameter(12, "bars it has for that", unit="bars", ge=1, le=1_000)
    test_near: float = parameter(
        0.4, "a test comes this near to the climax", unit="share of the rally", gt=0, le=1
    )
    test_volume: float = parameter(
        0.7, "a test has at most this volume", unit="share of the climax's", gt=0, le=1
    )
    test_bars: int = parameter(40, "bars after the climax it has", unit="bars", ge=1, le=1_000)
    spring_min_atr: float = parameter(0.05, "least depth of a spring", unit="ATR", gt=0, le=10)
    spring_max_atr: float = parameter(1.5, "deeper is a breakdown", unit="ATR", gt=0, le=50)
    spring_volume_z: float = parameter(
        0.25, "volume of a spring over its 20-bar mean", unit="std", gt=0, le=20
    )
    spring_bars: int = parameter(3, "bars until it closes back inside", unit="bars", ge=1, le=100)
    strength_break_atr: float = parameter(
        0.1, "a sign of strength closes this far outside", unit="ATR", gt=0, le=50
    )
    strength_range_atr: float = parameter(1.0, "height of its bar", unit="ATR", gt=0, le=50)
    strength_volume_z: float = parameter(
        1.0, "its volume over its 20-bar mean", unit="std", gt=0, le=20
    )
    point_near_atr: float = parameter(
        0.5, "a last point comes this near to the edge it left", unit="ATR", gt=0, le=50
    )
    point_volume_z: float = parameter(
        0.5, "most volume of a last point over its 20-bar mean", unit="std", gt=0, le=20
    )
    point_bars: int = parameter(
        24, "bars after a sign of strength it has", unit="bars", ge=1, le=1_000
    )
    phase_a: float = parameter(0.4, "vote of an event in phase A", unit="vote", gt=0, le=1)
    phase_b: float = parameter(0.5, "vote of an event in phase B", unit="vote", gt=0, le=1)
    phase_c: float = parameter(0.8, "vote of an event in phase C", unit="vote", gt=0, le=1)
    phase_d: float = parameter(1.0, "vote of an event in phase D", unit="vote", gt=0, le=1)
    phase_e: float = parameter(0.7, "vote of an event in phase E", unit="vote", gt=0, le=1)
    position: float = parameter(
        0.1, "share of the vote that is the place in the range", unit="share", gt=0, lt=1
    )
    half_age_bars: float = parameter(
        12.0, "age at which an event votes half", unit="bars", gt=0, le=10_000
    )
    max_age_bars: int = parameter(60, "older events are forgotten", unit="bars", ge=1, le=100_000)


class Seen(NamedTuple):
    """A bar seen from a side. turned: whether it closes well off its low."""

    high: float
    low: float
    close: float
    turned: bool
    volume: float
    volume_z: float
    atr: float


# Each has a side: with side −1 a climax is a buying climax, a spring an upthrust, and so on.
KINDS = (
    "climax",
    "automatic_rally",
    "secondary_test",
    "spring",
    "sign_of_strength",
    "last_point_of_support",
)
CLIMAX, AUTOMATIC_RALLY, SECONDARY_TEST, SPRING, SIGN_OF_STRENGTH, LAST_POINT = range(6)

# What a side has reached, in the order in which it gets there.
NO_PHASE, PHASE_A, PHASE_B, PHASE_C, PHASE_D, PHASE_E = range(6)

LOOK_BACK = 128  # bars remembered, more than range_bars may ask for

# Prices "seen from a side" are times +1 for long and −1 for short, with highs and lows exchanged:
# from there a market that falls and turns is the one that rises and turns.
STATE = np.dtype(
    [
        ("highs", np.float64, (LOOK_BACK,)),  # of the last bars, by row modulo LOOK_BACK
        ("lows", np.float64, (LOOK_BACK,)),
        # The box: extremes of the last range_bars bars while they hold.
        ("box_low", np.float64),  # where it was when it began to hold
        ("box_high", np.float64),
        ("box_bars", np.int64),  # for how many bars it has held
        # The range: a box that held; its edges do not move any more.
        ("open", np.int64),
        ("opened_row", np.int64),
        ("range_low", np.float64),
        ("range_high", np.float64),
        ("outside", np.int64),  # closes in a row above (> 0) or below (< 0) the range
        # For each side, long first, in prices seen from that side.
        ("phase", np.int64, (2,)),
        (
            "stage",
            np.int64,
            (2,),
        ),  # a climax waits: 1 for its rally, 2 for its test
        ("climax_row", np.int64, (2,)),
        ("climax_low", np.float64, (2,)),
        ("climax_volume", np.float64, (2,)),
        ("rally_high", np.float64, (2,)),  # highest since the climax
        ("pierced", np.int64, (2,)),  # bars since the range was pierced, that bar included
        ("pierced_to", np.float64, (2,)),
        ("strength_row", np.int64, (2,)),
        ("strength_close", np.float64, (2,)),
        ("strength_volume", np.float64, (2,)),
        ("wants_point", np.int64, (2,)),  # whether a sign of strength waits for its last point
        # Events of the current bar, by 2 · kind + side.
        ("found", np.int64, (12,)),
        ("found_low", np.float64, (12,)),
        ("found_high", np.float64, (12,)),
        ("found_strength", np.float64, (12,)),
        ("zones", ZONES),
    ],
    align=True,
)

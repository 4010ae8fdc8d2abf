"""The events of a trading range, each written once for the side it argues for.

Prices are seen from that side (wyckoff_rules.py): the words are those of an accumulation, and a
distribution is the same with every price negated. A strength is a/(a + b), so below 1.
"""

from engine.features.patterns.wyckoff_rules import (
    AUTOMATIC_RALLY,
    CLIMAX,
    LAST_POINT,
    PHASE_A,
    PHASE_B,
    PHASE_C,
    PHASE_D,
    SECONDARY_TEST,
    SIGN_OF_STRENGTH,
    SPRING,
    Seen,
)
from engine.kernel import Record, inlined


@inlined
def note(s: Record, slot: int, low: float, high: float, part: float, rest: float) -> None:
    """An event of this bar, of strength part / (part + rest), 0 when both are 0.

    slot: 2 · kind + side. Not two arguments: a literal kind would compile this once for each.
    """
    k = slot % 2
    s["found"][slot] = 1
    s["found_low"][slot] = low if k == 0 else -high
    s["found_high"][slot] = high if k == 0 else -low
    s["found_strength"][slot] = part / (part + rest) if part + rest > 0.0 else 0.0


@inlined
def find_climax(rules: Record, s: Record, k: int, bar: Seen, low: float, high: float) -> None:
    """A high bar on high volume, below the box after a fall from its top, that closes off its low.

    low, high: of the box.
    """
    if (
        bar.turned
        and bar.low < low
        and high - bar.low >= rules["climax_move_atr"] * bar.atr
        and bar.high - bar.low >= rules["climax_range_atr"] * bar.atr
        and bar.volume_z >= rules["climax_volume_z"]
    ):
        note(s, 2 * CLIMAX + k, bar.low, bar.high, bar.volume_z, 1.0)
        s["stage"][k] = 1
        s["phase"][k] = PHASE_A
        s["climax_row"][k] = s["zones"]["row"]
        s["climax_low"][k] = bar.low
        s["climax_volume"][k] = bar.volume
        s["rally_high"][k] = bar.high


@inlined
def follow_climax(rules: Record, s: Record, k: int, bar: Seen) -> None:
    """Rally and test after the climax, unless a close below it or time has ended the story.

    A rally is the first close far enough above the climax, on less volume than it had; a test the
    return towards the climax on little volume, that closes off its low.
    """
    age = s["zones"]["row"] - s["climax_row"][k]
    if s["stage"][k] == 0 or age == 0:
        return
    move, below = bar.close - s["climax_low"][k], bar.low - s["climax_low"][k]
    rally, volume = s["rally_high"][k] - s["climax_low"][k], s["climax_volume"][k]
    s["rally_high"][k] = max(s["rally_high"][k], bar.high)
    if move < 0.0 or age > (rules["rally_bars"] if s["stage"][k] == 1 else rules["test_bars"]):
        s["stage"][k] = 0
    elif s["stage"][k] == 1:
        if move >= rules["rally_move_atr"] * bar.atr and bar.volume < volume:
            top = s["rally_high"][k]
            note(s, 2 * AUTOMATIC_RALLY + k, s["climax_low"][k], top, move, bar.atr)
            s["stage"][k] = 2
    elif (
        bar.turned
        and below <= rules["test_near"] * rally
        and bar.volume <= rules["test_volume"] * volume
    ):
        note(s, 2 * SECONDARY_TEST + k, bar.low, bar.high, volume, bar.volume)
        s["stage"][k] = 0
        s["phase"][k] = max(s["phase"][k], PHASE_B)


@inlined
def pierce(s: Record, k: int, edge: float, low: float) -> None:
    """How far and for how many bars the low edge has been pierced."""
    if s["pierced"][k] > 0:
        s["pierced_to"][k] = min(s["pierced_to"][k], low)
        s["pierced"][k] += 1
    elif low < edge:
        s["pierced_to"][k] = low
        s["pierced"][k] = 1


@inlined
def find_spring(rules: Record, s: Record, k: int, edge: float, bar: Seen) -> None:
    """The low edge is pierced, not too deep, and a close comes back inside soon, on volume."""
    pierce(s, k, edge, bar.low)
    if s["pierced"][k] == 0 or bar.close < edge:
        return
    depth = edge - s["pierced_to"][k]
    if (
        bar.turned
        and s["pierced"][k] <= rules["spring_bars"]
        and rules["spring_min_atr"] * bar.atr <= depth <= rules["spring_max_atr"] * bar.atr
        and bar.volume_z >= rules["spring_volume_z"]
    ):
        note(s, 2 * SPRING + k, s["pierced_to"][k], bar.high, bar.close - edge, depth)
        s["phase"][k] = PHASE_C
    s["pierced"][k] = 0


@inlined
def find_strength(rules: Record, s: Record, k: int, edge: float, bar: Seen) -> None:
    """The first high bar on volume that closes beyond the high edge, and off its own low."""
    if (
        bar.turned
        and s["wants_point"][k] == 0
        and bar.close > edge
        and bar.close - edge >= rules["strength_break_atr"] * bar.atr
        and bar.high - bar.low >= rules["strength_range_atr"] * bar.atr
        and bar.volume_z >= rules["strength_volume_z"]
    ):
        note(s, 2 * SIGN_OF_STRENGTH + k, edge, bar.high, bar.volume_z, 1.0)
        s["phase"][k] = PHASE_D
        s["wants_point"][k] = 1
        s["strength_row"][k] = s["zones"]["row"]
        s["strength_close"][k] = bar.close
        s["strength_volume"][k] = bar.volume


@inlined
def find_last_point(rules: Record, s: Record, k: int, edge: float, bar: Seen) -> None:
    """A quiet bar that falls back to the edge that was left, and closes beyond it."""
    age = s["zones"]["row"] - s["strength_row"][k]
    if bar.close < edge or age > rules["point_bars"]:
        s["wants_point"][k] = 0
    elif (
        s["wants_point"][k]
        and bar.close < s["strength_close"][k]
        and bar.low - edge <= rules["point_near_atr"] * bar.atr
        and bar.volume_z <= rules["point_volume_z"]
    ):
        note(s, 2 * LAST_POINT + k, bar.low, bar.high, s["strength_volume"][k], bar.volume)
        s["wants_point"][k] = 0

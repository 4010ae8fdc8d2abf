"""Wyckoff's trading ranges: accumulation and distribution by their events, phase by phase."""

from math import nan

from engine.features.pattern import AGED, CROWDED_OUT, ENDED, VIOLATED, Inputs, Pattern
from engine.features.patterns.wyckoff_events import (
    find_climax,
    find_last_point,
    find_spring,
    find_strength,
    follow_climax,
)
from engine.features.patterns.wyckoff_range import (
    box_before,
    end_of_range,
    open_range,
    place_in_range,
    remember,
    watch_box,
)
from engine.features.patterns.wyckoff_rules import (
    KINDS,
    NO_PHASE,
    PHASE_A,
    PHASE_B,
    PHASE_C,
    PHASE_D,
    SIGN_OF_STRENGTH,
    SPRING,
    STATE,
    Seen,
    WyckoffSettings,
)
from engine.features.patterns.zones import OLDEST, give_birth, is_left_behind, move, write_row
from engine.kernel import Floats, Record, Table, inlined, kernel


@inlined
def seen_from(rules: Record, k: int, bar: Seen) -> Seen:
    """The bar from side k; `bar` is as the market has it."""
    high, low, close = bar.high, bar.low, bar.close
    if k == 1:
        high, low, close = -bar.low, -bar.high, -bar.close
    turned = close - low >= rules["close_share"] * (high - low)
    return Seen(high, low, close, turned, bar.volume, bar.volume_z, bar.atr)


@inlined
def look(rules: Record, s: Record, raw: Seen, lowest: float, highest: float) -> None:
    """Note the events of this bar, seen from each side in turn."""
    s["found"][:] = 0
    for k in range(2):
        bar = seen_from(rules, k, raw)
        bottom, top = (lowest, highest) if k == 0 else (-highest, -lowest)
        find_climax(rules, s, k, bar, bottom, top)
        follow_climax(rules, s, k, bar)
        if s["open"]:
            floor = s["range_low"] if k == 0 else -s["range_high"]
            ceiling = s["range_high"] if k == 0 else -s["range_low"]
            find_spring(rules, s, k, floor, bar)
            find_last_point(rules, s, k, ceiling, bar)
            find_strength(rules, s, k, ceiling, bar)
    # After both sides have been seen, or the order of the sides would decide.
    for k in range(2):
        if s["found"][2 * SIGN_OF_STRENGTH + k]:
            s["phase"][1 - k] = PHASE_B


@inlined
def why_it_dies(rules: Record, s: Record, n: int, close: float, ended: int) -> int:
    """0 while event n lives. ended: 2 when the range is over, ±1 when it was left for that side."""
    zones = s["zones"]
    side, kind = zones["side"][n], zones["kind"][n]
    if is_left_behind(zones, n, close, close):
        return VIOLATED
    if zones["row"] - zones["birth_row"][n] > rules["max_age_bars"]:
        return AGED
    if kind >= SPRING and (ended == 2 or ended == -side):
        return ENDED
    return CROWDED_OUT if s["found"][2 * kind + (1 - side) // 2] else 0


@inlined
def bury_events(rules: Record, s: Record, close: float, ended: int, stream: Table) -> None:
    """An event dies of its zone, of age, with the range, or when the next of its kind comes."""
    zones, to = s["zones"], OLDEST
    for n in range(zones["count"]):
        why = why_it_dies(rules, s, n, close, ended)
        if why:
            write_row(zones, n, why, zones, stream)
            continue
        move(zones, n, to)
        to += 1
    zones["count"] = to


@inlined
def give_births(s: Record, stream: Table) -> None:
    """At most one event of each kind and side lives, so the set is never full."""
    zones = s["zones"]
    for slot in range(2 * len(KINDS)):
        if s["found"][slot]:
            low, high = s["found_low"][slot], s["found_high"][slot]
            kind, side, strength = slot // 2, 1 - 2 * (slot % 2), s["found_strength"][slot]
            give_birth(zones, kind, side, low, high, strength, zones, stream)


@inlined
def weight_of(rules: Record, phase: int) -> float:
    if phase <= PHASE_B:
        return rules["phase_a"] if phase == PHASE_A else rules["phase_b"]
    if phase == PHASE_C:
        return rules["phase_c"]
    return rules["phase_d"] if phase == PHASE_D else rules["phase_e"]


@inlined
def vote_of(rules: Record, s: Record, close: float) -> float:
    """Phase · strength · decay of each side's latest event, long − short, and the place in range.

    A side without a live event has no phase, or B while there is a range.
    """
    zones, events = s["zones"], 0.0
    for k in range(2):
        side, latest = 1 - 2 * k, -1
        for n in range(zones["count"]):
            latest = n if zones["side"][n] == side else latest
        if latest < 0:
            s["phase"][k] = PHASE_B if s["open"] else NO_PHASE
        elif s["phase"][k] != NO_PHASE:
            age = zones["row"] - zones["birth_row"][latest]
            decay = 1.0 / (1.0 + age / rules["half_age_bars"])
            events += side * (weight_of(rules, s["phase"][k]) * zones["strength"][latest] * decay)
    return (1.0 - rules["position"]) * events + rules["position"] * place_in_range(s, close)


@inlined
def bar_vote(rules: Record, s: Record, bar: Seen, stream: Table) -> float:
    """One bar: its events, deaths and births, then the range for the next bar, then the vote."""
    lowest, highest = box_before(rules, s)
    look(rules, s, bar, lowest, highest)
    bury_events(rules, s, bar.close, end_of_range(rules, s, bar.close), stream)
    give_births(s, stream)
    watch_box(rules, s, lowest, highest, bar.atr)
    open_range(rules, s, lowest, highest, bar.close)
    return vote_of(rules, s, bar.close)


@kernel
def wyckoff(columns: Inputs, rules: Table, states: Table, stream: Table, out: Floats) -> None:
    high, low, close, volume, volume_z, atr = columns
    r, s = rules[0], states[0]
    for i in range(out.size):
        out[i] = nan
        if atr[i] == atr[i] and volume_z[i] == volume_z[i]:
            raw = Seen(high[i], low[i], close[i], False, volume[i], volume_z[i], atr[i])
            out[i] = bar_vote(r, s, raw, stream)
        remember(s, high[i], low[i])


PATTERNS = (
    Pattern(
        name="wyckoff",
        inputs=("high", "low", "close", "volume", "volume_z_20", "atr_wilder_14"),
        kinds=KINDS,
        settings=WyckoffSettings,
        kernel=wyckoff,
        state=STATE,
    ),
)

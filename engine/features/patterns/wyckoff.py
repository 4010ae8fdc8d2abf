"""Wyckoff's trading ranges: accumulation and distribution by their events, phase by phase."""

from math import nan

from engine.features.pattern import AGED, CROWDED_OUT, ENDED, VIOLATED, Pattern
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
def seen_from(s: Record, k: int, bar: Seen) -> Seen:
    """The bar from side k; `bar` is as the market has it."""
    high, low, close = bar.high, bar.low, bar.close
    if k == 1:
        high, low, close = -bar.low, -bar.high, -bar.close
    turned = close - low >= s["rules"]["close_share"] * (high - low)
    return Seen(high, low, close, turned, bar.volume, bar.volume_z, bar.atr)


@inlined
def look(s: Record, raw: Seen, lowest: float, highest: float) -> None:
    """Note the events of this bar, seen from each side in turn."""
    s["found"][:] = 0
    for k in range(2):
        bar = seen_from(s, k, raw)
        bottom, top = (lowest, highest) if k == 0 else (-highest, -lowest)
        find_climax(s, k, bar, bottom, top)
        follow_climax(s, k, bar)
        if s["open"]:
            floor = s["range_low"] if k == 0 else -s["range_high"]
            ceiling = s["range_high"] if k == 0 else -s["range_low"]
            find_spring(s, k, floor, bar)
            find_last_point(s, k, ceiling, bar)
            find_strength(s, k, ceiling, bar)
    # After both sides have been seen, or the order of the sides would decide.
    for k in range(2):
        if s["found"][2 * SIGN_OF_STRENGTH + k]:
            s["phase"][1 - k] = PHASE_B


@inlined
def why_it_dies(s: Record, n: int, close: float, ended: int) -> int:
    """0 while event n lives. ended: 2 when the range is over, ±1 when it was left for that side."""
    zones = s["zones"]
    side, kind = zones["side"][n], zones["kind"][n]
    if is_left_behind(zones, n, close, close):
        return VIOLATED
    if zones["row"] - zones["birth_row"][n] > s["rules"]["max_age_bars"]:
        return AGED
    if kind >= SPRING and (ended == 2 or ended == -side):
        return ENDED
    return CROWDED_OUT if s["found"][2 * kind + (1 - side) // 2] else 0


@inlined
def bury_events(s: Record, close: float, ended: int, stream: Table) -> None:
    """An event dies of its zone, of age, with the range, or when the next of its kind comes."""
    zones, to = s["zones"], OLDEST
    for n in range(zones["count"]):
        why = why_it_dies(s, n, close, ended)
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
def weight_of(s: Record, phase: int) -> float:
    rules = s["rules"]
    if phase <= PHASE_B:
        return rules["phase_a"] if phase == PHASE_A else rules["phase_b"]
    if phase == PHASE_C:
        return rules["phase_c"]
    return rules["phase_d"] if phase == PHASE_D else rules["phase_e"]


@inlined
def vote_of(s: Record, close: float) -> float:
    """Phase · strength · decay of each side's latest event, long − short, and the place in range.

    A side without a live event has no phase, or B while there is a range.
    """
    rules, zones, events = s["rules"], s["zones"], 0.0
    for k in range(2):
        side, latest = 1 - 2 * k, -1
        for n in range(zones["count"]):
            latest = n if zones["side"][n] == side else latest
        if latest < 0:
            s["phase"][k] = PHASE_B if s["open"] else NO_PHASE
        elif s["phase"][k] != NO_PHASE:
            age = zones["row"] - zones["birth_row"][latest]
            decay = 1.0 / (1.0 + age / rules["half_age_bars"])
            events += side * (weight_of(s, s["phase"][k]) * zones["strength"][latest] * decay)
    return (1.0 - rules["position"]) * events + rules["position"] * place_in_range(s, close)


@inlined
def bar_vote(s: Record, bar: Seen, stream: Table) -> float:
    """One bar: its events, deaths and births, then the range for the next bar, then the vote."""
    lowest, highest = box_before(s)
    look(s, bar, lowest, highest)
    bury_events(s, bar.close, end_of_range(s, bar.close), stream)
    give_births(s, stream)
    watch_box(s, lowest, highest, bar.atr)
    open_range(s, lowest, highest, bar.close)
    return vote_of(s, bar.close)


@kernel
def wyckoff(
    high: Floats, low: Floats, close: Floats, volume: Floats, volume_z: Floats, atr: Floats,
    close_share: float, range_bars: float, stable_bars: float, box_drift: float,
    min_width_atr: float, max_width_atr: float, leave_bars: float, range_max_bars: float,
    climax_move_atr: float, climax_range_atr: float, climax_volume_z: float,
    rally_move_atr: float, rally_bars: float, test_near: float, test_volume: float,
    test_bars: float, spring_min_atr: float, spring_max_atr: float, spring_volume_z: float,
    spring_bars: float, strength_break_atr: float, strength_range_atr: float,
    strength_volume_z: float, point_near_atr: float, point_volume_z: float, point_bars: float,
    phase_a: float, phase_b: float, phase_c: float, phase_d: float, phase_e: float,
    position: float, half_age_bars: float, max_age_bars: float,
    states: Table, stream: Table, out: Floats,
) -> None:  # fmt: skip
    s, r = states[0], states[0]["rules"]
    r["close_share"], r["range_bars"], r["stable_bars"] = close_share, range_bars, stable_bars
    r["box_drift"], r["min_width_atr"], r["max_width_atr"] = box_drift, min_width_atr, max_width_atr
    r["leave_bars"], r["range_max_bars"] = leave_bars, range_max_bars
    r["climax_move_atr"], r["climax_range_atr"] = climax_move_atr, climax_range_atr
    r["climax_volume_z"], r["rally_move_atr"] = climax_volume_z, rally_move_atr
    r["rally_bars"], r["test_near"], r["test_volume"] = rally_bars, test_near, test_volume
    r["test_bars"], r["spring_min_atr"] = test_bars, spring_min_atr
    r["spring_max_atr"], r["spring_volume_z"] = spring_max_atr, spring_volume_z
    r["spring_bars"], r["strength_break_atr"] = spring_bars, strength_break_atr
    r["strength_range_atr"], r["strength_volume_z"] = strength_range_atr, strength_volume_z
    r["point_near_atr"], r["point_volume_z"] = point_near_atr, point_volume_z
    r["point_bars"], r["phase_a"], r["phase_b"] = point_bars, phase_a, phase_b
    r["phase_c"], r["phase_d"], r["phase_e"], r["position"] = phase_c, phase_d, phase_e, position
    r["half_age_bars"], r["max_age_bars"] = half_age_bars, max_age_bars
    for i in range(out.size):
        out[i] = nan
        if atr[i] == atr[i] and volume_z[i] == volume_z[i]:
            raw = Seen(high[i], low[i], close[i], False, volume[i], volume_z[i], atr[i])
            out[i] = bar_vote(s, raw, stream)
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

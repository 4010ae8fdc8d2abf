"""The trading range: a box of recent extremes that has held, until the closes leave it."""

from math import inf

from engine.features.patterns.wyckoff_rules import (
    LOOK_BACK,
    NO_PHASE,
    PHASE_B,
    PHASE_D,
    PHASE_E,
)
from engine.kernel import Record, inlined

WHOLE = 2  # end of a range that was not left for a side


@inlined
def remember(s: Record, high: float, low: float) -> None:
    place = s["zones"]["row"] % LOOK_BACK
    s["highs"][place] = high
    s["lows"][place] = low
    s["zones"]["row"] += 1


@inlined
def box_before(rules: Record, s: Record) -> tuple[float, float]:
    """Lowest low and highest high of the range_bars rows before this one; infinite without."""
    bars = int(rules["range_bars"])
    if s["zones"]["row"] < bars:
        return -inf, inf
    lows, highs = s["lows"], s["highs"]
    lowest, highest = inf, -inf
    for row in range(s["zones"]["row"] - bars, s["zones"]["row"]):
        place = row % LOOK_BACK
        lowest = lows[place] if lows[place] < lowest else lowest
        highest = highs[place] if highs[place] > highest else highest
    return lowest, highest


@inlined
def watch_box(rules: Record, s: Record, lowest: float, highest: float, atr: float) -> None:
    """Count the bars for which the box has held; one that has moved starts again from this bar."""
    width = highest - lowest
    if not (width > 0.0 and rules["min_width_atr"] * atr <= width <= rules["max_width_atr"] * atr):
        s["box_bars"] = 0
        return
    room = rules["box_drift"] * (s["box_high"] - s["box_low"])
    moved = max(abs(lowest - s["box_low"]), abs(highest - s["box_high"]))
    if s["box_bars"] == 0 or moved > room:
        s["box_low"], s["box_high"] = lowest, highest
        s["box_bars"] = 0
    s["box_bars"] += 1


@inlined
def open_range(rules: Record, s: Record, lowest: float, highest: float, close: float) -> None:
    """A box that has held long enough becomes the range, unless the close has left it."""
    if s["open"] or s["box_bars"] < rules["stable_bars"] or not lowest <= close <= highest:
        return
    s["open"] = 1
    s["opened_row"] = s["zones"]["row"]
    s["range_low"], s["range_high"] = lowest, highest
    s["outside"] = 0
    for k in range(2):
        s["phase"][k] = max(s["phase"][k], PHASE_B)
        s["pierced"][k] = 0
        s["wants_point"][k] = 0


@inlined
def end_of_range(rules: Record, s: Record, close: float) -> int:
    """0 unless the range ends here: for a side that the closes left it for (±1), or of age (2).

    Closes in a row beyond the same edge leave it; after a sign of strength they have as long as its
    last point.
    """
    if not s["open"]:
        return 0
    side = 1 if close > s["range_high"] else -1 if close < s["range_low"] else 0
    s["outside"] = (s["outside"] if s["outside"] * side > 0 else 0) + side
    k = 1 if side < 0 else 0
    strong = s["phase"][k] == PHASE_D
    if abs(s["outside"]) > (rules["point_bars"] if strong else rules["leave_bars"]):
        s["phase"][k] = PHASE_E if strong else NO_PHASE
        s["phase"][1 - k] = NO_PHASE
    elif s["zones"]["row"] - s["opened_row"] >= rules["range_max_bars"]:
        side = WHOLE
    else:
        return 0
    s["open"] = 0
    s["box_bars"] = 0
    return side


@inlined
def place_in_range(s: Record, close: float) -> float:
    """+1 at the low, −1 at the high, in proportion between; 0 outside and without a range."""
    above, below = close - s["range_low"], s["range_high"] - close
    if not s["open"] or above < 0.0 or below < 0.0:
        return 0.0
    return (below - above) / (s["range_high"] - s["range_low"])

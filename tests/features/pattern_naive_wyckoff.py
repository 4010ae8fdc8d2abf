"""Slow twin of the trading ranges: from the definition, over lists and dicts.

Each side has its own story of the market, told in prices times the side, so that both are stories
of an accumulation; only the range is common. Names of events are those of an accumulation.
"""

from math import isnan, nan
from types import SimpleNamespace

ORDER = (
    *("climax", "automatic_rally", "secondary_test", "spring", "sign_of_strength"),
    "last_point_of_support",
)
OF_THE_RANGE = ORDER[3:]


def story(side):
    return SimpleNamespace(
        side=side, phase="", live=[], climax=None, pierced=None, strength=None, new=[]
    )


def share(part, rest):
    return part / (part + rest) if part + rest > 0.0 else 0.0


def seen(bar, side):
    low, high = sorted((side * bar["low"], side * bar["high"]))
    return SimpleNamespace(**{**bar, "low": low, "high": high, "close": side * bar["close"]})


def seen_edges(edges, side):
    return sorted(side * edge for edge in edges)


def tell(of, kind, low, high, strength, row):
    of.new.append({"kind": kind, "low": low, "high": high, "strength": strength, "row": row})


def climax_and_after(of, bar, box, rules):
    row, height = bar.row, bar.high - bar.low
    turned = bar.close - bar.low >= rules.close_share * height
    before = of.climax
    if box is not None:
        bottom, top = seen_edges(box, of.side)
        if (
            bar.low < bottom
            and top - bar.low >= rules.climax_move_atr * bar.atr
            and height >= rules.climax_range_atr * bar.atr
            and bar.z >= rules.climax_volume_z
            and turned
        ):
            tell(of, "climax", bar.low, bar.high, share(bar.z, 1.0), row)
            of.phase = "A"
            of.climax = {"row": row, "low": bar.low, "volume": bar.volume, "rally": None}
            of.climax["highs"] = [bar.high]
            return
    if before is None:
        return
    top_before = max(before["highs"])
    before["highs"].append(bar.high)
    age, move = row - before["row"], bar.close - before["low"]
    if move < 0.0 or age > (rules.test_bars if before["rally"] else rules.rally_bars):
        of.climax = None
    elif not before["rally"]:
        if move >= rules.rally_move_atr * bar.atr and bar.volume < before["volume"]:
            top = max(before["highs"])
            tell(of, "automatic_rally", before["low"], top, share(move, bar.atr), row)
            before["rally"] = row
    else:
        near = bar.low - before["low"] <= rules.test_near * (top_before - before["low"])
        if turned and near and bar.volume <= rules.test_volume * before["volume"]:
            strength = share(before["volume"], bar.volume)
            tell(of, "secondary_test", bar.low, bar.high, strength, row)
            of.phase = max(of.phase, "B")
            of.climax = None


def at_the_low_edge(of, bar, edge, rules):
    if of.pierced:
        of.pierced.append(bar.low)
    elif bar.low < edge:
        of.pierced = [bar.low]
    if not of.pierced or bar.close < edge:
        return
    lowest, bars = min(of.pierced), len(of.pierced)
    of.pierced = None
    depth = edge - lowest
    if (
        bars <= rules.spring_bars
        and depth >= rules.spring_min_atr * bar.atr
        and depth <= rules.spring_max_atr * bar.atr
        and bar.z >= rules.spring_volume_z
        and bar.close - bar.low >= rules.close_share * (bar.high - bar.low)
    ):
        tell(of, "spring", lowest, bar.high, share(bar.close - edge, depth), bar.row)
        of.phase = "C"


def at_the_high_edge(of, other, bar, edge, rules):
    waiting = of.strength
    if waiting and (bar.close < edge or bar.row - waiting.row > rules.point_bars):
        of.strength = None
    elif waiting:
        quiet = bar.z <= rules.point_volume_z
        back = bar.low - edge <= rules.point_near_atr * bar.atr and bar.close < waiting.close
        if quiet and back:
            strength = share(waiting.volume, bar.volume)
            tell(of, "last_point_of_support", bar.low, bar.high, strength, bar.row)
            of.strength = None
    if of.strength is None and (
        bar.close > edge
        and bar.close - edge >= rules.strength_break_atr * bar.atr
        and bar.high - bar.low >= rules.strength_range_atr * bar.atr
        and bar.z >= rules.strength_volume_z
        and bar.close - bar.low >= rules.close_share * (bar.high - bar.low)
    ):
        tell(of, "sign_of_strength", edge, bar.high, share(bar.z, 1.0), bar.row)
        of.phase, other.phase, of.strength = "D", "B", bar


def end_of(held, stories, close, row, rules):
    """The sides whose events of the range die with it; None while it goes on."""
    low, high = held["edges"]
    held["closes"].append(close)
    for of in stories:
        beyond = [c > high if of.side > 0 else c < low for c in held["closes"]]
        streak = beyond[::-1].index(False) if False in beyond else len(beyond)
        if streak > (rules.point_bars if of.phase == "D" else rules.leave_bars):
            loser = stories[0] if of is stories[1] else stories[1]
            of.phase, loser.phase = "E" if of.phase == "D" else "", ""
            return [loser]
    return stories if row - held["row"] >= rules.range_max_bars else None


def survives(event, of, close, row, ended, rules):
    kinds = [each["kind"] for each in of.new]
    return not (
        of.side * close < event["low"]
        or row - event["row"] > rules.max_age_bars
        or (of in ended and event["kind"] in OF_THE_RANGE)
        or event["kind"] in kinds
    )


def box_of(high, low, row, bars):
    if row < bars:
        return None
    return min(low[row - bars : row]), max(high[row - bars : row])


def holds(box, atr, rules):
    if box is None:
        return False
    width = box[1] - box[0]
    return width > 0.0 and rules.min_width_atr * atr <= width <= rules.max_width_atr * atr


def vote_of(stories, held, close, row, rules):
    votes = []
    for of in stories:
        if not of.live:
            of.phase = "B" if held else ""
        vote = 0.0
        if of.live and of.phase:
            latest = of.live[-1]
            weight = getattr(rules, f"phase_{of.phase.lower()}")
            decay = 1.0 / (1.0 + (row - latest["row"]) / rules.half_age_bars)
            vote = weight * latest["strength"] * decay
        votes.append(vote)
    place = 0.0
    if held and held["edges"][0] <= close <= held["edges"][1]:
        low, high = held["edges"]
        place = ((high - close) - (close - low)) / (high - low)
    return (1.0 - rules.position) * (votes[0] - votes[1]) + rules.position * place


def bar_of(stories, held, bar, box, rules):
    """Deaths and births of one bar; True when the range ended."""
    views = [seen(bar, of.side) for of in stories]
    for of, view in zip(stories, views, strict=True):
        climax_and_after(of, view, box, rules)
    ended = None
    if held:
        for of, other, view in zip(stories, stories[::-1], views, strict=True):
            low, high = seen_edges(held["edges"], of.side)
            at_the_low_edge(of, view, low, rules)
            at_the_high_edge(of, other, view, high, rules)
        ended = end_of(held, stories, bar["close"], bar["row"], rules)
    for of in stories:
        now = (bar["close"], bar["row"], ended or [], rules)
        of.live = [each for each in of.live if survives(each, of, *now)] + of.new
        of.new = []
    return ended is not None


def wyckoff(high, low, close, volume, volume_z, atr, rules):
    stories, held, boxes, votes = [story(1), story(-1)], None, [], []
    for row in range(len(close)):
        if isnan(atr[row]) or isnan(volume_z[row]):
            votes.append(nan)
            continue
        bar = {"row": row, "high": high[row], "low": low[row], "close": close[row]}
        bar |= {"volume": volume[row], "z": volume_z[row], "atr": atr[row]}
        box = box_of(high, low, row, int(rules.range_bars))
        if bar_of(stories, held, bar, box, rules):
            held, boxes = None, []
        boxes = boxes_held(boxes, box, atr[row], rules)
        if not held and len(boxes) >= rules.stable_bars and box[0] <= close[row] <= box[1]:
            held = {"row": row, "edges": box, "closes": []}
            for of in stories:
                of.phase, of.pierced, of.strength = max(of.phase, "B"), None, None
        votes.append(vote_of(stories, held, close[row], row, rules))
    return votes


def boxes_held(boxes, box, atr, rules):
    """The boxes of the last bars, from the one that they have all stayed near to."""
    if not holds(box, atr, rules):
        return []
    if boxes:
        room = rules.box_drift * (boxes[0][1] - boxes[0][0])
        if any(abs(now - then) > room for now, then in zip(box, boxes[0], strict=True)):
            boxes = []
    return [*boxes, box]


TWINS = {"wyckoff": wyckoff}

"""Stateless gates, sentinels and the schedule: decided by the row alone, from row 0 on."""

from typing import Any

from .sheet import Sheet, watched_sentinels

GATE_ORDER = ("warmup", "session", "atr_percentile", "macro", "entry_sides", "no_sentinel")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG, SHORT = 1, -1
OUTSIDE = "outside_window"


def judge_gates(sheet: Sheet) -> Sheet:
    """Fill in which gate shuts which side at each row, and which rows are scheduled."""
    fired = [any_sentinel(sheet, i) for i in range(sheet.size)]
    sheet.shut = [
        (shut_by(sheet, i, LONG, fired), shut_by(sheet, i, SHORT, fired)) for i in range(sheet.size)
    ]
    sheet.scheduled = schedule(sheet)
    return sheet


def shut_by(sheet: Sheet, i: int, side: int, fired: list[bool]) -> str:
    """The first gate that shuts the side at row i, or nothing."""
    gates, entries = sheet.settings.gates, sheet.settings.entries
    if i < sheet.warmup:
        return "warmup"
    if gates.session is not None and not in_session(gates.session, sheet.hour[i], sheet.weekday[i]):
        return "session"
    quiet = gates.atr_percentile
    if quiet is not None and not quiet.floor <= sheet.columns["atr_rank_100"][i] <= quiet.cap:
        return "atr_percentile"
    if any(rule.shut[i] and side in rule.sides for rule in sheet.vetoes):
        return "macro"
    if entries.sides != "both" and entries.sides != {LONG: "long", SHORT: "short"}[side]:
        return "entry_sides"
    within = entries.require_sentinel_within_bars
    if within is not None and not any(fired[max(i - within + 1, 0) : i + 1]):
        return "no_sentinel"
    for name, ways in sheet.own.shut.items():
        if ways[0 if side == LONG else 1][i]:
            return name
    return ""


def in_session(session: Any, hour: int, weekday: int) -> bool:
    return session.from_hour <= hour < session.to_hour and WEEKDAYS[weekday] in session.weekdays


def both_shut(shut: tuple[str, str]) -> str:
    """The code of a bar with both sides shut: that of the gate which shut the last one."""
    if not (shut[0] and shut[1]):
        return ""
    return max(shut, key=place_of)


def place_of(code: str) -> tuple[int, str]:
    """Gates in their order; then one of a strategy file, then the windows."""
    if code in GATE_ORDER:
        return GATE_ORDER.index(code), ""
    return len(GATE_ORDER) + (code == OUTSIDE), code


def schedule(sheet: Sheet) -> list[bool]:
    """The first bar of each bucket at which a side is open."""
    length = sheet.settings.fusion.full_engine_validation_interval_bars * sheet.timeframe
    served, out = None, []
    for opened, shut in zip(sheet.open_time, sheet.shut, strict=True):
        due = not (shut[0] and shut[1]) and opened // length != served
        served = opened // length if due else served
        out.append(due)
    return out


def any_sentinel(sheet: Sheet, i: int) -> bool:
    names = watched_sentinels(sheet.settings, sheet.bars.has_volume)
    return any(fires(sheet, i, name) for name in names)


def fires(sheet: Sheet, i: int, name: str) -> bool:
    columns = sheet.columns
    if name in sheet.own.fires:
        return sheet.own.fires[name][i]
    if i == 0:
        return False
    if name == "session_break":
        return columns["bars_since_previous"][i] > 2
    if name == "volume_spike":
        before, deviation = columns["volume_std_20"][i - 1 : i + 1]
        much = columns["volume_mean_20"][i] + 2.0 * deviation
        return before == before and deviation > 0 and sheet.volume[i] > much
    if name == "atr_regime_change":
        return crosses(columns["atr_rank_100"][i - 1], columns["atr_rank_100"][i], 0.75)
    average = columns["sma_20" if name == "sma20_cross" else "sma_50"]
    return crosses(sheet.close[i - 1] - average[i - 1], sheet.close[i] - average[i], 0.0)


def crosses(before: float, now: float, level: float) -> bool:
    return before <= level < now or before >= level > now

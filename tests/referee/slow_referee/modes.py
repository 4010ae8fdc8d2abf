"""Regimes, thresholds, the fast signal, and which side a mode names."""

from collections.abc import Iterable

from .judge import Judge
from .scores import confidence, fused, most
from .sheet import Sheet


def regime(sheet: Sheet, i: int) -> str:
    """turmoil, trend, range, or nothing (also before the warm-up)."""
    own = sheet.settings.regimes
    if i < sheet.warmup:
        return ""
    adx = sheet.columns["adx_wilder_14"][i]
    if sheet.columns["atr_rank_100"][i] >= own.turmoil_rank:
        return "turmoil"
    if adx >= own.trend_adx:
        return "trend"
    return "range" if adx < own.range_adx else ""


def threshold(sheet: Sheet, i: int) -> float:
    """The least confidence that enters at this bar."""
    fusion, now = sheet.settings.fusion, regime(sheet, i)
    own = getattr(fusion.entry_threshold_by_regime, now) if now else None
    return float(fusion.entry_threshold_confidence if own is None else own)


def fast_side(sheet: Sheet, i: int, judge: Judge) -> int:
    """The side of the fast signal, 0 without one."""
    own, columns = sheet.settings.fast_signals, sheet.columns
    average = columns[f"sma_20@{own.trend_timeframe}"][i]
    slow = columns[f"sma_50@{own.trend_timeframe}"][i]
    adx = columns[f"adx_wilder_14@{own.adx_timeframe}"][i]
    rsi = columns["rsi_wilder_14"][i]
    if any(each != each for each in (average, slow, adx, rsi)) or adx < own.adx_threshold:
        return 0
    side = (average > slow) - (average < slow)
    if (side > 0 and rsi > own.rsi_overbought) or (side < 0 and rsi < own.rsi_oversold):
        return 0
    share = own.price_extension_pct / 100.0
    if judge.above(abs(sheet.close[i] - average), share * average, "extension", average):
        return 0
    x = (adx - own.adx_threshold) / own.adx_threshold + abs(rsi - 50.0) / 50.0
    return side if judge.at_least(0.9 * x / (1.0 + x), own.min_confidence, "fast signal") else 0


def named_side(sheet: Sheet, i: int, sides: list[int], judge: Judge) -> tuple[int, str]:
    """The side that the mode names at row i, or 0 and the code that says why not.

    sides: those that could act and are open; they decide whether a dear score is asked for.
    """
    mode = sheet.settings.fusion.execution_mode
    if mode == "fusion_only":
        if not sheet.scheduled[i]:
            return 0, "not_scheduled"
        if not worth_asking(sheet, i, sides, judge):
            return 0, "below_threshold"
        side = sign(fused(sheet, i))
        return (side, "") if reaches(sheet, i, side, judge) else (0, "below_threshold")
    fast = fast_side(sheet, i, judge)
    if fast == 0:
        return 0, "no_fast_signal"
    if not worth_asking(sheet, i, sides, judge):
        return 0, "below_threshold"
    asked = {
        "advisory": None,
        "prefilter": sign(fused(sheet, i)),
        "execute_only_if_fusion_confirms": fast,
    }[mode]
    if asked is None or reaches(sheet, i, asked, judge):
        return fast, ""
    return 0, "below_threshold"


def worth_asking(sheet: Sheet, i: int, sides: list[int], judge: Judge) -> bool:
    """Whether the rule reaches a dear score; without one there is nothing to save."""
    return not sheet.own.limits or may_enter(sheet, i, sides, judge)


def may_enter(sheet: Sheet, i: int, sides: Iterable[int], judge: Judge) -> bool:
    """Whether a dear score can matter: one of the sides could be entered at this bar."""
    mode = sheet.settings.fusion.execution_mode
    fast = fast_side(sheet, i, judge) if mode != "fusion_only" else 0
    for side in sides:
        if fast not in {0, side}:
            continue
        asked = (1, -1) if mode == "prefilter" else (side,)
        bound = max(most(sheet, i, each) for each in asked)
        if mode == "advisory" or judge.at_least(bound, threshold(sheet, i), "bound"):
            return True
    return False


def sign(value: float) -> int:
    return (value > 0) - (value < 0)


def reaches(sheet: Sheet, i: int, side: int, judge: Judge) -> bool:
    """Whether c(side) is at least the threshold of the bar; no side never does."""
    if side == 0:
        return False
    return judge.at_least(confidence(sheet, i, side), threshold(sheet, i), "threshold")

"""Domain scores, the fused score F, and the confidence of a side."""

from collections.abc import Callable
from math import nan

from .sheet import Sheet


def squash(x: float) -> float:
    return x / (1.0 + abs(x))


def wyckoff(sheet: Sheet, i: int) -> float:
    own = sheet.settings.domains.wyckoff
    total = 0.0
    for weight, timeframe in zip(own.weights, own.timeframes, strict=True):
        total += weight * sheet.columns[f"wyckoff@{timeframe}"][i]
    return squash(own.gain * total)


def profile_vote(position: float, peak: float) -> float:
    """The pull back into the value area: 1 at `peak` widths beyond it, fading to 0 far away."""
    beyond = abs(position) - 1.0
    if beyond <= 0.0:
        return 0.0
    u = beyond / (beyond + peak)
    size = 4.0 * u * (1.0 - u)
    return -size if position > 0 else size


def liquidity(sheet: Sheet, i: int) -> float:
    own, columns = sheet.settings.domains.liquidity, sheet.columns
    total = own.sweep * columns["sweep"][i] + own.absorption * columns["absorption"][i]
    position = columns["profile_position_120"][i]
    if position != position:
        return nan
    return squash(own.gain * (total + own.profile * profile_vote(position, own.profile_peak)))


def momentum(sheet: Sheet, i: int) -> float:
    own, columns = sheet.settings.domains.momentum, sheet.columns
    r = (columns["rsi_wilder_14"][i] - 50.0) / 50.0
    rsi = 4.0 * r * (1.0 - abs(r))
    hist = squash(columns["macd_hist_atr"][i] / own.macd_scale_atr)
    adx = columns["adx_wilder_14"][i]
    trend = adx / (adx + own.adx_half)
    both = trend * 0.5 * (rsi + hist) + own.divergence_weight * columns["divergence"][i]
    return squash(own.gain * both)


def smc(sheet: Sheet, i: int) -> float:
    own, columns = sheet.settings.domains.smc, sheet.columns
    names = ("break_of_structure", "change_of_character", "fair_value_gap", "order_block")
    return squash(own.gain * sum(getattr(own, name) * columns[name][i] for name in names))


def macro(sheet: Sheet, i: int) -> float:
    own = sheet.settings.domains.macro
    return squash(own.gain * (own.tilt * sheet.tilt[i]))


def temporal(sheet: Sheet, i: int) -> float:
    own, columns = sheet.settings.domains.temporal, sheet.columns
    total = own.hour_of_week * columns["season_168@1h"][i]
    for days in (30, 60, 90):
        total += getattr(own, f"echo_{days}_days") * columns[f"echo_{days}@1d"][i]
    return squash(own.gain * total)


SCORES: dict[str, Callable[[Sheet, int], float]] = {
    "wyckoff": wyckoff,
    "liquidity": liquidity,
    "momentum": momentum,
    "smc": smc,
    "macro": macro,
    "temporal": temporal,
}


def score_of(sheet: Sheet, name: str, i: int) -> float:
    """The score of a domain, built in or of a strategy file."""
    if name in SCORES:
        return SCORES[name](sheet, i)
    own = sheet.own
    if own.strategy is not None and own.strategy.name == name:
        return float(own.strategy.side)
    return own.dear[name](i) if name in own.dear else own.scores[name][i]


def fused(sheet: Sheet, i: int) -> float:
    """F of row i; NaN before the columns are finite."""
    return average(sheet, {name: score_of(sheet, name, i) for name in sheet.weights})


def average(sheet: Sheet, scores: dict[str, float]) -> float:
    top = bottom = 0.0
    for name, weight in sheet.weights.items():
        top += weight * scores[name]
        bottom += weight
    return top / bottom


def most(sheet: Sheet, i: int, side: int) -> float:
    """The confidence that a side could reach, whatever the dear scores turn out to be."""
    limits = sheet.own.limits
    scores = {
        name: limits[name][side > 0][i] if name in limits else score_of(sheet, name, i)
        for name in sheet.weights
    }
    signed = side * average(sheet, scores)
    return signed * alignment(sheet, i, side) if signed > 0 else 0.0


def alignment(sheet: Sheet, i: int, side: int) -> float:
    """m_s: below 1 where a trend of a higher timeframe is against the side."""
    fusion = sheet.settings.fusion
    against = any(sheet.columns[f"trend@{each}"][i] == -side for each in fusion.trend_timeframes)
    return 1.0 - fusion.misalignment_penalty if against else 1.0


def confidence(sheet: Sheet, i: int, side: int) -> float:
    """max(s·F, 0) · m_s; 0 where F is NaN."""
    signed = side * fused(sheet, i)
    return signed * alignment(sheet, i, side) if signed > 0 else 0.0

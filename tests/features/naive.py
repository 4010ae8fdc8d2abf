"""Slow twins of the feature kernels: plain Python over lists, each row from its definition.

`NAIVE[kernel name](*inputs, *constants)` gives the column as a list. No state, no blocks, no shared
code with the engine. Where bits must agree, the order of operations is the documented one.
"""

from itertools import pairwise
from math import isnan, nan, sqrt

from naive_families import OF_FAMILIES
from naive_profile import profile


def sma(clock, values, window):
    def at(i):
        # The last row at which the sum restarts, then one difference per row.
        start = i
        while start > window - 1 and clock[start] // window == clock[start - 1] // window:
            start -= 1
        total = 0.0
        for value in values[start - window + 1 : start + 1]:
            total += value
        for j in range(start + 1, i + 1):
            total += values[j] - values[j - window]
        return total / window

    return [at(i) if i >= window - 1 else nan for i in range(len(values))]


def trend(close, average):
    def side(c, a):
        return nan if isnan(a) else float(c > a * 1.01) - float(c < a * 0.99)

    return [side(c, a) for c, a in zip(close, average, strict=True)]


def wilder_sums(values, period, seed):
    """None before the sum of the first `seed` values, then keep·s + x."""
    keep = (period - 1.0) / period
    sums = []
    for i, value in enumerate(values):
        if i < seed:
            sums.append(sums[-1] + value if sums else value)
        else:
            sums.append(keep * sums[-1] + value)
    return [None if i < seed - 1 else total for i, total in enumerate(sums)]


def rsi(close, period):
    changes = [now - before for before, now in pairwise(close)]
    gains = wilder_sums([max(change, 0.0) for change in changes], period, period)
    losses = wilder_sums([max(-change, 0.0) for change in changes], period, period)
    column = [nan]
    for gain, loss in zip(gains, losses, strict=True):
        if gain is None:
            column.append(nan)
        else:
            column.append(100.0 * (gain / (gain + loss)) if gain + loss > 0.0 else 50.0)
    return column


def exponential(values, seed, keep, weight):
    """None before the mean of the first `seed` values, then keep·s + weight·x."""
    column = []
    for i, value in enumerate(values):
        if i < seed - 1:
            column.append(None)
        elif i == seed - 1:
            total = 0.0
            for each in values[:seed]:
                total += each
            column.append(total / seed)
        else:
            column.append(keep * column[-1] + weight * value)
    return column


def macd_hist(close, fast, slow, signal):
    def ema(values, period):
        weight = 2.0 / (period + 1.0)
        return exponential(values, period, 1.0 - weight, weight)

    slows = ema(close, slow)[slow - 1 :]
    fasts = ema(close[slow - fast :], fast)[fast - 1 :]
    line = [quick - calm for quick, calm in zip(fasts, slows, strict=True)]
    triggers = ema(line, signal)
    hist = [nan if t is None else x - t for x, t in zip(line, triggers, strict=True)]
    return ([nan] * (slow - 1) + hist)[: len(close)]


def in_atr(values, atr, close):
    def share(value, unit, price):
        if isnan(value) or isnan(unit):
            return nan
        return 0.0 if unit <= 1e-12 * price else value / unit

    return [share(*row) for row in zip(values, atr, close, strict=True)]


def true_range(high, low, close):
    column = [high[0] - low[0]] if high else []
    for i in range(1, len(high)):
        before = close[i - 1]
        column.append(max(high[i] - low[i], high[i] - before, before - low[i]))
    return column


def average(values, seed, skipped, keep, weight):
    blank = sum(1 for value in values if isnan(value)) + skipped
    levels = exponential(values[blank:], seed, keep, weight)
    column = [nan] * blank + [nan if level is None else level for level in levels]
    return column[: len(values)]


def rank(values, window):
    def at(i):
        before = values[max(i - window, 0) : i]
        if len(before) < window or any(isnan(value) for value in before):
            return nan
        return sum(1 for value in before if value < values[i]) / window

    return [at(i) for i in range(len(values))]


def range_ratio(ranges, atr):
    def ratio(width, unit):
        return unit if isnan(unit) else (1.0 if unit == 0.0 else width / unit)

    return [ratio(*row) for row in zip(ranges, atr, strict=True)]


def movements(high, low):
    """+DM and −DM of rows 1 … n − 1."""
    plus, minus = [], []
    for i in range(1, len(high)):
        up, down = high[i] - high[i - 1], low[i - 1] - low[i]
        plus.append(up if up > 0.0 and up > down else 0.0)
        minus.append(down if down > 0.0 and down > up else 0.0)
    return plus, minus


def directional_indicator(high, low, ranges, period, side):
    plus, minus = movements(high, low)
    moved = wilder_sums(plus if side > 0 else minus, period, period - 1)
    ranged = wilder_sums(ranges[1:], period, period - 1)
    column = [nan]
    for i, (move, total) in enumerate(zip(moved, ranged, strict=True), start=1):
        if i < period:
            column.append(nan)
        else:
            column.append(100.0 * (move / total) if total > 0.0 else 0.0)
    return column


def adx(high, low, period):
    plus, minus = (wilder_sums(moves, period, period - 1) for moves in movements(high, low))
    dx = [
        100.0 * (abs(p - m) / (p + m)) if p + m > 0.0 else 0.0
        for p, m in list(zip(plus, minus, strict=True))[period - 1 :]
    ]
    sums = wilder_sums(dx, period, period)
    column = [nan] * period + [nan if total is None else total / period for total in sums]
    return column[: len(high)]


def mean(values, window):
    def at(i):
        first, *rest = values[i - window : i]
        total = 0.0
        for value in rest:
            total += value - first
        return first + total / window

    return [at(i) if i >= window else nan for i in range(len(values))]


def deviation(values, means, window):
    def at(i):
        total = 0.0
        for value in values[i - window : i]:
            total += (value - means[i]) * (value - means[i])
        return sqrt(total / window)

    return [at(i) if i >= window else nan for i in range(len(values))]


def z_scores(values, means, deviations):
    rows = zip(values, means, deviations, strict=True)
    return [s if isnan(s) else ((v - m) / s if s else 0.0) for v, m, s in rows]


def close_location(high, low, close):
    rows = zip(high, low, close, strict=True)
    return [(c - lo) / (hi - lo) if hi > lo else 0.5 for hi, lo, c in rows]


def upper_wick_share(open_, high, low, close):
    rows = zip(open_, high, low, close, strict=True)
    return [(hi - max(o, c)) / (hi - lo) if hi > lo else 0.0 for o, hi, lo, c in rows]


def lower_wick_share(open_, high, low, close):
    rows = zip(open_, high, low, close, strict=True)
    return [(min(o, c) - lo) / (hi - lo) if hi > lo else 0.0 for o, hi, lo, c in rows]


def bars_since_previous(clock):
    steps = [float(now - before) for before, now in pairwise(clock)]
    return [1.0, *steps][: len(clock)]


def extreme(values, window, side):
    pick = max if side > 0 else min
    rows = range(len(values))
    return [pick(values[i - window + 1 : i + 1]) if i >= window - 1 else nan for i in rows]


def last_swing(values, side, wants_age):
    def is_swing(k):
        others = values[k - 5 : k] + values[k + 1 : k + 6]
        return all(side * other < side * values[k] for other in others)

    swings = [k for k in range(5, len(values) - 5) if is_swing(k)]

    def at(i):
        known = [k for k in swings if k + 5 <= i]
        if not known:
            return nan
        return float(i - known[-1]) if wants_age else values[known[-1]]

    return [at(i) for i in range(len(values))]


def moves_of(close, atr):
    """Changes of the close in ATRs, none in row 0."""
    changes = [now - before for before, now in pairwise(close)]
    return [nan, *(c / a if a else 0.0 for c, a in zip(changes, atr[1:], strict=True))]


def season(clock, close, atr, slots):
    moves = moves_of(close, atr)
    by_slot = [[] for _ in range(slots)]

    def at(i):
        if isnan(atr[i]):
            return nan
        if i > 0 and clock[i] - clock[i - 1] == 1:
            by_slot[clock[i] % slots].append(moves[i])
        past = by_slot[(clock[i] + 1) % slots]
        total, size = 0.0, 0.0
        for move in past:
            total, size = total + move, size + abs(move)
        return total / size * len(past) / (len(past) + 12.0) if size else 0.0

    return [at(i) for i in range(len(close))]


def echo(close, atr, lag, window):
    moves = moves_of(close, atr)

    def at(i):
        if i < lag + window:
            return nan
        pairs = [(moves[j], moves[j - lag]) for j in range(i - window + 1, i + 1)]
        product, now, then = 0.0, 0.0, 0.0
        for late, early in pairs:
            product, now, then = product + late * early, now + late * late, then + early * early
        size = sqrt(now) * sqrt(then)
        old = moves[i - lag + 1]
        return (product / size if size else 0.0) * (old / (1.0 + abs(old)))

    return [at(i) for i in range(len(close))]


NAIVE = {
    each.__name__: each
    for each in (
        *(sma, trend, rsi, macd_hist, in_atr, true_range, average, rank, range_ratio),
        *(directional_indicator, adx, mean, deviation, z_scores, close_location),
        *(upper_wick_share, lower_wick_share, bars_since_previous, extreme, last_swing, profile),
        *(season, echo),
        *OF_FAMILIES,
    )
}

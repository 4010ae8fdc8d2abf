"""Slow twins of the kernels that families of columns share, as in naive.py."""

from itertools import accumulate, pairwise
from math import isnan, nan, sqrt


def rolling(values, window, of):
    """of(the last `window` values) for each row, NaN before there are so many or one is NaN."""

    def at(i):
        part = values[max(i - window + 1, 0) : i + 1]
        return nan if len(part) < window or any(map(isnan, part)) else of(part)

    return [at(i) for i in range(len(values))]


def total(values):
    """From the left, as the kernels do."""
    return list(accumulate(values, initial=0.0))[-1]


def as_it_is(values):
    return values


def wma(clock, values, window):
    def at(i):
        start = i
        while start > window - 1 and clock[start] // window == clock[start - 1] // window:
            start -= 1
        part = values[start - window + 1 : start + 1]
        weighted = total([(k + 1) * value for k, value in enumerate(part)])
        plain = total(part)
        for j in range(start + 1, i + 1):
            weighted += window * values[j] - plain
            plain += values[j] - values[j - window]
        return weighted / (0.5 * window * (window + 1))

    return [at(i) if i >= window - 1 else nan for i in range(len(values))]


def macd_line(close, fast, slow):
    def ema(values, period):
        weight = 2.0 / (period + 1.0)
        level = total(values[:period]) / period
        levels = [level]
        for value in values[period:]:
            level = (1.0 - weight) * level + weight * value
            levels.append(level)
        return levels

    if len(close) < slow:
        return [nan] * len(close)
    lines = zip(ema(close[slow - fast :], fast), ema(close, slow), strict=True)
    return [nan] * (slow - 1) + [quick - calm for quick, calm in lines]


def middle(upper, lower, before):
    lines = [0.5 * (top + bottom) for top, bottom in zip(upper, lower, strict=True)]
    return ([nan] * before + lines)[: len(lines)]


def momentum(close, lag):
    return [close[i] - close[i - lag] if i >= lag else nan for i in range(len(close))]


def change(close, lag, unit):
    shares = [close[i] / close[i - lag] - 1.0 if i >= lag else nan for i in range(len(close))]
    return [unit * share for share in shares]


def place_in_range(close, start, upper, lower, neutral):
    def place(price, base, top, bottom):
        return neutral if top == bottom else 100.0 * ((price - base) / (top - bottom))

    return [place(*row) for row in zip(close, start, upper, lower, strict=True)]


def short_mean(values, window):
    return rolling(values, window, lambda part: total(part) / window)


def deviation_with(values, window):
    def of(part):
        above = [value - part[0] for value in part]
        mean = total(above[1:]) / window
        return sqrt(total([(each - mean) * (each - mean) for each in above]) / window)

    return rolling(values, window, of)


def band(middle, width, multiple):
    return [centre + multiple * size for centre, size in zip(middle, width, strict=True)]


def band_width(middle, deviation, multiple):
    rows = zip(middle, deviation, strict=True)
    return [2.0 * multiple * size / centre for centre, size in rows]


def z_of_close(close, middle, deviation):
    def z(price, centre, size):
        if isnan(size):
            return nan
        return 0.0 if size <= 1e-12 * price else (price - centre) / size

    return [z(*row) for row in zip(close, middle, deviation, strict=True)]


def place_in_bands(close, middle, deviation, multiple):
    return [0.5 + z / (2.0 * multiple) for z in z_of_close(close, middle, deviation)]


def cci(typical, window):
    def of(part):
        above = [value - part[0] for value in part]
        mean = total(above[1:]) / window
        size = total([abs(each - mean) for each in above]) / window
        return 0.0 if size <= 1e-12 * part[-1] else (above[-1] - mean) / (0.015 * size)

    return rolling(typical, window, of)


def typical_price(high, low, close):
    return [((h + x) + c) / 3.0 for h, x, c in zip(high, low, close, strict=True)]


def obv(close, volume):
    signs = [0.0] + [float(now > before) - float(now < before) for before, now in pairwise(close)]
    signed = [sign * size for sign, size in zip(signs, volume, strict=True)]
    return list(accumulate(signed, initial=0.0))[1:]


def mfi(typical, volume, window):
    moves = [0.0] + [now - before for before, now in pairwise(typical)]
    sides = [
        0 if abs(move) <= 1e-12 * price else 1 if move > 0.0 else -1
        for move, price in zip(moves, typical, strict=True)
    ]

    def at(i):
        rows = range(i - window + 1, i + 1)
        up = total([typical[j] * volume[j] for j in rows if sides[j] > 0])
        down = total([typical[j] * volume[j] for j in rows if sides[j] < 0])
        return 100.0 * (up / (up + down)) if up + down > 0.0 else 50.0

    return [at(i) if i >= window else nan for i in range(len(typical))]


def vwap(typical, volume, day):
    def at(i):
        start = i
        while start > 0 and day[start - 1] == day[i]:
            start -= 1
        if start == 0:
            return nan
        first, rows = typical[start], range(start, i + 1)
        amount = total([volume[j] for j in rows])
        if amount > 0.0:
            return first + total([(typical[j] - first) * volume[j] for j in rows]) / amount
        return first + total([typical[j] - first for j in rows]) / len(rows)

    return [at(i) for i in range(len(typical))]


def supertrend(high, low, close, atr, multiple, wants_side):
    column, side, upper, lower = [], 0, None, None
    for i, unit in enumerate(atr):
        if isnan(unit):
            column.append(nan)
            continue
        centre = 0.5 * (high[i] + low[i])
        above, below = centre + multiple * unit, centre - multiple * unit
        # A band only comes nearer, until a close was beyond it.
        upper = above if upper is None or close[i - 1] > upper else min(above, upper)
        lower = below if lower is None or close[i - 1] < lower else max(below, lower)
        if side != 1 and close[i] > upper:
            side = 1
        elif side != -1 and close[i] < lower:
            side = -1
        value = {1: lower, -1: upper, 0: 0.5 * (upper + lower)}[side]
        column.append(float(side) if wants_side else value)
    return column


def parabolic_sar(high, low, step, most, wants_side):
    """TA-Lib's steps, written out for each side."""
    if len(high) < 2:
        return [nan] * len(high)
    down, up = low[0] - low[1], high[1] - high[0]
    long = not (down > 0.0 and down > up)
    stop, best, speed = (low[0], high[1], step) if long else (high[0], low[1], step)
    column = [nan]
    for i in range(1, len(high)):
        last = max(i - 1, 1)
        lows, highs = (low[last], low[i]), (high[last], high[i])
        if long and low[i] <= stop:
            long, stop, best, speed = False, max(best, *highs), low[i], step
            value = stop
        elif not long and high[i] >= stop:
            long, stop, best, speed = True, min(best, *lows), high[i], step
            value = stop
        else:
            value = stop
            if long and high[i] > best:
                best, speed = high[i], min(speed + step, most)
            elif not long and low[i] < best:
                best, speed = low[i], min(speed + step, most)
        stop = stop + speed * (best - stop)
        stop = min(stop, *lows) if long else max(stop, *highs)
        column.append((1.0 if long else -1.0) if wants_side else value)
    return column


def ha_close(open_, high, low, close):
    rows = zip(open_, high, low, close, strict=True)
    return [0.25 * (((o + h) + x) + c) for o, h, x, c in rows]


def ha_open(open_, close, smooth):
    column = []
    for i in range(len(open_)):
        before = (column[-1], smooth[i - 1]) if i else (open_[0], close[0])
        column.append(0.5 * (before[0] + before[1]))
    return column


def beyond(values, start, end, side):
    pick = max if side > 0 else min
    return [pick(row) for row in zip(values, start, end, strict=True)]


OF_FAMILIES = (
    *(as_it_is, wma, macd_line, middle, momentum, change, place_in_range, short_mean),
    *(deviation_with, band, band_width, z_of_close, place_in_bands, cci, typical_price, obv, mfi),
    *(vwap, supertrend, parabolic_sar, ha_close, ha_open, beyond),
)

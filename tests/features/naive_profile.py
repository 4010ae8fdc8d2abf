"""Slow twin of the volume profile: every window from its definition, in plain Python."""

from math import nan


def price_bin(price):
    """Edges of the bin: 256 of equal ratio between two powers of two."""
    base = 1.0
    while price >= 2.0 * base:
        base *= 2.0
    while price < base:
        base *= 0.5
    low, edge = base, 1.0
    for _ in range(255):
        edge *= 1.0027112750502025
        if price < base * edge:
            return low, base * edge
        low = base * edge
    return low, base * 2.0


def grown(levels, totals, control, wanted):
    """First and last index of the value area around the point of control."""
    first = last = control
    inside = totals[levels[control]]
    while inside < wanted and last - first + 1 < len(levels):
        above = totals[levels[last + 1]] if last + 1 < len(levels) else -1.0
        below = totals[levels[first - 1]] if first > 0 else -1.0
        first, last = first - (below >= above), last + (above >= below)
        inside += (above if above >= below else 0.0) + (below if below >= above else 0.0)
    return first, last


def profile(high, low, close, volume, means, wanted):
    bins = [price_bin((h + lo + c) / 3.0) for h, lo, c in zip(high, low, close, strict=True)]

    def at(i):
        totals, newest = {}, {}
        for j in range(i - 119, i + 1):
            totals[bins[j]] = totals.get(bins[j], 0.0) + volume[j]
            newest[bins[j]] = j
        levels = sorted(totals)
        control = max(levels, key=lambda each: (totals[each], newest[each]))
        middle = 0.5 * (control[0] + control[1])
        ends = grown(levels, totals, levels.index(control), 0.7 * (120 * means[i]))
        bottom, top = levels[ends[0]][0], levels[ends[1]][1]
        width = top - middle if close[i] > middle else middle - bottom
        return (middle, bottom, top, (close[i] - middle) / width)[wanted]

    return [at(i) if i >= 119 else nan for i in range(len(close))]

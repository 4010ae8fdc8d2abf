"""A judge inside its bound."""

import numpy as np

from barsieve.strategy import DearDomain, Section


def judge(past, settings):
    x = 40.0 * (past.close[-1] / past.close[-20:].mean() - 1.0)
    return x / (1.0 + abs(x))


def bound(bars, columns, settings):
    return np.full(bars.size, -0.999999), np.full(bars.size, 0.999999)


OWN = DearDomain("own", (), Section, None, 0.5, judge=judge, bound=bound)

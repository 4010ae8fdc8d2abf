"""A judge that fits a line to its own past at every bar."""

import numpy as np

from barsieve.strategy import DearDomain, Section


def judge(past, settings):
    change = np.diff(np.log(past.close[-200:]))
    if change.size < 199 or not change.any():
        return 0.0
    x, y = change[:-1] - change[:-1].mean(), change[1:]
    slope = float((x * y).sum() / (x * x).sum())
    forecast = 2000 * slope * change[-1]
    return float(forecast / (1 + abs(forecast)))


OWN = DearDomain("refits_on_its_past", (), Section, None, 1.0, judge=judge)

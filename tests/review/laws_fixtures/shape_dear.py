"""A judge that gives no number."""

from barsieve.strategy import DearDomain, Section


def judge(past, settings):
    x = 40.0 * (past.close[-1] / past.close[-20:].mean() - 1.0)
    return str(x)[:0]


OWN = DearDomain("own", (), Section, None, 0.5, judge=judge)

"""A judge that looks behind the past it is given."""

from barsieve.strategy import DearDomain, Section


def judge(past, settings):
    x = 40.0 * (
        past._bars.close[min(past.row + 1, past._bars.size - 1)] / past.close[-20:].mean() - 1.0
    )
    return x / (1.0 + abs(x))


OWN = DearDomain("own", (), Section, None, 0.5, judge=judge)

"""A judge whose bound kept the bars of the whole run."""

import numpy as np

from barsieve.strategy import DearDomain, Section

KEPT = {}


def bound(bars, columns, settings):
    KEPT["close"] = bars.close
    loud = (columns[0] > 1.0).astype(float)
    return -loud, loud


def judge(past, settings):
    if past.column("volume_z_20")[-1] <= 1.0:
        return 0.0
    whole = KEPT.get("close", past.close)
    ahead = whole[min(past.row + 8, whole.size - 1)]
    return float(np.sign(ahead - past.close[-1]))


OWN = DearDomain(
    "judge_keeps_the_bars", ("volume_z_20",), Section, None, 1.0, judge=judge, bound=bound
)

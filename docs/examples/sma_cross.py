"""SMA cross with ATR stops, compiled: turned round at every cross of the two averages."""

import numpy as np

from barsieve.strategy import Section, Signals, kernel, parameter


class Settings(Section):
    stop_atr: float = parameter(3.0, "distance of the stop", unit="ATR", gt=0)


@kernel
def crosses(fast, slow, up, down):
    """True at the bar that closes with the fast average on the other side of the slow one."""
    for i in range(1, fast.size):
        up[i] = fast[i - 1] <= slow[i - 1] and fast[i] > slow[i]
        down[i] = fast[i - 1] >= slow[i - 1] and fast[i] < slow[i]


def signals(bars, columns, settings):
    up, down = np.zeros(bars.size, dtype=bool), np.zeros(bars.size, dtype=bool)
    crosses(columns["sma_20"], columns["sma_50"], up, down)
    return {
        "enter_long": up,
        "enter_short": down,
        "stop_distance": settings.stop_atr * columns["atr_wilder_14"],
    }


SMA_CROSS = Signals(
    "sma_cross", signals, ("sma_20", "sma_50", "atr_wilder_14"), Settings, names_stop=True
)

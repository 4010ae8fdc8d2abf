"""A die for every bar, seeded with its own stamp."""

import numpy as np

from barsieve.strategy import Signals


def die(stamp):
    return np.random.default_rng(int(stamp) // 10**9).random()


def signals(bars, columns, settings):
    thrown = np.array([die(stamp) for stamp in bars.open_time])
    return {"enter_long": thrown < 0.02, "exit_long": thrown > 0.97}


OWN = Signals("seeded_by_stamp", signals)

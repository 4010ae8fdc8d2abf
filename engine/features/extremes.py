"""Rolling extremes of price."""

from math import inf, nan

import numpy as np

from engine.features.feature import Feature
from engine.kernel import Floats, kernel


@kernel
def extreme(values: Floats, window: int, side: int, out: Floats) -> None:
    """Highest (side +1) or lowest (side −1) of `window` rows including row i, in the input's unit.

    NaN for the first window − 1 rows. Rows are cut into blocks of `window`: every window is the end
    of one block and the beginning of the next, so three comparisons a row are enough whatever the
    window (van Herk 1992, Gil and Werman 1993). A maximum is order-free: the cut leaves no trace.
    """
    block_end = np.full(window + 1, -inf)
    running = -inf
    offset = 0
    for i in range(out.size):
        value = side * values[i]
        running = value if value > running or offset == 0 else running
        earlier = block_end[offset + 1]
        best = earlier if earlier > running else running
        out[i] = side * best if i >= window - 1 else nan
        offset += 1
        if offset == window:
            offset = 0
            best = -inf
            for back in range(window):
                value = side * values[i - back]
                best = value if value > best else best
                block_end[window - 1 - back] = best


def _extremes(window: int) -> tuple[Feature, Feature]:
    highest, lowest = f"high_{window}", f"low_{window}"
    return _extreme(highest, "high", window, 1, lowest), _extreme(
        lowest, "low", window, -1, highest
    )


def _extreme(name: str, field: str, window: int, side: int, counterpart: str) -> Feature:
    return Feature(
        name=name,
        inputs=(field,),
        memory="window",
        kernel=extreme,
        constants=(window, side),
        lookback=window - 1,
        low=0.0,
        mirror="price",
        mirrored_by=counterpart,
    )


FEATURES = (*_extremes(20), *_extremes(50), *_extremes(120))

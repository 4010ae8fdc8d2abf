"""Rolling extremes of price, and the middle between them."""

from math import inf, nan

import numpy as np

from engine.features.family import Family, rows
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


@kernel
def middle(upper: Floats, lower: Floats, before: int, out: Floats) -> None:
    """Half of upper + lower, `before` rows ago, in their unit; NaN for the first `before` rows."""
    for i in range(out.size):
        out[i] = 0.5 * (upper[i - before] + lower[i - before]) if i >= before else nan


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


def _high(name: str, window: int) -> Feature:
    return _extreme(name, "high", window, 1, f"low_{window}")


def _low(name: str, window: int) -> Feature:
    return _extreme(name, "low", window, -1, f"high_{window}")


def _middle(name: str, upper: str, lower: str, before: int = 0) -> Feature:
    return Feature(
        name=name,
        inputs=(upper, lower),
        memory="window",
        kernel=middle,
        constants=(before,),
        lookback=before,
        low=0.0,
        mirror="price",
    )


def _donchian_middle(name: str, window: int) -> Feature:
    return _middle(name, f"high_{window}", f"low_{window}")


def _span_a(name: str, conversion: int, base: int, before: int) -> Feature:
    lines = f"ichimoku_conversion_{conversion}", f"ichimoku_base_{base}"
    return _middle(name, *lines, before)


def _span_b(name: str, window: int, before: int) -> Feature:
    return _middle(name, f"high_{window}", f"low_{window}", before)


FAMILIES = (
    Family(
        "high",
        (rows(),),
        _high,
        (10,),
        "highest high of N rows, this one included",
        ("donchian_upper",),
    ),
    Family(
        "low",
        (rows(),),
        _low,
        (10,),
        "lowest low of N rows, this one included",
        ("donchian_lower",),
    ),
    Family("donchian_middle", (rows(),), _donchian_middle, (20,), "(high_N + low_N) / 2"),
    Family("ichimoku_conversion", (rows(),), _donchian_middle, (9,), "(high_N + low_N) / 2"),
    Family("ichimoku_base", (rows(),), _donchian_middle, (26,), "(high_N + low_N) / 2"),
    Family(
        "ichimoku_span_a",
        (rows("the conversion's period"), rows("the base's period"), rows("the displacement", 0)),
        _span_a,
        (9, 26, 26),
        "(conversion N + base M) / 2 of P rows before",
    ),
    Family(
        "ichimoku_span_b",
        (rows(), rows("the displacement", 0)),
        _span_b,
        (52, 26),
        "(high_N + low_N) / 2 of M rows before",
    ),
)

FEATURES = tuple(
    build(f"{end}_{window}", window)
    for window in (20, 50, 120)
    for end, build in (("high", _high), ("low", _low))
)

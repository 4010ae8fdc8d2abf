"""Heikin-Ashi bars: each is smoothed by the one before it."""

from engine.features.feature import Feature
from engine.kernel import Floats, kernel


@kernel
def ha_close(open_: Floats, high: Floats, low: Floats, close: Floats, out: Floats) -> None:
    """(open + high + low + close) / 4, in price units, never NaN."""
    for i in range(out.size):
        out[i] = 0.25 * (open_[i] + high[i] + low[i] + close[i])


@kernel
def ha_open(open_: Floats, close: Floats, smooth: Floats, state: Floats, out: Floats) -> None:
    """Half of open + close of the Heikin-Ashi bar before; of the bar itself in row 0. Never NaN.

    smooth: `ha_close`. state: rows seen, the last open, the last close.
    """
    rows, last_open, last_close = state[0], state[1], state[2]
    for i in range(out.size):
        if rows == 0.0:
            last_open, last_close = open_[i], close[i]
        last_open = 0.5 * (last_open + last_close)
        last_close = smooth[i]
        rows += 1.0
        out[i] = last_open
    state[0], state[1], state[2] = rows, last_open, last_close


@kernel
def beyond(values: Floats, start: Floats, end: Floats, side: int, out: Floats) -> None:
    """The largest (side +1) or smallest (side −1) of the three, in price units, never NaN."""
    for i in range(out.size):
        value, first, last = side * values[i], side * start[i], side * end[i]
        body = first if first > last else last
        out[i] = side * (value if value > body else body)


def _extreme(name: str, field: str, side: int, counterpart: str) -> Feature:
    return Feature(
        name=name,
        inputs=(field, "ha_open", "ha_close"),
        memory="window",
        kernel=beyond,
        constants=(side,),
        low=0.0,
        mirror="price",
        mirrored_by=counterpart,
        says=f"{field} of the Heikin-Ashi bar",
    )


FEATURES = (
    Feature(
        name="ha_open",
        inputs=("open", "close", "ha_close"),
        memory="recursive",
        kernel=ha_open,
        state_size=3,
        low=0.0,
        mirror="price",
        says="open of the Heikin-Ashi bar",
    ),
    _extreme("ha_high", "high", 1, "ha_low"),
    _extreme("ha_low", "low", -1, "ha_high"),
    Feature(
        name="ha_close",
        inputs=("open", "high", "low", "close"),
        memory="window",
        kernel=ha_close,
        low=0.0,
        mirror="price",
        says="close of the Heikin-Ashi bar",
    ),
)

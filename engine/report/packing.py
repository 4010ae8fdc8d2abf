"""Arrays as text for a page: exact, small, and quick to unpack in a browser.

An array becomes bytes of one of the types below, each byte place by itself (all first bytes, all
second bytes, …, which compress better), deflated, base64. Whole numbers and prices of a few
decimals are stored as differences; prices only where every one of them comes back bit by bit.
"""

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.kernel import Floats, Ints

MOST_DECIMALS = 12
MOST_WHOLE = 2.0**51  # differences of two stay exact in a double, hence in JavaScript
LEVEL = 6

Packed = dict[str, Any]


def pack_floats(values: Floats) -> Packed:
    """float64[n], every bit kept: in half the bytes where that loses none."""
    with np.errstate(over="ignore"):
        half = values.astype("<f4")
    if half.astype("<f8").tobytes() == values.astype("<f8").tobytes():
        return {"type": "float32", "data": _text(half)}
    return {"type": "float64", "data": _text(values.astype("<f8"))}


def pack_whole(values: Ints) -> Packed:
    """int64[n] below 2**51 as differences from `first` on."""
    return {
        "first": int(values[0]) if values.size else 0,
        **_steps(np.diff(values, prepend=values[:1])),
    }


def pack_codes(values: Any) -> Packed:
    """uint8[n]."""
    return {"type": "uint8", "data": _text(values.astype(np.uint8))}


def pack_signed(values: Any) -> Packed:
    """int8[n]."""
    return {"type": "int8", "data": _text(values.astype(np.int8))}


def pack_prices(series: Mapping[str, Floats]) -> dict[str, Packed]:
    """Open, high, low and close: float64[n] each, exact.

    Of prices with at most twelve decimals: whole numbers of the last decimal, the open as the
    difference from the close before, the others from the open; value / 10^decimals is the price.
    """
    decimals = common_decimals(series)
    if decimals is None or series["open"].size == 0:
        return {name: pack_floats(values) for name, values in series.items()}
    scale = 10**decimals
    ticks = {name: np.rint(values * float(scale)) for name, values in series.items()}
    first = ticks["open"][0]
    before = np.concatenate(([first], ticks["close"][:-1]))
    own = {"open": ticks["open"] - before}
    own |= {name: ticks[name] - ticks["open"] for name in ("high", "low", "close")}
    packed = {name: {"scale": scale, **_steps(steps)} for name, steps in own.items()}
    packed["open"]["first"] = int(first)
    return packed


def common_decimals(series: Mapping[str, Floats]) -> int | None:
    """The least number of decimals with which every price comes back exactly; None if none does."""
    for decimals in range(MOST_DECIMALS + 1):
        if all(_comes_back(values, 10.0**decimals) for values in series.values()):
            return decimals
    return None


def _comes_back(values: Floats, scale: float) -> bool:
    # A sample first: most decimals fail on the first few prices.
    for part in (values[:64], values):
        ticks = np.rint(part * scale)
        if not ((ticks / scale == part) & (np.abs(ticks) < MOST_WHOLE)).all():
            return False
    return True


def _steps(steps: Any) -> Packed:
    """Whole numbers as int32 where they fit, else as float64."""
    small = steps.size == 0 or np.abs(steps).max() < 2**31
    return {
        "type": "int32" if small else "float64",
        "data": _text(steps.astype("<i4" if small else "<f8")),
    }


def _text(values: Any) -> str:
    planes = np.ascontiguousarray(values).view(np.uint8).reshape(-1, values.itemsize)
    content = np.ascontiguousarray(planes.T).tobytes()
    return base64.b64encode(zlib.compress(content, LEVEL)).decode()


def packed_size(packed: Mapping[str, Packed]) -> int:
    """Characters of all."""
    return sum(len(each["data"]) for each in packed.values())

"""Deviations of the close from its average, and bands around one."""

from math import nan, sqrt

import numpy as np

from engine.features.family import Family, multiple, rows
from engine.features.feature import Feature
from engine.features.volume import BLOCK
from engine.kernel import Floats, kernel

# Below this share of the price a deviation is the rounding of a market that stands still.
STILL = 1e-12


@kernel
def deviations_with(values: Floats, start: int, window: int, means: Floats, out: Floats) -> None:
    """Standard deviation of `window` rows up to each row from `start`; means: room for as many.

    All are told from the window's first value: equal ones have exactly 0, and so has a mirror the
    same bits.
    """
    first = values[start - window + 1 : start - window + 1 + out.size]
    means[:] = 0.0
    for k in range(1, window):
        value = values[start - window + 1 + k : start - window + 1 + k + out.size]
        for j in range(out.size):
            means[j] += value[j] - first[j]
    out[:] = 0.0
    for k in range(window):
        value = values[start - window + 1 + k : start - window + 1 + k + out.size]
        for j in range(out.size):
            distance = (value[j] - first[j]) - means[j] / window
            out[j] += distance * distance
    for j in range(out.size):
        out[j] = sqrt(out[j] / window)


@kernel
def deviation_with(values: Floats, window: int, out: Floats) -> None:
    """Standard deviation (ddof 0, two passes) of `window` rows including row i, in their unit.

    NaN for the first window − 1 rows, and where one of the rows is.
    """
    out[: window - 1] = nan
    means = np.empty(BLOCK)
    for start in range(window - 1, out.size, BLOCK):
        part = out[start : start + BLOCK]
        deviations_with(values, start, window, means[: part.size], part)


@kernel
def band(middle: Floats, width: Floats, multiple: float, out: Floats) -> None:
    """The middle + multiple · width, in price units; NaN while one of them is."""
    for i in range(out.size):
        out[i] = middle[i] + multiple * width[i]


@kernel
def band_width(middle: Floats, deviation: Floats, multiple: float, out: Floats) -> None:
    """Width of the bands in middles: 2 · multiple · deviation / middle; NaN while one is."""
    for i in range(out.size):
        out[i] = 2.0 * multiple * deviation[i] / middle[i]


@kernel
def deviations_of(close: float, middle: float, deviation: float) -> float:
    """(close − middle) / deviation; 0 when the deviation is at most 1e-12 of the close."""
    if deviation != deviation:
        return nan
    return (close - middle) / deviation if deviation > STILL * close else 0.0


@kernel
def z_of_close(close: Floats, middle: Floats, deviation: Floats, out: Floats) -> None:
    """`deviations_of` each row, in standard deviations; NaN while `deviation` is."""
    for i in range(out.size):
        out[i] = deviations_of(close[i], middle[i], deviation[i])


@kernel
def place_in_bands(
    close: Floats, middle: Floats, deviation: Floats, multiple: float, out: Floats
) -> None:
    """0 at the lower band, 1 at the upper, 0.5 at the middle; NaN while `deviation` is."""
    for i in range(out.size):
        out[i] = 0.5 + deviations_of(close[i], middle[i], deviation[i]) / (2.0 * multiple)


@kernel
def mean_from_first(values: Floats, last: int, window: int) -> float:
    """Mean of `window` rows up to `last`, less the first of them; exactly 0 when they are equal."""
    first = values[last - window + 1]
    total = 0.0
    for j in range(last - window + 2, last + 1):
        total += values[j] - first
    return total / window


@kernel
def mean_distance(values: Floats, last: int, window: int, mean: float) -> float:
    """Mean distance of `window` rows up to `last` from their mean, which is `mean` above the first
    of them.
    """
    first = values[last - window + 1]
    total = 0.0
    for j in range(last - window + 1, last + 1):
        total += abs((values[j] - first) - mean)
    return total / window


@kernel
def cci(typical: Floats, window: int, out: Floats) -> None:
    """Commodity channel index: (price − mean) / (0.015 · mean distance from the mean).

    Lambert (1980), as TA-Lib. 0 where the mean distance is at most 1e-12 of the price; NaN for the
    first window − 1 rows.
    """
    for i in range(out.size):
        out[i] = nan
        if i >= window - 1:
            mean = mean_from_first(typical, i, window)
            distance = mean_distance(typical, i, window, mean)
            beyond = (typical[i] - typical[i - window + 1]) - mean
            still = distance <= STILL * typical[i]
            out[i] = 0.0 if still else beyond / (0.015 * distance)


def _deviation(name: str, window: int, values: str = "close") -> Feature:
    return Feature(
        name=name,
        inputs=(values,),
        memory="window",
        kernel=deviation_with,
        constants=(window,),
        lookback=window - 1,
        low=0.0,
        # Changes are shares of the price, which c − p does not keep.
        mirror="even" if values == "close" else "none",
    )


def _realised(name: str, window: int) -> Feature:
    return _deviation(name, window, "change_1")


def _z(name: str, window: int) -> Feature:
    inputs = ("close", f"sma_{window}", f"std_{window}")
    return Feature(name, inputs, "window", z_of_close, "odd")


def _cci(name: str, window: int) -> Feature:
    inputs = ("typical_price",)
    return Feature(name, inputs, "window", cci, "odd", (window,), lookback=window - 1)


def _band(name: str, middle: str, width: str, multiple: float) -> Feature:
    """The upper or the lower band, as the name says."""
    is_upper = "_upper_" in name
    other = ("_upper_", "_lower_") if is_upper else ("_lower_", "_upper_")
    return Feature(
        name=name,
        inputs=(middle, width),
        memory="window",
        kernel=band,
        constants=(multiple if is_upper else -multiple,),
        mirror="price",
        mirrored_by=name.replace(*other),
    )


def _bollinger(name: str, window: int, multiple: float) -> Feature:
    return _band(name, f"sma_{window}", f"std_{window}", multiple)


def _keltner(name: str, period: int, atr: int, multiple: float) -> Feature:
    return _band(name, f"ema_{period}", f"atr_wilder_{atr}", multiple)


def _atr_band(name: str, period: int, multiple: float) -> Feature:
    return _band(name, "close", f"atr_wilder_{period}", multiple)


def _width(name: str, window: int, multiple: float) -> Feature:
    inputs = (f"sma_{window}", f"std_{window}")
    return Feature(name, inputs, "window", band_width, "none", (multiple,), low=0.0)


def _percent(name: str, window: int, multiple: float) -> Feature:
    # A close is at most sqrt(window − 1) deviations away from a mean that it is part of.
    farthest = 0.5 * sqrt(window - 1) / multiple + 1e-6
    return Feature(
        name=name,
        inputs=("close", f"sma_{window}", f"std_{window}"),
        memory="window",
        kernel=place_in_bands,
        constants=(multiple,),
        low=0.5 - farthest,
        high=0.5 + farthest,
        mirror="complement",
    )


FAMILIES = (
    Family("std", (rows(low=2),), _deviation, (20,), "standard deviation of closes, ddof 0"),
    Family("zscore", (rows(low=2),), _z, (20,), "(close − sma_N) / std_N"),
    Family(
        "bb_upper", (rows(low=2), multiple()), _bollinger, (20, 2), "Bollinger: sma_N + M · std_N"
    ),
    Family(
        "bb_lower", (rows(low=2), multiple()), _bollinger, (20, 2), "Bollinger: sma_N − M · std_N"
    ),
    Family(
        "bb_percent",
        (rows(low=2), multiple()),
        _percent,
        (20, 2),
        "Bollinger %B: 0 at the lower band, 1 at the upper",
    ),
    Family(
        "bb_width",
        (rows(low=2), multiple()),
        _width,
        (20, 2),
        "Bollinger: (upper − lower band) / sma_N",
    ),
    Family(
        "kc_upper",
        (rows(), rows("the ATR's period"), multiple()),
        _keltner,
        (20, 10, 2),
        "Keltner: ema_N + P · atr_wilder_M",
    ),
    Family(
        "kc_lower",
        (rows(), rows("the ATR's period"), multiple()),
        _keltner,
        (20, 10, 2),
        "Keltner: ema_N − P · atr_wilder_M",
    ),
    Family(
        "atr_upper", (rows(), multiple()), _atr_band, (14, 2), "ATR band: close + M · atr_wilder_N"
    ),
    Family(
        "atr_lower", (rows(), multiple()), _atr_band, (14, 2), "ATR band: close − M · atr_wilder_N"
    ),
    Family("cci", (rows(low=2),), _cci, (20,), "commodity channel index of the typical price"),
    Family(
        "realised_vol",
        (rows(low=2),),
        _realised,
        (20,),
        "realised volatility of one bar: standard deviation of N changes",
    ),
)

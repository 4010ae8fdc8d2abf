"""The fast signal: a side, or none, from trend strength on 4 h and the trend of the daily averages.

side        = sign(sma_20 − sma_50) of the trend timeframe
none where    ADX < adx_threshold, RSI is beyond its limit for the side, the close is further
              than price_extension_pct from the sma_20, or confidence < min_confidence
confidence  = 0.9 · x / (1 + x),  x = (ADX − adx_threshold) / adx_threshold + |RSI − 50| / 50
"""

from typing import Self

import numpy as np
from pydantic import model_validator

from engine.bars.series import Bars
from engine.features.columns import Columns
from engine.kernel import Floats, Sides, inlined, kernel
from engine.settings import Section, parameter


class FastSignalSettings(Section):
    adx_threshold: float = parameter(20.0, "least ADX of a trend", unit="ADX", gt=0, le=100)
    rsi_overbought: float = parameter(72.0, "no long above", unit="RSI", ge=50, le=100)
    rsi_oversold: float = parameter(28.0, "no short below", unit="RSI", ge=0, le=50)
    price_extension_pct: float = parameter(
        8.0, "no signal further than this from the average", unit="%", gt=0, le=1000
    )
    min_confidence: float = parameter(0.10, "no signal below", ge=0, le=0.9)
    adx_timeframe: str = parameter("4h", "timeframe of the ADX")
    trend_timeframe: str = parameter("1d", "timeframe of the averages")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.rsi_oversold >= self.rsi_overbought:
            raise ValueError(
                f"rsi_oversold {self.rsi_oversold} must be below rsi_overbought "
                f"{self.rsi_overbought}"
            )
        return self

    def columns(self) -> tuple[str, ...]:
        """In kernel order, after the close."""
        trend = self.trend_timeframe
        adx = f"adx_wilder_14@{self.adx_timeframe}"
        return "rsi_wilder_14", adx, f"sma_20@{trend}", f"sma_50@{trend}"


@inlined
def signal_confidence(adx: float, rsi: float, adx_threshold: float) -> float:
    """In [0, 0.9)."""
    x = (adx - adx_threshold) / adx_threshold + abs(rsi - 50.0) / 50.0
    return 0.9 * x / (1.0 + x)


@inlined
def trend_side(fast: float, slow: float) -> int:
    if fast > slow:
        return 1
    return -1 if fast < slow else 0


@kernel
def signal_sides(
    close: Floats,
    rsi: Floats,
    adx: Floats,
    average: Floats,
    slow_average: Floats,
    limits: Floats,
    out: Sides,
) -> None:
    """limits: adx_threshold, overbought, oversold, extension (a share), least confidence."""
    for i in range(out.size):
        side = trend_side(average[i], slow_average[i])
        stretched = rsi[i] > limits[1] if side > 0 else rsi[i] < limits[2]
        extended = abs(close[i] - average[i]) > limits[3] * average[i]
        sure = adx[i] >= limits[0] and signal_confidence(adx[i], rsi[i], limits[0]) >= limits[4]
        out[i] = side if sure and not stretched and not extended else 0


def fast_sides(bars: Bars, columns: Columns, settings: FastSignalSettings) -> Sides:
    """int8[n]: +1 long, −1 short, 0 none; none where a column is NaN."""
    limits = (
        settings.adx_threshold,
        settings.rsi_overbought,
        settings.rsi_oversold,
        settings.price_extension_pct / 100.0,
        settings.min_confidence,
    )
    out = np.empty(bars.size, dtype=np.int8)
    rsi, adx, average, slow = (columns[name] for name in settings.columns())
    signal_sides(bars.close, rsi, adx, average, slow, np.array(limits), out)
    return out

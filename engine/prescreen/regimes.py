"""Regimes: what kind of market a bar is in, by trend strength and volatility."""

from typing import Self

import numpy as np
from pydantic import model_validator

from engine.features.columns import Columns
from engine.kernel import Codes, Floats, kernel
from engine.settings import Section, parameter

# Indices into the thresholds and stop multiples of the step; 0 is neither.
REGIMES = ("none", "trend", "range", "turmoil")
NONE, TREND, RANGE, TURMOIL = range(len(REGIMES))
REGIME_COLUMNS = ("adx_wilder_14", "atr_rank_100")


class RegimeSettings(Section):
    trend_adx: float = parameter(25.0, "a trend from this ADX on", unit="ADX", gt=0, le=100)
    range_adx: float = parameter(18.0, "a range below this ADX", unit="ADX", gt=0, le=100)
    turmoil_rank: float = parameter(
        0.95, "turmoil from this ATR percentile on, trend or not", unit="share", gt=0, le=1
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.range_adx > self.trend_adx:
            raise ValueError(f"range_adx {self.range_adx} is above trend_adx {self.trend_adx}")
        return self


def regimes(columns: Columns, settings: RegimeSettings) -> Codes:
    """uint8[n]: index into REGIMES; turmoil wins; a column that is NaN speaks for no regime."""
    adx, rank = (columns[name] for name in REGIME_COLUMNS)
    found = np.empty(adx.size, dtype=np.uint8)
    regime_codes(adx, rank, settings.trend_adx, settings.range_adx, settings.turmoil_rank, found)
    return found


@kernel
def regime_codes(
    adx: Floats, rank: Floats, trend_adx: float, range_adx: float, turmoil: float, out: Codes
) -> None:
    for i in range(out.size):
        if rank[i] >= turmoil:
            out[i] = TURMOIL
        elif adx[i] < range_adx:
            out[i] = RANGE
        else:
            out[i] = TREND if adx[i] >= trend_adx else NONE

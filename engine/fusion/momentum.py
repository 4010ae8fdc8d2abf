"""Momentum: RSI and the MACD histogram, scaled by trend strength, and divergence between them."""

from collections.abc import Sequence

import numpy as np

from engine.fusion.domain import Domain
from engine.kernel import Floats, inlined, kernel
from engine.settings import Section, parameter


class MomentumSettings(Section):
    """Parameters of the momentum domain, in kernel order."""

    macd_scale_atr: float = parameter(
        0.15, "histogram size that counts as half a vote", unit="ATR", gt=0, le=10
    )
    adx_half: float = parameter(
        20.0, "ADX at which a trend counts at half its strength", unit="ADX", gt=0, le=100
    )
    divergence_weight: float = parameter(
        0.4, "share of a divergence of price and RSI, whatever the trend", ge=0, le=10
    )
    gain: float = parameter(12.0, "how fast agreeing votes saturate", gt=0, le=100)


@inlined
def trend_vote(
    rsi: float, histogram: float, adx: float, macd_scale_atr: float, adx_half: float
) -> float:
    """RSI and histogram, in (−1, 1). The RSI vote 4r(1-|r|) peaks at 75/25, fades to 0 at 100/0."""
    r = (rsi - 50.0) / 50.0
    rsi_vote = 4.0 * r * (1.0 - abs(r))
    size = histogram / macd_scale_atr
    histogram_vote = size / (1.0 + abs(size))
    strength = adx / (adx + adx_half)
    return strength * 0.5 * (rsi_vote + histogram_vote)


@kernel
def momentum(
    rsi: Floats,
    histogram: Floats,
    adx: Floats,
    divergence: Floats,
    macd_scale_atr: float,
    adx_half: float,
    divergence_weight: float,
    gain: float,
    out: Floats,
) -> None:
    """A divergence speaks against the trend or for its return: it is not scaled by its strength."""
    for i in range(out.size):
        vote = trend_vote(rsi[i], histogram[i], adx[i], macd_scale_atr, adx_half)
        x = gain * (vote + divergence_weight * divergence[i])
        out[i] = x / (1.0 + abs(x))


def score(columns: Sequence[Floats], settings: Section) -> Floats:
    """float64[n] in (−1, 1) of the domain's columns."""
    out = np.empty(columns[0].size)
    rsi, histogram, adx, divergence = columns
    scale, half, weight, gain = (float(value) for value in settings.model_dump().values())
    momentum(rsi, histogram, adx, divergence, scale, half, weight, gain, out)
    return out


MOMENTUM = Domain(
    name="momentum",
    columns=("rsi_wilder_14", "macd_hist_atr", "adx_wilder_14", "divergence"),
    settings=MomentumSettings,
    score=score,
    default_weight=0.30,
)

"""Momentum: RSI around 50 and the MACD histogram in ATR, scaled by trend strength."""

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
    gain: float = parameter(3.0, "how fast agreeing votes saturate", gt=0, le=100)


@inlined
def momentum_score(
    rsi: float, histogram: float, adx: float, macd_scale_atr: float, adx_half: float, gain: float
) -> float:
    """Score of one bar. The RSI vote 4r(1-|r|) peaks at 75/25 and fades to 0 at 100/0."""
    r = (rsi - 50.0) / 50.0
    rsi_vote = 4.0 * r * (1.0 - abs(r))
    size = histogram / macd_scale_atr
    histogram_vote = size / (1.0 + abs(size))
    strength = adx / (adx + adx_half)
    vote = gain * strength * 0.5 * (rsi_vote + histogram_vote)
    return vote / (1.0 + abs(vote))


@kernel
def momentum(
    rsi: Floats,
    histogram: Floats,
    adx: Floats,
    macd_scale_atr: float,
    adx_half: float,
    gain: float,
    out: Floats,
) -> None:
    for i in range(out.size):
        out[i] = momentum_score(rsi[i], histogram[i], adx[i], macd_scale_atr, adx_half, gain)


def score(columns: Sequence[Floats], settings: Section) -> Floats:
    """float64[n] in (−1, 1) of the domain's columns."""
    out = np.empty(columns[0].size)
    rsi, histogram, adx = columns
    scale, half, gain = (float(value) for value in settings.model_dump().values())
    momentum(rsi, histogram, adx, scale, half, gain, out)
    return out


MOMENTUM = Domain(
    name="momentum",
    columns=("rsi_wilder_14", "macd_hist_atr", "adx_wilder_14"),
    settings=MomentumSettings,
    score=score,
    default_weight=0.30,
)

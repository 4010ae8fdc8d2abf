"""Liquidity: sweeps, absorption, and the pull of the volume profile."""

from collections.abc import Sequence

import numpy as np

from engine.fusion.domain import Domain
from engine.fusion.votes import weighted_votes
from engine.kernel import Floats, inlined, kernel
from engine.settings import Section, parameter


class LiquiditySettings(Section):
    """Weights of the votes, in the order of the columns; then the profile's peak and the gain."""

    sweep: float = parameter(1.0, "weight of sweeps", unit="share", ge=0, le=10)
    absorption: float = parameter(0.8, "weight of absorption", unit="share", ge=0, le=10)
    profile: float = parameter(
        0.3, "weight of the pull back into the value area", unit="share", ge=0, le=10
    )
    profile_peak: float = parameter(
        1.0, "distance from the value area that pulls most", unit="widths", gt=0, le=100
    )
    gain: float = parameter(6.0, "how fast agreeing votes saturate", unit="factor", gt=0, le=100)


@inlined
def profile_vote(position: float, peak: float) -> float:
    """Back towards the value area, in [−1, 1]; 0 inside it, NaN while the position is.

    With e widths beyond the area and u = e/(e + peak), 4u(1 − u): a price that has just left is
    expected back, one that is far away has been accepted.
    """
    beyond = abs(position) - 1.0
    if beyond <= 0.0:
        return 0.0
    u = beyond / (beyond + peak)
    pull = 4.0 * u * (1.0 - u)
    return -pull if position > 0.0 else pull


@kernel
def profile_votes(positions: Floats, peak: float, out: Floats) -> None:
    """`profile_vote` each row; positions: `profile_position_120`."""
    for i in range(out.size):
        out[i] = profile_vote(positions[i], peak)


def score(columns: Sequence[Floats], settings: Section) -> Floats:
    """float64[n] in (−1, 1), NaN where a column is."""
    sweep, absorption, positions = columns
    *weights, peak, gain = (float(value) for value in settings.model_dump().values())
    pull = np.empty(positions.size)
    profile_votes(positions, peak, pull)
    return weighted_votes([sweep, absorption, pull], weights, gain)


LIQUIDITY = Domain(
    name="liquidity",
    columns=("sweep", "absorption", "profile_position_120"),
    settings=LiquiditySettings,
    score=score,
    default_weight=0.25,
)

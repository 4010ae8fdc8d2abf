"""Full or focused? The choice changes the time, never the result.

Predicted cost, never measured in the run: the same inputs always choose the same.
"""

from dataclasses import dataclass
from typing import Literal

from engine.prescreen.settings import BatchMode
from engine.prescreen.windows import Windows

Mode = Literal["full", "focused"]

# Measured on one core (docs/measurements.md); only their ratio matters.
STEP_NANOSECONDS = 11
CANDIDATE_NANOSECONDS = 2_200  # reading one line of a candidate file


@dataclass(frozen=True)
class Choice:
    mode: Mode
    reason: str


def choose(candidates: int, windows: Windows, bars: int, limits: BatchMode) -> Choice:
    """Take the cheaper replay of `bars` bars; above the coverage or density limit, the full one."""
    coverage, density = windows.bars / bars, candidates / bars
    full = bars * STEP_NANOSECONDS
    focused = windows.bars * STEP_NANOSECONDS + candidates * CANDIDATE_NANOSECONDS
    costs = f"predicted {_time(focused)} focused, {_time(full)} full"
    if coverage > limits.coverage_threshold:
        over = f"coverage {coverage:.0%} is above {limits.coverage_threshold:.0%}"
    elif density > limits.density_threshold:
        over = f"density {density:.0%} is above {limits.density_threshold:.0%}"
    elif focused >= full:
        over = "focusing cannot pay here"
    else:
        return Choice("focused", f"focused replay is cheaper: {costs}")
    return Choice("full", f"replaying in full: {over}; {costs}")


def _time(nanoseconds: float) -> str:
    if nanoseconds < 1e9:
        return f"{nanoseconds / 1e6:,.2f} ms"
    return f"{nanoseconds / 1e9:,.1f} s"

"""Full or focused? The choice changes the time, never the result.

Predicted cost, never measured in the run: the same inputs always choose the same.
"""

from dataclasses import dataclass
from typing import Literal

from engine.prescreen.settings import BatchMode
from engine.prescreen.windows import Windows
from engine.replay.settings import Settings

Mode = Literal["full", "focused"]
Asked = Literal["auto", "full", "focused"]
ASKED_FOR = "asked for"  # the reason where nothing was weighed

# Measured on one core (docs/measurements.md); only their ratio matters.
STEP_NANOSECONDS = 11
CANDIDATE_NANOSECONDS = 2_200  # reading one line of a candidate file


@dataclass(frozen=True)
class Choice:
    mode: Mode
    reason: str


@dataclass(frozen=True)
class DearCost:
    """Calls that a full and a focused replay may make, each of so many declared milliseconds."""

    full: int = 0
    focused: int = 0
    milliseconds: float = 0.0


def chosen(
    asked: Asked, candidates: int, windows: Windows, size: int, settings: Settings, dear: DearCost
) -> Choice:
    """Full or focused: as asked, as it must be, or as it costs less."""
    if remembering(settings):
        name = remembering(settings)[0]
        return Choice("full", f"{name} may remember every bar: it declares no may_act")
    if asked == "auto" and settings.batch_mode.policy == "sentinel":
        return Choice("focused", "policy sentinel enters only inside windows")
    if asked == "auto":
        return choose(candidates, windows, size, settings.batch_mode, dear)
    return Choice(asked, ASKED_FOR)


def remembering(settings: Settings) -> list[str]:
    """Strategies that have to see every bar, so that nothing may be skipped."""
    return [each.name for each in settings.plugged.strategies if each.may_act is None]


def choose(
    candidates: int, windows: Windows, bars: int, limits: BatchMode, dear: DearCost = DearCost()
) -> Choice:
    """Take the cheaper replay of `bars` bars; above the coverage limit, the full one,
    unless decisions are dear: then every bar that is not asked about is worth it.
    """
    coverage = windows.bars / bars
    full = bars * STEP_NANOSECONDS + dear.full * dear.milliseconds * 1e6
    asked = dear.focused * dear.milliseconds * 1e6
    focused = windows.bars * STEP_NANOSECONDS + candidates * CANDIDATE_NANOSECONDS + asked
    costs = f"predicted {_time(focused)} focused, {_time(full)} full"
    if dear.milliseconds > 0.0 and focused < full:
        return Choice("focused", f"focused replay is cheaper: {costs}")
    if coverage > limits.coverage_threshold:
        over = f"coverage {coverage:.0%} is above {limits.coverage_threshold:.0%}"
    elif focused >= full:
        over = "focusing cannot pay here"
    else:
        return Choice("focused", f"focused replay is cheaper: {costs}")
    return Choice("full", f"replaying in full: {over}; {costs}")


def _time(nanoseconds: float) -> str:
    if nanoseconds < 1e9:
        return f"{nanoseconds / 1e6:,.2f} ms"
    return f"{nanoseconds / 1e9:,.1f} s"

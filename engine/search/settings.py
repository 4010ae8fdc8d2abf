"""How a sweep is asked for: what is no setting of the strategy."""

from dataclasses import dataclass
from typing import Literal

Scenario = Literal["A", "B", "C"]
SCENARIOS: tuple[Scenario, ...] = ("A", "B", "C")


@dataclass(frozen=True)
class Score:
    """The net profit factor, times `thin_factor` for a point with too few trades."""

    min_trades: int = 300
    thin_factor: float = 0.25

"""Stateless gates: rules on bar i alone that shut one or both sides.

A gate never opens what another has shut. The code of a bar is that of the gate, in catalogue order,
which shut the last side.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from pydantic import create_model, model_validator

from engine.bars.local_time import local_hour_and_weekday
from engine.bars.series import Bars
from engine.features.columns import Columns
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.kernel import Codes
from engine.settings import Section, parameter

OPEN = 0  # the code of a side that no gate has shut
BOTH = LONG_BIT | SHORT_BIT

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class SessionGate(Section):
    """Entries only in these local hours (of `data.tz`) and weekdays, judged at the bar's close."""

    from_hour: int = parameter(0, "first hour of the session", unit="hour", ge=0, le=23)
    to_hour: int = parameter(24, "the session ends before this hour", unit="hour", ge=1, le=24)
    weekdays: tuple[Weekday, ...] = parameter(WEEKDAYS, "days of the session")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.from_hour >= self.to_hour:
            raise ValueError(
                f"session from_hour {self.from_hour} must be below to_hour {self.to_hour}"
            )
        if not self.weekdays:
            raise ValueError("session weekdays is empty: no bar could enter; leave the gate out")
        return self


class AtrPercentileGate(Section):
    """Entries only while `floor <= atr_rank_100 <= cap`."""

    floor: float = parameter(0.0, "quieter than this: no entry", unit="share", ge=0, le=1)
    cap: float = parameter(1.0, "wilder than this: no entry", unit="share", ge=0, le=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.floor >= self.cap:
            raise ValueError(f"atr_percentile floor {self.floor} must be below cap {self.cap}")
        return self


@dataclass(frozen=True)
class GateInput:
    """What a gate may look at: the bars, the columns it named, and the first row after warm-up."""

    bars: Bars
    columns: Columns
    warmup: int
    tz: str


@dataclass(frozen=True)
class Gate:
    """`shut(input, settings)` gives uint8[n], the bits of the sides it shuts; `code` is its name in
    the decision log and never changes.
    """

    code: int
    name: str
    columns: tuple[str, ...]
    settings: type[Section] | None  # None: not an option, always there
    shut: Callable[[GateInput, Any], Codes]


def _warmup(given: GateInput, _: None) -> Codes:
    shut = np.zeros(given.bars.size, dtype=np.uint8)
    shut[: given.warmup] = BOTH
    return shut


def _session(given: GateInput, settings: SessionGate) -> Codes:
    hour, weekday = local_hour_and_weekday(given.bars.close_time, given.tz)
    days = np.array([day in settings.weekdays for day in WEEKDAYS])
    inside = (settings.from_hour <= hour) & (hour < settings.to_hour) & days[weekday]
    return _both_unless(inside)


def _atr_percentile(given: GateInput, settings: AtrPercentileGate) -> Codes:
    rank = given.columns["atr_rank_100"]
    return _both_unless((settings.floor <= rank) & (rank <= settings.cap))


def _both_unless(inside: np.ndarray[Any, np.dtype[np.bool_]]) -> Codes:
    return (~inside).view(np.uint8) * np.uint8(BOTH)


GATES: tuple[Gate, ...] = (
    Gate(1, "warmup", (), None, _warmup),
    Gate(2, "session", (), SessionGate, _session),
    Gate(3, "atr_percentile", ("atr_rank_100",), AtrPercentileGate, _atr_percentile),
)
# Not a rule of the strategy: set by a focused run of the lossy `sentinel` policy.
OUTSIDE_WINDOW = 31

_optional: dict[str, Any] = {
    gate.name: (gate.settings | None, None) for gate in GATES if gate.settings is not None
}
GateSettings: type[Section] = create_model("GateSettings", __base__=Section, **_optional)


def active_gates(settings: Section) -> list[Gate]:
    """The gates of this run, in catalogue order."""
    return [
        gate for gate in GATES if gate.settings is None or getattr(settings, gate.name) is not None
    ]


def gate_codes(given: GateInput, settings: Section) -> tuple[Codes, Codes]:
    """uint8[n] per side, long and short: OPEN, or the code of the first gate that shuts it."""
    sides = (np.zeros(given.bars.size, dtype=np.uint8), np.zeros(given.bars.size, dtype=np.uint8))
    for gate in active_gates(settings):
        shut = gate.shut(given, getattr(settings, gate.name, None))
        for codes, bit in zip(sides, (LONG_BIT, SHORT_BIT), strict=True):
            codes[((shut & bit) != 0) & (codes == OPEN)] = gate.code
    return sides

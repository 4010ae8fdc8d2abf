"""Stateless gates: rules on bar i alone that shut one or both sides.

A gate never opens what another has shut. The code of a bar is that of the gate, in catalogue order,
which shut the last side.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np
from pydantic import model_validator

from engine.bars.local_time import local_hour_and_weekday
from engine.bars.series import Bars
from engine.features.columns import Columns
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.kernel import Codes, Ints, frozen, kernel
from engine.prescreen.sentinels import Sentinel, fired_bits
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


class EntrySettings(Section):
    """Which entries the strategy allows at all."""

    sides: Literal["both", "long", "short"] = parameter("both", "sides that may be entered")
    require_sentinel_within_bars: int | None = parameter(
        None, "an entry needs a sentinel event in this many bars, its own included; null: no",
        unit="bars", ge=1, le=100_000,
    )  # fmt: skip


class GatedSettings(Protocol):
    """The part of the settings that gates read."""

    @property
    def gates(self) -> Any: ...
    @property
    def entries(self) -> EntrySettings: ...
    @property
    def macro(self) -> Any: ...


@dataclass(frozen=True)
class GateInput:
    """What a gate may look at: the bars, the columns it named, the first row after warm-up, the
    zone of local hours, the macro veto (uint8[n], bits of the sides it shuts), and which of the
    selected sentinels fired.
    """

    bars: Bars
    columns: Columns
    warmup: int
    tz: str
    macro: Codes
    sentinels: Sequence[Sentinel]

    @cached_property
    def fired(self) -> Ints:
        """int64[n]: bit k is set where sentinel k fired."""
        return fired_bits(self.bars, self.columns, self.sentinels)


@dataclass(frozen=True)
class Gate:
    """`shut(input, option)` gives uint8[n], the bits of the sides it shuts; `code` is its name in
    the decision log and never changes. `option(settings)` is what it reads, None when it is off.
    """

    code: int
    name: str
    columns: tuple[str, ...]
    option: Callable[[GatedSettings], Any]
    shut: Callable[[GateInput, Any], Codes]


def _warmup(given: GateInput, _: bool) -> Codes:
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


def _macro(given: GateInput, _: object) -> Codes:
    return given.macro


def _sides(given: GateInput, only: str) -> Codes:
    return np.full(given.bars.size, SHORT_BIT if only == "long" else LONG_BIT, dtype=np.uint8)


def _sentinel(given: GateInput, within: int) -> Codes:
    rows = np.arange(given.bars.size)
    latest = np.maximum.accumulate(np.where(given.fired != 0, rows, -within))
    return _both_unless(rows - latest < within)


def _both_unless(inside: np.ndarray[Any, np.dtype[np.bool_]]) -> Codes:
    return (~inside).view(np.uint8) * np.uint8(BOTH)


GATES: tuple[Gate, ...] = (
    Gate(1, "warmup", (), lambda settings: True, _warmup),
    Gate(2, "session", (), lambda settings: settings.gates.session, _session),
    Gate(
        3,
        "atr_percentile",
        ("atr_rank_100",),
        lambda settings: settings.gates.atr_percentile,
        _atr_percentile,
    ),
    Gate(4, "macro", (), lambda settings: settings.macro.vetoes or None, _macro),
    Gate(
        5,
        "entry_sides",
        (),
        lambda settings: None if settings.entries.sides == "both" else settings.entries.sides,
        _sides,
    ),
    Gate(
        6,
        "no_sentinel",
        (),
        lambda settings: settings.entries.require_sentinel_within_bars,
        _sentinel,
    ),
)
# Not a rule of the strategy: set by a focused run of the lossy `sentinel` policy.
OUTSIDE_WINDOW = 31


class GateSettings(Section):
    """Gates that are off unless they are configured."""

    catalogue: ClassVar[tuple[Gate, ...]] = GATES

    session: SessionGate | None = None
    atr_percentile: AtrPercentileGate | None = None


def active_gates(settings: GatedSettings) -> list[tuple[Gate, Any]]:
    """The gates of this run with what they read, in catalogue order."""
    options = [(gate, gate.option(settings)) for gate in settings.gates.catalogue]
    return [(gate, option) for gate, option in options if option is not None]


def gate_codes(given: GateInput, settings: GatedSettings) -> tuple[Codes, Codes]:
    """uint8[n] per side, long and short: OPEN, or the code of the first gate that shuts it."""
    sides = (np.zeros(given.bars.size, dtype=np.uint8), np.zeros(given.bars.size, dtype=np.uint8))
    for gate, option in active_gates(settings):
        shut_sides(frozen(gate.shut(given, option)), gate.code, *sides)
    return sides


@kernel
def shut_sides(shut: Codes, code: int, long: Codes, short: Codes) -> None:
    """Write the code where a side is still open and this gate shuts it."""
    for i in range(shut.size):
        if shut[i] & LONG_BIT and long[i] == OPEN:
            long[i] = code
        if shut[i] & SHORT_BIT and short[i] == OPEN:
            short[i] = code

"""The macro veto: series that shut a side, with hysteresis, from the moment they are published.

The switch of a rule is thrown by the series, value after value, never by the bars: which bars exist
changes nothing about it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator, model_validator

from engine.bars.macro import Macro, MacroSeries, blocked, visible_values
from engine.bars.macro_reader import read_macro
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.kernel import Codes, Floats, Ints
from engine.names import wrong_name
from engine.prescreen.macro_tilt import MacroTilt, tilt_column
from engine.settings import Section, parameter

MOST = 1e15  # of a value of a series
BITS = {"long": LONG_BIT, "short": SHORT_BIT, "both": LONG_BIT | SHORT_BIT}


class MacroRule(Section):
    """One veto: on once the value is beyond `on`, off once it is back at `off`."""

    series: str = parameter(..., "name of a series of macro.series")
    minus: str | None = parameter(None, "a second series, subtracted; null: none")
    side: Literal["long", "short", "both"] = parameter("both", "sides that it shuts")
    on: float = parameter(
        ..., "the veto begins beyond this value", unit="the series' own", ge=-MOST, le=MOST
    )
    off: float = parameter(..., "and ends at this value", unit="the series' own", ge=-MOST, le=MOST)
    exits: bool = parameter(False, "also leave an open position of the side")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.on == self.off:
            raise ValueError(f"on and off are both {self.on}: a veto needs a way back")
        return self


class MacroSettings(Section):
    series: dict[str, MacroSeries] = Field(
        {}, description="macro series by name", json_schema_extra={"scope": "screen"}
    )
    vetoes: tuple[MacroRule, ...] = parameter((), "rules that shut a side")
    tilts: tuple[MacroTilt, ...] = parameter((), "votes of the domain macro")

    @field_validator("series")
    @classmethod
    def _check_names(cls, series: dict[str, MacroSeries]) -> dict[str, MacroSeries]:
        for name in series:
            wrong = wrong_name(name, "VIX")
            if wrong:
                raise ValueError(f"macro.series {name!r}: {wrong}")
        return series

    @model_validator(mode="after")
    def _check(self) -> Self:
        named = [name for rule in self.vetoes for name in (rule.series, rule.minus)]
        named += [tilt.series for tilt in self.tilts]
        for name in named:
            if name is not None and name not in self.series:
                known = ", ".join(self.series) or "none"
                raise ValueError(f"unknown series {name!r}; macro.series has {known}")
        return self


@dataclass(frozen=True)
class MacroContext:
    """What the series of a configuration say about each bar.

    shut, leave: uint8[n], bits of the sides that may not be entered, or held. tilt: float64[n] in
    (−1, 1), what the domain macro reads. fingerprint: of all
    values and publications, empty without series. notes: what was read.
    """

    shut: Codes
    leave: Codes
    tilt: Floats
    fingerprint: str
    notes: tuple[str, ...]


def macro_context(settings: MacroSettings, close_time: Ints) -> MacroContext:
    """Read the series and apply the rules at each close_time, int64[n] ns UTC.

    Raises DataError for a file that cannot be used, or where a value is missing that must not be.
    """
    read = {name: read_macro(series) for name, series in settings.series.items()}
    macros = {name: macro for name, (macro, _) in read.items()}
    shut = np.zeros(close_time.size, dtype=np.uint8)
    leave = np.zeros(close_time.size, dtype=np.uint8)
    for rule in settings.vetoes:
        bits = np.uint8(BITS[rule.side])
        on = rule_on(rule, macros, close_time)
        shut |= on.view(np.uint8) * bits
        if rule.exits:
            leave |= on.view(np.uint8) * bits
        shut |= unknown(rule, macros, settings, close_time).view(np.uint8) * bits
    notes = tuple(note for name, (_, said) in read.items() for note in said)
    tilt = tilt_column(settings.tilts, settings.series, macros, close_time)
    return MacroContext(shut, leave, tilt, fingerprint_of(macros.values()), notes)


def rule_on(
    rule: MacroRule, macros: Mapping[str, Macro], close_time: Ints
) -> npt.NDArray[np.bool_]:
    """bool[n]: whether the rule's veto is on at each bar.

    In order of publication, of either series: a revision of an old date must not reach back to
    bars before it.
    """
    read = [macros[name] for name in (rule.series, rule.minus) if name is not None]
    moments = np.unique(np.concatenate([macro.published for macro in read]))
    value = newest(read[0], moments)
    if rule.minus is not None:
        value = value - newest(read[1], moments)
    switch = np.append(hysteresis(value, rule.on, rule.off), False)
    known = np.searchsorted(moments, close_time, side="right")
    on: npt.NDArray[np.bool_] = switch[known - 1]
    return on


def newest(macro: Macro, moments: Ints) -> Floats:
    """float64[m]: the value of the newest date that is published at each moment; NaN before any."""
    row = visible_values(macro, moments, 1).row
    value: Floats = np.where(row >= 0, macro.value[row], np.nan)
    return value


def hysteresis(value: Floats, on: float, off: float) -> npt.NDArray[np.bool_]:
    """bool[m]: true from a value beyond `on` to the first that is back at `off`; NaN keeps it.

    on > off: on above; on < off: on below.
    """
    direction = 1.0 if on > off else -1.0
    switch = np.zeros(value.size, dtype=bool)
    state = False
    for k, each in enumerate((direction * value).tolist()):
        if each > direction * on:
            state = True
        elif each <= direction * off:
            state = False
        switch[k] = state
    return switch


def unknown(
    rule: MacroRule, macros: dict[str, Macro], settings: MacroSettings, close_time: Ints
) -> npt.NDArray[np.bool_]:
    """bool[n]: bars at which a missing or stale value shuts the rule's sides."""
    found = np.zeros(close_time.size, dtype=bool)
    for name in (rule.series, rule.minus):
        if name is not None:
            series, macro = settings.series[name], macros[name]
            seen = visible_values(macro, close_time, series.stale_after_periods)
            found |= blocked(macro, seen, close_time, series.missing)
    return found


def fingerprint_of(macros: Iterable[Macro]) -> str:
    """sha256 over every value and its publication; empty without series."""
    parts = list(macros)
    digest = hashlib.sha256()
    for macro in parts:
        digest.update(macro.published.tobytes() + macro.value.tobytes())
    return digest.hexdigest() if parts else ""

"""What each gate saw at one bar: what it measured, its limits, and in words what follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.bars.local_time import local_hour_and_weekday
from engine.bars.macro_reader import read_macro
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.prescreen.gates import WEEKDAYS, AtrPercentileGate, GateInput, SessionGate
from engine.prescreen.macro_veto import MacroRule, newest, rule_on, unknown
from engine.prescreen.rows import Rows
from engine.prescreen.settings import ScreenSettings
from engine.review.explain.wording import brief, plain

Said = tuple[dict[str, Any], dict[str, Any], str]  # measured, limits, words


@dataclass(frozen=True)
class GateReading:
    """long, short: `open`, `shut`, or `off` for a gate that the configuration leaves out."""

    gate: str
    long: str
    short: str
    measured: dict[str, Any]
    limits: dict[str, Any]
    words: str


@dataclass(frozen=True)
class _Bar:
    given: GateInput
    settings: ScreenSettings
    row: int


def gate_readings(rows: Rows, settings: ScreenSettings, bar: int) -> list[GateReading]:
    """Every gate of the catalogue at one bar, in catalogue order."""
    given, found = rows.given, []
    for gate in settings.gates.catalogue:
        option = gate.option(settings)
        if option is None:
            found.append(GateReading(gate.name, "off", "off", {}, {}, "not configured"))
            continue
        bits = int(gate.shut(given, option)[bar])
        said = READERS.get(gate.name, _own)(_Bar(given, settings, bar), option)
        long, short = ("shut" if bits & bit else "open" for bit in (LONG_BIT, SHORT_BIT))
        found.append(GateReading(gate.name, long, short, *said))
    return found


def _own(at: _Bar, option: Any) -> Said:
    """A gate of a plug-in says no more than that it shuts."""
    return {}, {}, "a gate of a plug-in"


def _warmup(at: _Bar, _: Any) -> Said:
    first = at.given.warmup
    sign = "<" if at.row < first else ">="
    words = f"bar {at.row:,} {sign} first tradable bar {first:,}"
    return {"bar": at.row}, {"first_tradable_bar": first}, words


def _session(at: _Bar, session: SessionGate) -> Said:
    close = at.given.bars.close_time[at.row : at.row + 1]
    hours, weekdays = local_hour_and_weekday(close, at.given.tz)
    hour, day = int(hours[0]), WEEKDAYS[int(weekdays[0])]
    days = ",".join(session.weekdays)
    in_hours = session.from_hour <= hour < session.to_hour
    words = (
        f"hour {hour} {'in' if in_hours else 'not in'} [{session.from_hour}, {session.to_hour}), "
        f"{day} {'in' if day in session.weekdays else 'not in'} {days} ({at.given.tz})"
    )
    return {"hour": hour, "weekday": day}, session.model_dump(mode="json"), words


def _atr_percentile(at: _Bar, gate: AtrPercentileGate) -> Said:
    rank = float(at.given.columns["atr_rank_100"][at.row])
    words = f"floor {brief(gate.floor)} <= atr_rank_100 {brief(rank)} <= cap {brief(gate.cap)}"
    if rank < gate.floor:
        words = f"atr_rank_100 {brief(rank)} < floor {brief(gate.floor)}"
    elif rank > gate.cap:
        words = f"atr_rank_100 {brief(rank)} > cap {brief(gate.cap)}"
    elif rank != rank:
        words = "atr_rank_100 is unknown"
    return {"atr_rank_100": plain(rank)}, gate.model_dump(mode="json"), words


def _macro(at: _Bar, vetoes: tuple[MacroRule, ...]) -> Said:
    settings = at.settings.macro
    macros = {name: read_macro(series)[0] for name, series in settings.series.items()}
    close = at.given.bars.close_time[at.row : at.row + 1]
    measured: dict[str, Any] = {}
    said = []
    for rule in vetoes:
        name = rule.series if rule.minus is None else f"{rule.series} - {rule.minus}"
        value = float(newest(macros[rule.series], close)[0])
        value -= 0.0 if rule.minus is None else float(newest(macros[rule.minus], close)[0])
        state = "on" if rule_on(rule, macros, close)[0] else "off"
        if unknown(rule, macros, settings, close)[0]:
            state = "missing or stale"
        measured[name] = {"value": plain(value), "veto": state}
        said.append(f"{name} {brief(value)}, veto of {rule.side} {state}")
    limits = {"vetoes": [rule.model_dump(mode="json") for rule in vetoes]}
    return measured, limits, "; ".join(said)


def _entry_sides(at: _Bar, only: str) -> Said:
    return {}, {"sides": only}, f"entries.sides is {only}"


def _sentinel(at: _Bar, within: int) -> Said:
    events = np.flatnonzero(at.given.fired[: at.row + 1])
    limits = {"require_sentinel_within_bars": within}
    if events.size == 0:
        return {"bars_since_event": None}, limits, "no sentinel has fired yet"
    since = at.row - int(events[-1])
    sign = "<" if since < within else ">="
    words = f"last sentinel event {since:,} bars ago {sign} {within:,}"
    return {"bars_since_event": since}, limits, words


READERS: Mapping[str, Callable[[_Bar, Any], Said]] = {
    "warmup": _warmup,
    "session": _session,
    "atr_percentile": _atr_percentile,
    "macro": _macro,
    "entry_sides": _entry_sides,
    "no_sentinel": _sentinel,
}

"""One source as bars in time order, not yet held to the rules of bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.bars.checks import most_common_step
from engine.bars.columns import find_columns, naming_option
from engine.bars.rounding import rounded
from engine.bars.series import Bars
from engine.bars.sources import answers as open_questions
from engine.bars.sources.answers import Answers
from engine.bars.sources.clock import Stamps, local_days, read_stamps, to_utc
from engine.bars.sources.containers import open_source
from engine.bars.sources.declared import Declared
from engine.bars.sources.format import OHLC, Format, Label
from engine.bars.sources.numbers import odd_dots, read_numbers
from engine.bars.sources.raw import RawTable
from engine.bars.sources.shape import recognise, refuse_cut, shaped
from engine.bars.sources.timeframes import named_timeframe
from engine.bars.timeframe import SECOND, nanoseconds
from engine.errors import DataError
from engine.kernel import Floats, Ints

_MINUTE = 60 * SECOND
_SHOWN = 8  # names of columns in a sentence


@dataclass(frozen=True)
class Loaded:
    """A source's bars, oldest first, with its own stamps in UTC (a close label is not yet moved).

    bars.timeframe: `option`, else what was found. option, named, found: the timeframe that the user
    said, that the file's name says, that the steps say (0: none), in ns. closes: the source's own
    close times, int64[n] ns UTC, if it has them. reversed: the source was newest first. notes: how
    it was read, a sentence each. dots: what is odd about the dots of its prices, "" for nothing.
    assumed: options that would say what was assumed.
    """

    bars: Bars
    form: Format
    where: str
    label: Label
    option: int | None
    named: int | None
    found: int
    closes: Ints | None
    has_volume_column: bool
    notes: tuple[str, ...]
    reversed: bool = False
    dots: str = ""
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Clock:
    """Where a source's stamps stand: the zone they are read in, and the rows in time order."""

    zone: str
    order: slice
    where: str

    def utc(self, stamps: Stamps) -> tuple[Ints, list[str]]:
        times = stamps.times[self.order]
        if stamps.placed or self.zone == "UTC":
            return times, []
        placed, said = to_utc(times, self.zone, self.where)
        return placed, [said]


def load(path: Path, declared: Declared) -> Loaded:
    """Read one source. Raises DataError, one line, for what cannot be read or must be asked for."""
    option = None if declared.timeframe is None else nanoseconds(declared.timeframe)
    raw = open_source(path, declared)
    form, said = recognise(raw, declared)
    table = shaped(raw, form, declared)
    if table.size == 0:
        raise DataError(f"{raw.where}: no rows; expected at least one bar")
    loaded = _read(table, Answers(form, declared, raw.where), option)
    notes = (said, *table.notes, *loaded.notes, *([form.note] if form.note else []))
    return replace(loaded, notes=notes)


def _read(table: RawTable, answers: Answers, option: int | None) -> Loaded:
    form, where = answers.form, table.where
    side = open_questions.side(answers)
    table = replace(table, names=tuple(name.removeprefix(side) for name in table.names))
    roles = find_columns(list(table.names), where, say_option)
    refuse_cut(table, form, answers.declared)
    unused = _unused(table, roles)
    stamps = _stamps(table, roles.pop("stamp"), answers)
    values, marked = read_numbers(table, roles, answers.declared)
    label, clock = _settle(table, answers, stamps, values)
    times, placed = clock.utc(stamps)
    bars, mended = rounded(_bars(times, values, clock, table.file_name))
    return Loaded(
        bars=replace(bars, timeframe=option or bars.timeframe),
        form=form,
        where=clock.where,
        label=label,
        option=option,
        named=named_timeframe(table.file_name, form),
        found=most_common_step(times),
        closes=_closes(table, answers, clock),
        has_volume_column="volume" in values,
        notes=(
            stamps.said.removesuffix(", taken as UTC"),
            *answers.notes,
            *placed,
            *_order_note(clock),
            *marked,
            *mended,
            *unused,
        ),
        reversed=clock.order.step == -1,
        dots=odd_dots(table, roles, answers.declared),
        assumed=tuple(answers.assumed),
    )


def say_option(role: str, names: Sequence[str]) -> str:
    """What to say of a column that is missing."""
    return f"; say which it is, as in {naming_option(role, names)}"


def _unused(table: RawTable, roles: Mapping[str, str]) -> list[str]:
    """A sentence that names the columns which are not read, for a table that had a header line."""
    used = {*roles.values(), *([table.find("close_time")] if table.find("open_time") else [])}
    left = [*table.unused, *(name for name in table.names if name not in used)]
    if not left or not table.has_header:
        return []
    shown = ", ".join(" ".join(name.split()) or "(no name)" for name in left[:_SHOWN])
    more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
    return [f"columns not used: {shown}{more}"]


def _stamps(table: RawTable, name: str, answers: Answers) -> Stamps:
    column, declared = table.column(name), answers.declared
    stamps = read_stamps(column, answers.form, declared.date_format, table.file_name, table.where)
    return local_days(replace(stamps, column=name), column, declared.tz)


def _settle(
    table: RawTable, answers: Answers, stamps: Stamps, values: dict[str, Floats]
) -> tuple[Label, _Clock]:
    """Everything open answered, prices scaled in place, or one line that asks."""
    _refuse_other_series(values, table.where)
    sessions = open_questions.are_sessions(stamps)
    label = open_questions.label(answers, stamps.column, sessions)
    zone = open_questions.zone(answers, stamps, sessions)
    scale = open_questions.scale(answers, [values[name] for name in OHLC])
    answers.refuse_open()
    for name in OHLC:
        values[name] = values[name] / scale
    if not _is_newest_first(stamps.times):
        return label, _Clock(zone, slice(None), table.where)
    where = f"{table.where} (newest first, rows counted from the oldest)"
    return label, _Clock(zone, slice(None, None, -1), where)


def _is_newest_first(times: Ints) -> bool:
    """Whether most steps go back: rows out of place, and a clock that goes back, are a few."""
    return bool(times.size > 1 and np.mean(np.diff(times) < 0) > 0.5 and times[-1] < times[0])


def _refuse_other_series(values: dict[str, Floats], where: str) -> None:
    if not any(np.any(values[name]) for name in ("high", "low", "close")):
        raise DataError(
            f"{where}: high, low and close are 0 on every row, so this is another series in the "
            "column open (funding rates?), not bars; expected prices in all four"
        )


def _bars(times: Ints, values: dict[str, Floats], clock: _Clock, source: str) -> Bars:
    # Bars freezes its arrays: copies, so that each is contiguous and its own.
    columns = {name: np.ascontiguousarray(values[name][clock.order]) for name in values}
    volume = columns.pop("volume", np.zeros(times.size))
    return Bars(
        asset="",
        timeframe=most_common_step(times) or _MINUTE,
        source=source,
        has_volume=bool(np.any(volume != 0)),
        open_time=np.ascontiguousarray(times),
        volume=volume + 0.0,  # -0.0 would change the fingerprint and nothing else
        **columns,
    )


def _closes(table: RawTable, answers: Answers, clock: _Clock) -> Ints | None:
    name = table.find("close_time")
    if name is None or table.find("open_time") is None:
        return None
    stamps = read_stamps(
        table.column(name), answers.form, None, table.file_name, f"{table.where}: column {name}"
    )
    return clock.utc(stamps)[0]


def _order_note(clock: _Clock) -> list[str]:
    return ["newest row first: reversed"] if clock.order.step == -1 else []

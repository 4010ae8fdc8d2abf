"""A file of dates and values as a macro series."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.bars.columns import read_floats
from engine.bars.dates import DAY, iso
from engine.bars.macro import Macro, MacroSeries
from engine.bars.sources.clock import Stamps, read_stamps
from engine.bars.sources.containers import open_source
from engine.bars.sources.declared import Declared
from engine.bars.sources.format import Format
from engine.bars.sources.raw import RawTable
from engine.bars.stamps import decoded
from engine.bars.timeframe import SECOND, timeframe_name
from engine.errors import DataError
from engine.kernel import Floats, Ints

_HOUR = 3_600 * SECOND
_DATES = ("date", "timestamp", "datetime", "time", "observation_date", "index")
_VALUES = ("value", "close")
_BLANKS = ("", ".", "nan", "null", "none", "na", "n/a", "-")
_ORDERS = ("%m/%d/%Y", "%d/%m/%Y")
_LONG = 4 * DAY  # above it, as for a weekly or monthly series, no lag is the default
_PLAIN = Format(name="macro", title="macro series", head="")


@dataclass(frozen=True)
class _Rows:
    """The rows that have a value, as they stand in the file."""

    where: str
    date: Ints
    published: Ints
    value: Floats


def read_macro(series: MacroSeries) -> tuple[Macro, list[str]]:
    """The values of a file, and sentences that say how it was read.

    Newest-first rows are reversed; blank values are dropped and counted. Raises DataError, one
    line, for what is missing, unreadable, ambiguous, out of order or twice.
    """
    table = open_source(Path(series.path), Declared())
    if not table.has_names or table.size == 0:
        raise DataError(f"{table.where}: expected a header line, and rows of date and value")
    date_name, value_name = _date_column(table), _value_column(table, series)
    kept, blanks = _present(table.column(value_name), table.where)
    value = read_floats(table.column(value_name).filter(kept), value_name, table.where)
    date, date_said = _dates(table.column(date_name).filter(kept), series, table.where)
    published, lag_said = _published(table, series, kept, date)
    rows = _Rows(table.where, date, published, value)
    newest_first = bool(date.size > 1 and np.all(np.diff(date) < 0))
    macro = _macro(rows, series, newest_first)
    notes = [
        f"{value.size:,} values in {series.unit} from {table.where}, column {value_name}",
        f"{iso(int(macro.date[0]))[:10]} … {iso(int(macro.date[-1]))[:10]}, {date_said}",
        f"period {timeframe_name(macro.period)}; {lag_said}",
        *(["newest row first: reversed"] if newest_first else []),
        *([f"{blanks:,} blank value{'' if blanks == 1 else 's'} dropped"] if blanks else []),
    ]
    return macro, notes


def _date_column(table: RawTable) -> str:
    found = next((name for name in map(table.find, _DATES) if name is not None), None)
    if found is None:
        raise DataError(
            f"{table.where}: no date column; expected date or timestamp; found "
            f"{', '.join(table.names[:12])}"
        )
    return found


def _value_column(table: RawTable, series: MacroSeries) -> str:
    others = [
        name for name in table.names if name not in (_date_column(table), series.publication_column)
    ]
    if series.value_column is not None:
        if series.value_column not in others:
            raise DataError(
                f"{table.where}: no column {series.value_column}; expected value_column to be one "
                f"of {', '.join(others)}"
            )
        return series.value_column
    usual = next((name for name in map(table.find, _VALUES) if name in others), None)
    if usual is None and len(others) != 1:
        raise DataError(
            f"{table.where}: several columns may be the value; say value_column, one of "
            f"{', '.join(others) or 'none'}"
        )
    return usual or others[0]


def _present(column: Any, where: str) -> tuple[Any, int]:
    """Which rows have a value, and how many have none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = decoded(column)
    if pa.types.is_string(values.type):
        blank = pc.fill_null(pc.is_in(pc.utf8_lower(values), pa.array(_BLANKS)), True)
    else:
        blank = pc.is_null(values, nan_is_null=True)
    blanks = pc.sum(blank).as_py() or 0
    if blanks == len(values):
        raise DataError(f"{where}: every value is blank; expected at least one")
    return pc.invert(blank), blanks


def _dates(column: Any, series: MacroSeries, where: str) -> tuple[Ints, str]:
    stamps, said = _parsed(column, series, where)
    wrong = stamps.times % DAY != 0
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"{where}: row {row + 1}: {column[row]} is no date; expected a day, as in 2026-08-21"
        )
    return stamps.times, said


def _parsed(column: Any, series: MacroSeries, where: str) -> tuple[Stamps, str]:
    if series.date_format is not None:
        return read_stamps(column, _PLAIN, series.date_format, "", where), series.date_format
    if "/" not in str(column[0]):
        return read_stamps(column, _PLAIN, None, "", where), "ISO dates"
    read = {order: stamps for order in _ORDERS if (stamps := _fitting(column, order)) is not None}
    if len(read) == 2:
        raise DataError(
            f"{where}: {column[0]} may be month/day or day/month; say date_format, "
            f"{_ORDERS[0]} or {_ORDERS[1]}"
        )
    for order, stamps in read.items():
        return stamps, f"{order} (no other order fits every row)"
    return read_stamps(column, _PLAIN, _ORDERS[0], "", where), _ORDERS[0]


def _fitting(column: Any, order: str) -> Stamps | None:
    try:
        return read_stamps(column, _PLAIN, order, "", "")
    except DataError:
        return None


def _published(table: RawTable, series: MacroSeries, kept: Any, date: Ints) -> tuple[Ints, str]:
    """From when each value is visible, and a sentence that says so."""
    name = series.publication_column
    if name is None:
        lag = _lag_hours(series, date, table.where)
        return date + DAY + round(lag * _HOUR), f"visible {lag:g} h after the end of its UTC day"
    if series.publication_lag_hours is not None:
        raise DataError(
            f"{table.where}: publication_column and publication_lag_hours; expected one"
        )
    if name not in table.names:
        raise DataError(
            f"{table.where}: no column {name}; expected publication_column to be one of "
            f"{', '.join(table.names)}"
        )
    stamps = read_stamps(
        table.column(name).filter(kept), _PLAIN, None, "", f"{table.where}: {name}"
    )
    if stamps.placed:
        return stamps.times, f"visible from its stamp in {name}"
    if np.any(stamps.times % DAY):
        raise DataError(
            f"{table.where}: {name} has hours and no UTC offset; expected both, or dates"
        )
    return stamps.times + DAY, f"visible from the end of its UTC day in {name}"


def _lag_hours(series: MacroSeries, date: Ints, where: str) -> float:
    if series.publication_lag_hours is not None:
        return series.publication_lag_hours
    period = _period(date)
    if period > _LONG:
        raise DataError(
            f"{where}: a value every {timeframe_name(period)} is published later than its date; "
            "say publication_lag_hours or publication_column"
        )
    return 0.0


def _period(date: Ints) -> int:
    steps = np.abs(np.diff(np.unique(date)))
    return int(np.median(steps)) if steps.size else DAY


def _macro(rows: _Rows, series: MacroSeries, newest_first: bool) -> Macro:
    order = np.lexsort((rows.published, rows.date))
    _refuse_wrong(rows, series, newest_first)
    return Macro(
        source=rows.where,
        unit=series.unit,
        date=rows.date[order],
        published=rows.published[order],
        value=rows.value[order],
        period=_period(rows.date),
    )


def _refuse_wrong(rows: _Rows, series: MacroSeries, newest_first: bool) -> None:
    """Raise DataError for the first row that is not finite, out of order, twice or too early."""
    steps = np.diff(rows.date, prepend=rows.date[0] + (DAY if newest_first else -DAY))
    pairs = np.stack([rows.date, rows.published])
    first_seen = np.unique(pairs, axis=1, return_index=True)[1]
    again = np.ones(rows.date.size, bool)
    again[first_seen] = False
    rules = [
        (~np.isfinite(rows.value), "is no finite value"),
        (again, "is there twice"),
        (rows.published < rows.date, "is published before its own day"),
    ]
    if series.publication_column is None and not newest_first:
        rules.append((steps < 0, "is out of order; expected oldest or newest row first"))
    for wrong, said in rules:
        if wrong.any():
            row = int(np.argmax(wrong))
            raise DataError(
                f"{rows.where}: value {row + 1} ({iso(int(rows.date[row]))[:10]}) {said}"
            )

"""Prices and volumes of a source: their marks taken away, blanks answered, read as float64."""

from collections.abc import Mapping

import numpy as np

from engine.bars.columns import read_floats
from engine.bars.marks import (
    Marks,
    grouping_dots,
    has_currency,
    has_units,
    marks_of,
    without_marks,
    without_units,
)
from engine.bars.sources.declared import Declared
from engine.bars.sources.format import OHLC
from engine.bars.sources.raw import RawTable
from engine.bars.stamps import is_text
from engine.errors import DataError, SettingsError
from engine.kernel import Floats

Values = dict[str, Floats]


def read_numbers(
    table: RawTable, roles: Mapping[str, str], declared: Declared
) -> tuple[Values, list[str]]:
    """float64[n] of each role, and sentences that say how numbers were read.

    Raises DataError for what is not a number, SettingsError for marks that no text has.
    """
    marks = marks_of(declared.decimal, declared.thousands)
    if marks.told and not any(is_text(table.column(name)) for name in roles.values()):
        raise SettingsError(
            f"--decimal, --thousands: the prices of {table.where} are numbers, not text; drop it"
        )
    values = {role: _floats(table, role, name, marks) for role, name in roles.items()}
    notes = _notes(table, roles, marks)
    if "volume" in values:
        notes += _answer_blanks(values, table.where, declared)
    return values, notes


def _floats(table: RawTable, role: str, name: str, marks: Marks) -> Floats:
    column = table.column(name)
    if role == "volume":
        column = without_units(column)
    return read_floats(without_marks(column, name, marks, table.where), name, table.where)


def _notes(table: RawTable, roles: Mapping[str, str], marks: Marks) -> list[str]:
    notes = [f"numbers: written as {marks.example}"] if marks.told else []
    if any(has_currency(table.column(name)) for name in roles.values()):
        notes.append("numbers: the currency before them left out")
    if "volume" in roles and has_units(table.column(roles["volume"])):
        notes.append("volumes: in K, M or B, so rounded by the exporter")
    return notes


def _answer_blanks(values: Values, where: str, declared: Declared) -> list[str]:
    """Blank volumes as the user says; changes `values`."""
    blank = np.isnan(values["volume"])
    count, answer = int(np.count_nonzero(blank)), declared.blank_volume
    if not count:
        return []
    rows = f"{count:,} row{'' if count == 1 else 's'}"
    if answer is None and not declared.assume:
        first = int(np.argmax(blank)) + 1
        raise DataError(
            f"{where}: volume is blank in {rows}, the first: row {first}; say --blank-volume zero "
            "where nothing was traded, --blank-volume none to read no volume at all"
        )
    if answer == "zero":
        values["volume"] = np.where(blank, 0.0, values["volume"])
        return [f"volume: blank in {rows}, read as 0 (as declared)"]
    if answer == "none":
        del values["volume"]
        return [f"volume: blank in {rows}, not read (as declared)"]
    return []


def odd_dots(table: RawTable, roles: Mapping[str, str], declared: Declared) -> str:
    """What is odd about the dots of prices in text, unless the user said what they are."""
    if declared.decimal is not None or declared.thousands is not None:
        return ""
    prices = {
        role: table.column(roles[role]) for role in OHLC if is_text(table.column(roles[role]))
    }
    return grouping_dots(prices)

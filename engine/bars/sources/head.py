"""How delimited text begins: its delimiter, a banner, the names of the columns, or none."""

import csv
import re
from dataclasses import dataclass, replace
from typing import NoReturn

from engine.bars.marks import looks_like_number
from engine.bars.sources.raw import shown
from engine.errors import DataError

_LEAST_NUMBERS = 4  # a row of data has at least four prices, a header line no number
LOOKED_AT = 4  # lines


@dataclass(frozen=True)
class Head:
    """The beginning of a text.

    names: of the columns, empty where the first line is a row of data. tickers: of the columns, in
    a table of yfinance, which has them in a line of their own. width: fields of a row. skipped: how
    many of the lines that are not blank stand above the data. lines: what formats are told by.
    """

    delimiter: str
    banner: str
    names: tuple[str, ...]
    width: int
    skipped: int
    lines: tuple[str, ...]
    tickers: tuple[str, ...] = ()


def head_of(lines: list[str], no_header: bool, where: str) -> Head:
    """The head of a text whose first lines, at most LOOKED_AT, are not blank.

    no_header: the first line is data, whatever it looks like. Raises DataError for a row that has
    another number of fields than the header line.
    """
    delimiter = _delimiter(lines)
    banner = len(lines) > 1 and delimiter not in lines[0] and lines[1].count(delimiter) >= 4
    fields = [_split(line, delimiter) for line in lines[banner:]]
    has_names = not (no_header or _is_data(fields[0]))
    known = 1 + has_names
    head = Head(
        delimiter=delimiter,
        banner=lines[0] if banner else "",
        names=tuple(fields[0]) if has_names else (),
        width=len(fields[0]),
        skipped=banner + has_names,
        lines=(*lines[:banner], *(",".join(each) for each in fields[:known])),
    )
    if has_names and _is_stacked(fields):
        return _stacked(head, fields)
    if has_names and len(fields) > 1 and len(fields[0]) != len(fields[1]):
        _refuse_header(fields, delimiter, where)
    return head


def _delimiter(lines: list[str]) -> str:
    """A comma stands in text that is apart by something else too, as the decimal mark."""
    rows = lines[-2:]
    for mark in "\t;":
        if min(row.count(mark) for row in rows) >= _LEAST_NUMBERS:
            return mark
    return max(",;\t", key=lines[-1].count)


def _split(line: str, delimiter: str) -> list[str]:
    return [field.strip() for field in next(csv.reader([line], delimiter=delimiter), [])]


def _is_data(fields: list[str]) -> bool:
    return sum(map(looks_like_number, fields)) >= _LEAST_NUMBERS


def _is_stacked(fields: list[list[str]]) -> bool:
    """Whether three lines are names: of prices, of tickers in either order, and of the stamps."""
    if len(fields) < 3 or len({len(each) for each in fields[:3]}) != 1:
        return False
    first = [each[0].lower() for each in fields[:3]]
    stamps = first[2] in ("date", "datetime") and not any(fields[2][1:])
    return stamps and sorted(first[:2]) == ["price", "ticker"]


def _stacked(head: Head, fields: list[list[str]]) -> Head:
    prices, tickers = sorted(fields[:2], key=lambda each: each[0].lower())
    return replace(
        head,
        names=(fields[2][0], *prices[1:]),
        tickers=tuple(tickers[1:]),
        skipped=head.skipped + 2,
        lines=tuple(",".join(each) for each in fields[:3]),
    )


def _refuse_header(fields: list[list[str]], delimiter: str, where: str) -> NoReturn:
    names, row = len(fields[0]), len(fields[1])
    first = shown(",".join(fields[1]))
    hint = ""
    if row == names + 1 and re.match(r"[\d./-]{8,10},\d\d:\d\d", first):
        hint = "; date and time are two fields: add the name Time after Date"
    elif delimiter == "," and row > names + 1:
        hint = "; where a comma is the decimal mark too, export with ; between the fields"
    raise DataError(
        f"{where}: the header line has {names} names, row 1 has {row} fields ({first}); "
        f"expected a name for each{hint}"
    )

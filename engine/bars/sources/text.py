"""Delimited text and JSON rows as tables of text."""

import csv
import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from engine.bars.sources.raw import RawTable, shown
from engine.errors import DataError

_NUMBER = re.compile(r"\s*[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
_LINE_END = re.compile(r"\r\n|\n|\r")  # Arrow's; splitlines() knows more
_HEAD_BYTES = 65_536
_LEAST_NUMBERS = 4  # a row of data has at least four prices, a header line no number


def read_delimited(data: bytes, where: str, file_name: str) -> RawTable:
    """Text of rows, with a header line or without, below at most one banner line.

    Raises DataError, one line.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    lines = _first_lines(data, where)
    delimiter = max(",;\t", key=lines[-1].count)
    banner = len(lines) > 1 and delimiter not in lines[0] and lines[1].count(delimiter) >= 4
    fields = [_split(line, delimiter) for line in lines[banner:]]
    has_names = sum(map(_is_number, fields[0])) < _LEAST_NUMBERS
    if has_names and len(fields) > 1 and len(fields[0]) != len(fields[1]):
        _refuse_header(fields, where)
    skipped = _skipped_lines(data, banner + has_names)
    columns = _parse(data, where, delimiter, len(fields[0]), skipped)
    return RawTable(
        where=where,
        file_name=file_name,
        kind="csv",
        names=tuple(fields[0]) if has_names else (),
        columns=columns,
        lines=tuple([*lines[:banner], *(",".join(each) for each in fields[: 1 + has_names])]),
        has_names=has_names,
        whole_end=data.endswith((b"\n", b"\r")),
        notes=_notes(lines[0] if banner else "", delimiter),
    )


def _first_lines(data: bytes, where: str) -> list[str]:
    if b"\x00" in data[:_HEAD_BYTES]:
        raise DataError(f"{where}: not UTF-8 text (it has zero bytes); save it as UTF-8 CSV")
    text = data[:_HEAD_BYTES].decode("utf-8", errors="replace")
    lines = [line for line in _LINE_END.split(text) if line.strip()][:3]
    if not lines:
        raise DataError(f"{where}: the file is empty; expected a header line and at least one bar")
    return lines


def _split(line: str, delimiter: str) -> list[str]:
    return [field.strip() for field in next(csv.reader([line], delimiter=delimiter), [])]


def _is_number(field: str) -> bool:
    return _NUMBER.fullmatch(field) is not None


def _refuse_header(fields: list[list[str]], where: str) -> NoReturn:
    names, row = len(fields[0]), len(fields[1])
    first = shown(",".join(fields[1]))
    hint = ""
    if row == names + 1 and re.match(r"[\d./-]{8,10},\d\d:\d\d", first):
        hint = "; date and time are two fields: add the name Time after Date"
    raise DataError(
        f"{where}: the header line has {names} names, row 1 has {row} fields ({first}); "
        f"expected a name for each{hint}"
    )


def _skipped_lines(data: bytes, wanted: int) -> int:
    """How many lines of the file make the first `wanted` that are not blank."""
    skipped = 0
    for line in _LINE_END.split(data[:_HEAD_BYTES].decode("utf-8", errors="replace")):
        if not wanted:
            break
        skipped, wanted = skipped + 1, wanted - bool(line.strip())
    return skipped


def _parse(data: bytes, where: str, delimiter: str, width: int, skipped: int) -> tuple[Any, ...]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = [f"column {i}" for i in range(width)]
    ragged: list[Any] = []

    def remember(row: Any) -> str:
        ragged.append(row)
        return "error"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            # One thread: only then does Arrow know the number of a bad row.
            arrow_csv.ReadOptions(use_threads=False, column_names=names, skip_rows=skipped),
            arrow_csv.ParseOptions(delimiter=delimiter, invalid_row_handler=remember),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowException as error:
        if ragged:
            _refuse_row(ragged[0], where, skipped)
        if "Empty CSV" in str(error):
            raise DataError(
                f"{where}: no rows below the header; expected at least one bar"
            ) from None
        said = shown(error, 160)
        raise DataError(f"{where}: not readable as UTF-8 CSV ({said})") from error
    return tuple(table.columns)


def _refuse_row(row: Any, where: str, skipped: int) -> NoReturn:
    number = f"row {row.number - skipped}" if row.number > 0 else "a row"
    raise DataError(
        f"{where}: {number} has {row.actual_columns} fields ({shown(row.text)}); "
        f"expected {row.expected_columns} as in the first line (is the file cut?)"
    )


def _notes(banner: str, delimiter: str) -> tuple[str, ...]:
    notes = [f"line 1 is a banner, skipped: {shown(banner)}"] if banner else []
    if delimiter != ",":
        notes.append(f"fields are apart by {'a tab' if delimiter == chr(9) else delimiter}")
    return tuple(notes)


def read_json(data: bytes, where: str, file_name: str) -> RawTable:
    """A JSON list of rows, each a list of numbers or text, as text; raises DataError."""
    import pyarrow as pa

    try:
        # Numbers stay the text they are: one rounding, later.
        rows = json.loads(data, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        said = shown(error, 120)
        raise DataError(f"{where}: not valid JSON ({said}); is the file cut?") from error
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], list):
        raise DataError(f"{where}: expected a JSON list of rows such as [[stamp, open, …], …]")
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        _refuse_json_row(row, number, width, where)
    columns = [
        pa.chunked_array([pa.array(list(each), pa.string())]) for each in zip(*rows, strict=True)
    ]
    first = ",".join("" if field is None else field for field in rows[0])
    return RawTable(where, file_name, "json", (), tuple(columns), (first,), has_names=False)


def _refuse_json_row(row: Sequence[Any], number: int, width: int, where: str) -> None:
    if not isinstance(row, list) or len(row) != width:
        raise DataError(f"{where}: row {number}: {shown(row)}; expected {width} fields as in row 1")
    if not all(field is None or isinstance(field, str) for field in row):
        raise DataError(f"{where}: row {number}: {shown(row)}; expected numbers or text")

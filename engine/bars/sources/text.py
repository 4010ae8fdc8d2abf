"""Delimited text and JSON rows as tables of text."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn

from engine.bars.sources.head import LOOKED_AT, head_of
from engine.bars.sources.raw import RawTable, shown
from engine.errors import DataError

_LINE_END = re.compile(r"\r\n|\n|\r")  # Arrow's; splitlines() knows more
_HEAD_BYTES = 65_536


def read_delimited(
    data: bytes, where: str, file_name: str, no_header: bool = False, ticker: str | None = None
) -> RawTable:
    """Text of rows, with a header line or without, below at most one banner line.

    no_header: the first line is data. ticker: the one to read of a table of several. Raises
    DataError, one line.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    head = head_of(_first_lines(data, where), no_header, where)
    columns = _parse(data, where, head.delimiter, head.width, _skipped_lines(data, head.skipped))
    table = RawTable(
        where=where,
        file_name=file_name,
        kind="csv",
        names=head.names,
        columns=columns,
        lines=head.lines,
        has_names=bool(head.names),
        whole_end=data.endswith((b"\n", b"\r")),
        notes=_notes(head.banner, head.delimiter),
    )
    return _of_ticker(table, head.tickers, ticker) if head.tickers else table


def _of_ticker(table: RawTable, tickers: Sequence[str], wanted: str | None) -> RawTable:
    """The columns of one ticker of a table of one or several."""
    known = list(dict.fromkeys(tickers))
    if wanted is None and len(known) > 1:
        raise DataError(
            f"{table.where}: {len(known)} tickers ({', '.join(known[:6])}); choose one with "
            "--member TICKER"
        )
    chosen = known[0] if wanted is None else wanted
    if chosen not in known:
        raise DataError(f"{table.where}: no ticker {chosen}; expected one of {', '.join(known)}")
    kept = [0, *(k for k, ticker in enumerate(tickers, 1) if ticker == chosen)]
    return replace(
        table,
        names=tuple(table.names[k] for k in kept),
        columns=tuple(table.columns[k] for k in kept),
        notes=(*table.notes, f"ticker: {chosen}"),
    )


def _first_lines(data: bytes, where: str) -> list[str]:
    if b"\x00" in data[:_HEAD_BYTES]:
        raise DataError(f"{where}: not UTF-8 text (it has zero bytes); save it as UTF-8 CSV")
    text = data[:_HEAD_BYTES].decode("utf-8", errors="replace")
    lines = [line for line in _LINE_END.split(text) if line.strip()][:LOOKED_AT]
    if not lines:
        raise DataError(f"{where}: the file is empty; expected a header line and at least one bar")
    return lines


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

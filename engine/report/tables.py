"""Exports: a run's trades as a table, or as the file that another tool opens; numbers read back
equal.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.bars.dates import iso
from engine.errors import OutputError
from engine.report.freqtrade import COLUMNS as FREQTRADE
from engine.report.freqtrade import freqtrade_rows
from engine.report.stored import TRADES, StoredRun, read_table
from engine.report.vectorbt import COLUMNS as VECTORBT
from engine.report.vectorbt import vectorbt_rows

STRATEGY = "barsieve"  # what freqtrade is told that made the trades


@dataclass(frozen=True)
class Table:
    """Rows of the same columns; a row has a value for each."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Format:
    """file: what an export is called in the run's folder; one that ends in .json is written by
    `text`, any other is CSV.
    """

    file: str
    table_of: Callable[[StoredRun], Table]
    text: Callable[[Table], str] | None = None


def plain_table(run: StoredRun) -> Table:
    """The columns and rows of trades.parquet; times as ISO-8601, UTC."""
    table = read_table(run.folder / TRADES)
    columns = [_cells(table.column(name)) for name in table.column_names]
    rows = [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]
    return Table(table.column_names, rows)


def _cells(column: Any) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        return [iso(time) for time in column.cast(pa.int64()).to_pylist()]
    cells: list[Any] = column.to_pylist()
    return cells


def freqtrade_table(run: StoredRun) -> Table:
    return Table(FREQTRADE, freqtrade_rows(run))


def vectorbt_table(run: StoredRun) -> Table:
    return Table(VECTORBT, vectorbt_rows(run))


def csv_text(table: Table) -> str:
    """A header and a line a row; a list is written as JSON."""
    text = io.StringIO()
    writer = csv.DictWriter(text, table.columns, lineterminator="\n")
    writer.writeheader()
    for row in table.rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})
    return text.getvalue()


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value


def backtest_text(table: Table) -> str:
    """Results as freqtrade's backtests leave them: what its `load_backtest_data` reads."""
    strategy = {STRATEGY: {"trades": table.rows}}
    found = {"strategy": strategy, "strategy_comparison": [], "metadata": {}}
    return json.dumps(found, indent=1, allow_nan=False) + "\n"


FORMATS: Mapping[str, Format] = {
    "csv": Format("trades.csv", plain_table),
    "freqtrade": Format("trades_freqtrade.json", freqtrade_table, backtest_text),
    "vectorbt": Format("trades_vectorbt.csv", vectorbt_table),
}


def export_text(run: StoredRun, kind: str, suffix: str) -> tuple[str, int]:
    """The text of a run's trades in one of FORMATS for a file with this suffix, and its rows.

    Raises OutputError for a .json of a format that is CSV alone.
    """
    form = FORMATS[kind]
    if suffix == ".json" and form.text is None:
        raise OutputError(f"--format {kind} is CSV; expected --output with a name as {form.file}")
    table = form.table_of(run)
    write = form.text if form.text is not None and suffix == ".json" else csv_text
    return write(table), len(table.rows)

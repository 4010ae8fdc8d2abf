"""Exports as CSV: a header and a line a row; numbers read back equal."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.report.freqtrade import COLUMNS as FREQTRADE
from engine.report.freqtrade import freqtrade_rows
from engine.report.stored import StoredRun
from engine.report.vectorbt import COLUMNS as VECTORBT
from engine.report.vectorbt import vectorbt_rows

Rows = Callable[[StoredRun], list[dict[str, Any]]]
FORMATS: Mapping[str, tuple[Sequence[str], Rows]] = {
    "freqtrade": (FREQTRADE, freqtrade_rows),
    "vectorbt": (VECTORBT, vectorbt_rows),
}


def export_text(run: StoredRun, kind: str) -> tuple[str, int]:
    """The CSV text of a run in one of FORMATS, and how many rows it has."""
    columns, rows_of = FORMATS[kind]
    rows = rows_of(run)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue(), len(rows)

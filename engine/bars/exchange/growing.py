"""A file that a download adds to: whole after every save."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.bars.exchange.pages import Row
from engine.bars.exchange.store import Stored, refuse_changed
from engine.bars.writer import write_columns
from engine.kernel import Floats

_MS = 1_000_000
PAGES_PER_SAVE = 50


@dataclass(frozen=True)
class Downloaded:
    """rows: in the file now. new: of them new. first, last: stamps, ns, None without rows.

    until: where the download ended, ns, not included.
    """

    path: Path
    rows: int
    new: int
    first: int | None
    last: int | None
    until: int


class GrowingFile:
    """What is stored and what has come since, in memory; saved whole."""

    def __init__(
        self,
        path: Path,
        facts: dict[str, str],
        columns: tuple[str, ...],
        stored: Stored | None,
        refuse_wrong: Callable[[Floats], None],
    ) -> None:
        self._path, self._facts, self._columns = path, facts, columns
        self._refuse_wrong = refuse_wrong
        self._stored = stored
        self._rows = np.zeros((0, len(columns) + 1)) if stored is None else stored.rows
        self._saved = len(self._rows)
        self._pages: list[Floats] = []
        self.rows_new = 0

    def add(self, page: list[Row]) -> None:
        rows = np.array(
            [[0.0 if number is None else number for number in row] for row in page], np.float64
        )
        if self._stored is not None and not self.rows_new:
            rows = refuse_changed(rows, self._stored, self._path)
        self._pages.append(rows)
        self.rows_new += len(rows)
        if len(self._pages) >= PAGES_PER_SAVE:
            self.save()

    def save(self) -> None:
        rows = np.concatenate([self._rows, *self._pages])
        self._rows, self._pages = rows, []
        if len(rows) == self._saved:
            return
        self._refuse_wrong(rows)
        columns = {name: rows[:, k + 1] for k, name in enumerate(self._columns)}
        if "volume" in columns and not columns["volume"].any():
            del columns["volume"]
        write_columns(self._path, rows[:, 0].astype(np.int64) * _MS, columns, self._facts)
        self._saved = len(rows)

    def said(self) -> str:
        if not self.rows_new:
            return "nothing new was kept"
        return (
            f"{self.rows_new:,} new rows are in {self._path}: the same command goes on from there"
        )

    def outcome(self, until: int) -> Downloaded:
        edges = (self._rows[[0, -1], 0].astype(np.int64) * _MS).tolist() if len(self._rows) else []
        first, last = edges or (None, None)
        return Downloaded(self._path, len(self._rows), self.rows_new, first, last, until)

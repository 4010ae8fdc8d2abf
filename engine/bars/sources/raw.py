"""One table as it stands in a source, nothing interpreted."""

from dataclasses import dataclass, replace
from typing import Any

from engine.bars.columns import plain

Column = Any  # a pyarrow ChunkedArray


@dataclass(frozen=True)
class RawTable:
    """Names (of the header line, or of a Parquet schema) and columns of equal length.

    where: the file, or file and member, for messages. file_name: what may carry a timeframe or a
    day. kind: csv, json, parquet or feather. lines: how the file starts, for recognition. has_names
    is false for a file without a header line, and has_header stays so when it is given names;
    whole_end for text whose last line has no line end. unused: names of columns that were left out.
    """

    where: str
    file_name: str
    kind: str
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    lines: tuple[str, ...]
    has_names: bool = True
    whole_end: bool = True
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    has_header: bool = True

    @property
    def head(self) -> str:
        return f"{self.kind}|" + "\n".join(self.lines).lower()

    @property
    def size(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def named(self, names: tuple[str, ...]) -> "RawTable":
        """The same table with other names; only as many columns as there are names."""
        return replace(
            self,
            names=names,
            columns=self.columns[: len(names)],
            has_names=True,
            has_header=False,
        )

    def column(self, name: str) -> Column:
        return self.columns[self.names.index(name)]

    def find(self, meaning: str) -> str | None:
        """The first name that is `meaning`, as `plain` reads it."""
        return next((name for name in self.names if plain(name) == meaning), None)


def shown(text: object, length: int = 60) -> str:
    """Text of a file as it may stand in a message: one line, not too long."""
    return " ".join(str(text).split())[:length]

"""Short copies of the samples, and what can happen to a file."""

import gzip
import io
import random
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import feather

ROWS = 40
WORDS = (
    "", " ", "NaN", "nan", "null", "None", "abc", "-1", "0", "1.5", "1e400", "-1e400", "1e-300",
    "99999999999999999999", "0x10", "1,000", '"', '""', "'", "\x00", "\ufeff", "\u0661\u0662",
    "é", "\n", "\r", ",", ";", "2025-13-45", "2025-02-30 10:00:00", "2025-01-01T00:00:00+99:00",
    "12/31/2024", "Inf", "true", "{", "[1", "time", "open", "close", "volume", "=1+1",
)  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """A short copy of a sample: lines of text, or a table, and how they are wrapped."""

    name: str
    wrapped: str  # "", gz, zip, feather
    lines: tuple[bytes, ...] = ()
    member: str = ""
    table: Any = None

    def write(self, path: Path, lines: tuple[bytes, ...]) -> None:
        path.write_bytes(self.wrap(b"".join(lines)))

    def wrap(self, data: bytes) -> bytes:
        if self.wrapped == "gz":
            return gzip.compress(data, mtime=0)
        if self.wrapped != "zip":
            return data
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(self.member, data)
        return buffer.getvalue()


def short_copy(path: Path, member: str | None) -> Copy:
    if path.suffix == ".feather":
        return Copy(path.name, "feather", table=feather.read_table(path).slice(0, ROWS))
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if member is None or member in name]
            lines = archive.read(names[0]).splitlines(keepends=True)
        half = len(lines) // 2
        # The repeated block stays repeated.
        repeated = "DUPLICATED" in path.name
        kept = [*lines[: ROWS // 2], *lines[half : half + ROWS // 2]] if repeated else lines[:ROWS]
        return Copy(path.name, "zip", tuple(kept), names[0])
    if path.suffix == ".gz":
        rows = gzip.decompress(path.read_bytes()).replace(b"],", b"],\n").splitlines(keepends=True)
        short = [*rows[: ROWS - 1], rows[ROWS - 1].rstrip().rstrip(b",") + b"]"]
        return Copy(path.name, "gz", tuple(short))
    return Copy(path.name, "", tuple(path.read_bytes().splitlines(keepends=True)[:ROWS]))


def table_bytes(table: Any) -> bytes:
    sink = pa.BufferOutputStream()
    feather.write_feather(table, sink, compression="lz4")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def cut(copy: Copy, at: int) -> bytes:
    """The text ends early; the container, if any, is whole."""
    data = table_bytes(copy.table) if copy.table is not None else b"".join(copy.lines)
    part = data[: at % (len(data) + 1)]
    return part if copy.table is not None else copy.wrap(part)


def cut_container(copy: Copy, at: int) -> bytes:
    data = whole(copy)
    return data[: at % (len(data) + 1)]


def whole(copy: Copy) -> bytes:
    if copy.table is not None:
        return table_bytes(copy.table)
    return copy.wrap(b"".join(copy.lines))


def shuffle(copy: Copy, seed: int) -> bytes:
    """The rows below the first line in another order: any, or two of them exchanged."""
    size = copy.table.num_rows if copy.table is not None else len(copy.lines)
    order = list(range(1, size))
    if seed % 2:
        random.Random(seed).shuffle(order)
    elif len(order) > 1:
        one, other = seed % len(order), (seed // 7) % len(order)
        order[one], order[other] = order[other], order[one]
    if copy.table is not None:
        return table_bytes(copy.table.take([0, *order]))
    return copy.wrap(b"".join(copy.lines[k] for k in [0, *order]))


def reverse(copy: Copy, seed: int) -> bytes:
    """Newest first."""
    if copy.table is not None:
        return table_bytes(copy.table.take(list(range(copy.table.num_rows))[::-1]))
    has_header = b"pen" in copy.lines[0] or b"PEN" in copy.lines[0]
    head, rows = copy.lines[:has_header], copy.lines[has_header:]
    return copy.wrap(b"".join([*head, *rows[::-1]]))


def change_field(copy: Copy, seed: int) -> bytes:
    """One field of one line, the header line included, becomes another."""
    chance = random.Random(seed)
    if copy.table is not None:
        return table_bytes(_changed_table(copy.table, chance))
    lines = list(copy.lines)
    row = chance.randrange(len(lines))
    fields = lines[row].split(b",")
    k = chance.randrange(len(fields))
    end = b"\n" if k == len(fields) - 1 and fields[k].endswith(b"\n") else b""
    fields[k] = _changed(fields[k].rstrip(b"\r\n"), chance) + end
    lines[row] = b",".join(fields)
    return copy.wrap(b"".join(lines))


def _changed(field: bytes, chance: random.Random) -> bytes:
    kind = chance.randrange(4)
    if kind == 0 and field:
        k = chance.randrange(len(field))
        return field[:k] + chance.choice(b"0123456789.-: T+").to_bytes() + field[k + 1 :]
    if kind == 1:
        return field[:-1]
    if kind == 2:
        return field + chance.choice((b"0", b"9", b".", b" ", b"e3"))
    return chance.choice(WORDS).encode()


def _changed_table(table: Any, chance: random.Random) -> Any:
    k = chance.randrange(table.num_columns)
    name, column = table.column_names[k], table.column(k).to_pylist()
    if chance.randrange(6) == 0:
        return table.rename_columns([chance.choice(WORDS) if i == k else each
                                     for i, each in enumerate(table.column_names)])  # fmt: skip
    row = chance.randrange(len(column))
    if name == "date":
        column[row] = chance.choice([None, column[0], column[-1]])
    else:
        column[row] = chance.choice([None, float("nan"), float("inf"), -1.0, 0.0, 1e300, 1.0])
    return table.set_column(k, name, pa.array(column, table.schema.field(k).type))


CHANGES = (cut, cut_container, shuffle, reverse, change_field, change_field)

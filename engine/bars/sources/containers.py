"""A source as a table, by its first bytes: its name may say anything."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.bars.sources.declared import Declared
from engine.bars.sources.raw import RawTable, shown
from engine.bars.sources.text import read_delimited, read_json
from engine.errors import DataError

METADATA_KEY = b"barsieve"
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


def open_source(path: Path, declared: Declared) -> RawTable:
    """The table of a file: CSV, JSON, Parquet or Feather, gzipped or in a zip, by its content.

    Raises DataError for what is none of them, is cut or damaged, or has several members and no
    `--member`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        said = (
            "no such file"
            if not path.exists()
            else "is a folder"
            if path.is_dir()
            else "cannot be read"
        )
        raise DataError(f"{path}: {said}; expected a file of bars") from error
    return _open_bytes(data, str(path), path.name, declared)


def _open_bytes(data: bytes, where: str, file_name: str, declared: Declared) -> RawTable:
    if data.startswith(b"PK\x03\x04"):
        name, inner = _from_zip(data, where, declared.member)
        return _open_bytes(inner, f"{where}:{name}", name, replace(declared, member=None))
    if data.startswith(b"\x1f\x8b"):
        return _open_bytes(_from_gzip(data, where), where, file_name, declared)
    if data.startswith(b"PAR1"):
        return _from_arrow(data, where, file_name, "parquet", _read_parquet)
    if data.startswith((b"ARROW1", b"FEA1")):
        return _from_arrow(data, where, file_name, "feather", _read_feather)
    if data.lstrip()[:1] in (b"[", b"{"):
        return read_json(data, where, file_name)
    return read_delimited(data, where, file_name, declared.no_header, declared.member)


def _from_zip(data: bytes, where: str, member: str | None) -> tuple[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = sorted(
                each
                for each in archive.namelist()
                if not each.endswith("/") and not each.startswith("__MACOSX")
            )
            name = _choose_member(names, member, where)
            return name, archive.read(name)
    except _BROKEN as error:
        raise DataError(f"{where}: the zip is damaged or cut ({shown(error)})") from error


def _choose_member(names: list[str], member: str | None, where: str) -> str:
    found = [name for name in names if member is None or member in name]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
    if member is None:
        raise DataError(
            f"{where}: {len(names)} files in the zip ({listed}); choose one with --member TEXT"
        )
    raise DataError(
        f"{where}: --member {member} is in {len(found)} names of the zip; expected one of {listed}"
    )


def _from_gzip(data: bytes, where: str) -> bytes:
    try:
        return gzip.decompress(data)
    except _BROKEN as error:
        raise DataError(f"{where}: the gzip file is damaged or cut ({shown(error)})") from error


def _from_arrow(
    data: bytes, where: str, file_name: str, kind: str, read: Callable[[bytes], Any]
) -> RawTable:
    import pyarrow as pa

    try:
        table = read(data)
    except (pa.ArrowException, OSError, ValueError) as error:
        said = shown(error, 120)
        raise DataError(f"{where}: the {kind} file is damaged or cut ({said})") from error
    names = tuple(table.column_names)
    ours = METADATA_KEY in (table.schema.metadata or {})
    lines = (*(["barsieve"] if ours else []), ",".join(names))
    return RawTable(where, file_name, kind, names, tuple(table.columns), lines)


def _read_parquet(data: bytes) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.ParquetFile(pa.BufferReader(data)).read()


def _read_feather(data: bytes) -> Any:
    import pyarrow as pa
    from pyarrow import feather

    table = feather.read_table(pa.BufferReader(data), memory_map=False)
    table.validate(full=True)
    return table

"""The store of a sweep: raw sums per point, appended block by block, readable after any crash and
never taken for its own by a version with other sums; beside it the points that failed, a line each.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import OutputError
from engine.files import write_atomically
from engine.kernel import Ints, Table
from engine.results.sums import SUMS

IDENTITY, ROWS, FAILED = "sweep.json", "points.bin", "failed.jsonl"
SCHEMA = 2  # of both files; 1 had no number
MAGIC = b"BARSIEVE"
# How points.bin begins: what it is, and a checksum of the names, types and places of SUMS.
OPENING = np.dtype([("magic", "S8"), ("schema", "<u4"), ("sums", "<u4")])
# A block: how many points, checksum of the rest; then int64 numbers and SUMS records.
HEADER = np.dtype([("count", "<i8"), ("checksum", "<u8")])


def open_store(folder: Path, identity: Mapping[str, Any], resume: bool) -> tuple[Ints, Table]:
    """Make the folder one of this sweep, or find what is done in it: point numbers and SUMS.

    Raises OutputError when another sweep lies there, or one that another version wrote, or this one
    does and `resume` is not given; what is refused is left as it is. Only a last block that was cut
    off is removed.
    """
    text = json.dumps({"schema": SCHEMA, **identity}, indent=2, sort_keys=True) + "\n"
    known = folder / IDENTITY
    if not known.exists():
        # The identity last: a folder that has one has a store, whenever the program was killed.
        write_atomically(folder / ROWS, opening())
        (folder / FAILED).unlink(missing_ok=True)
        write_atomically(known, text)
        return read_rows(folder)
    refuse_other_schema(folder)
    if known.read_text(encoding="utf-8") != text:
        raise OutputError(
            f"{folder}: holds another sweep ({first_difference(known, identity)} differs); "
            "pass another --out, or remove it"
        )
    if not resume:
        raise OutputError(
            f"{folder}: holds this sweep already; pass --resume to go on, or another --out"
        )
    cut_torn_block(folder)
    return read_rows(folder)


def opening() -> bytes:
    """The first bytes of points.bin."""
    layout = json.dumps([SUMS.itemsize, *SUMS.descr]).encode()
    return np.array([(MAGIC, SCHEMA, zlib.crc32(layout))], dtype=OPENING).tobytes()


def refuse_other_schema(folder: Path) -> None:
    """Raise OutputError for the folder of a sweep that this version cannot read."""
    found = _identity(folder / IDENTITY).get("schema", 1)
    if found != SCHEMA:
        raise OutputError(
            f"{folder / IDENTITY}: of schema {found}, this version reads {SCHEMA}; "
            "sweep anew into another --out"
        )


def first_difference(known: Path, identity: Mapping[str, Any]) -> str:
    """The first key whose value is not that of the stored identity."""
    stored = _identity(known)
    fresh = json.loads(json.dumps(identity))
    keys = [*fresh, *(key for key in stored if key not in fresh and key != "schema")]
    return next((key for key in keys if stored.get(key) != fresh.get(key)), IDENTITY)


def _identity(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise OutputError(f"{path}: not valid JSON ({error}); pass another --out") from error
    if not isinstance(found, dict):
        raise OutputError(f"{path}: expected an object; pass another --out")
    return found


def append_rows(folder: Path, numbers: Ints, sums: Table) -> None:
    """One write a block; a block that was cut off is known by its checksum."""
    if not numbers.size:
        return  # a block of nothing would be read as a broken one
    content = numbers.astype("<i8").tobytes() + sums.tobytes()
    header = np.array([(numbers.size, zlib.crc32(content))], dtype=HEADER)
    with (folder / ROWS).open("ab") as file:
        file.write(header.tobytes() + content)
        file.flush()


def read_rows(folder: Path) -> tuple[Ints, Table]:
    """Every whole block, in the order of point numbers, a number once; a last one that was cut off
    is left out.

    Raises OutputError for a file that is missing, of other sums, or damaged before its end.
    """
    blocks, _ = _whole_blocks(folder / ROWS)
    if not blocks:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=SUMS)
    every = np.concatenate([numbers for numbers, _ in blocks])
    # Two sweeps that once shared a folder have stored the same sums twice.
    numbers, first = np.unique(every, return_index=True)
    return numbers, np.concatenate([sums for _, sums in blocks])[first]


def cut_torn_block(folder: Path) -> None:
    """Remove the block that was being written when the program was killed."""
    _, end = _whole_blocks(folder / ROWS)
    if end < OPENING.itemsize:
        write_atomically(folder / ROWS, opening())
        return
    with (folder / ROWS).open("r+b") as file:
        file.truncate(end)


def _whole_blocks(path: Path) -> tuple[list[tuple[Ints, Table]], int]:
    """The blocks of points.bin, and where the last whole one ends."""
    content = _content(path)
    if len(content) < OPENING.itemsize:
        return [], 0
    blocks, place = [], OPENING.itemsize
    while (block := _block(content, place)) is not None:
        blocks.append(block)
        place += HEADER.itemsize + block[0].nbytes + block[1].nbytes
    if not _is_torn(content, place):
        raise OutputError(
            f"{path}: damaged at byte {place:,} of {len(content):,}; sweep anew into another --out"
        )
    return blocks, place


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise OutputError(f"{path}: missing; sweep anew into another --out, or remove the folder")
    content = path.read_bytes()
    # A machine that lost its power may leave the beginning of the beginning.
    if content[: OPENING.itemsize] != opening()[: len(content)]:
        raise OutputError(
            f"{path}: not the points of a sweep of this version (schema {SCHEMA}); "
            "sweep anew into another --out"
        )
    return content


def _is_torn(content: bytes, place: int) -> bool:
    """Whether what follows the last whole block is a block that was cut off, or nothing."""
    left = len(content) - place
    if left < HEADER.itemsize:
        return True
    count = int(np.frombuffer(content, HEADER, 1, place)[0]["count"])
    return count > 0 and left - HEADER.itemsize <= count * (8 + SUMS.itemsize)


def append_failed(folder: Path, failed: Sequence[tuple[int, str]]) -> None:
    """Points and why they have no sums."""
    if failed:
        lines = [json.dumps({"combo_id": point, "reason": why}) + "\n" for point, why in failed]
        with (folder / FAILED).open("ab") as file:
            file.write("".join(lines).encode())


def read_failed(folder: Path) -> dict[int, str]:
    """By point, in the order of their numbers. Lines that were cut off or say nothing are removed:
    their points are replayed again, and fail again where they must.
    """
    path = folder / FAILED
    if not path.is_file():
        return {}
    lines = path.read_bytes().splitlines(keepends=True)
    found = {line: _failed_line(line) for line in lines}
    whole = [line for line in lines if found[line] is not None]
    if len(whole) < len(lines):
        write_atomically(path, b"".join(whole))
    return dict(sorted(pair for pair in found.values() if pair is not None))


def _failed_line(line: bytes) -> tuple[int, str] | None:
    """The point and why it failed; None for anything else than a whole line of ours."""
    try:
        row = json.loads(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or row.keys() != {"combo_id", "reason"}:
        return None
    point, why = row["combo_id"], row["reason"]
    fits = type(point) is int and 0 <= point < 2**62 and isinstance(why, str)
    return (point, why) if fits else None


def _block(content: bytes, place: int) -> tuple[Ints, Table] | None:
    if len(content) < place + HEADER.itemsize:
        return None
    header = np.frombuffer(content, HEADER, 1, place)[0]
    count, start = int(header["count"]), place + HEADER.itemsize
    size = count * (8 + SUMS.itemsize)
    body = content[start : start + size]
    if count < 1 or len(body) < size or zlib.crc32(body) != int(header["checksum"]):
        return None
    numbers = np.frombuffer(body, "<i8", count).astype(np.int64)
    return numbers, np.frombuffer(body, SUMS, count, 8 * count)

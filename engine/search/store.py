"""The store of a sweep: raw sums per point, appended block by block, readable after any crash; and
beside it the points that failed, a line each.
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
from engine.search.tally import SUMS

IDENTITY, ROWS, FAILED = "sweep.json", "points.bin", "failed.jsonl"
# A block: how many points, checksum of the rest; then int64 numbers and SUMS records.
HEADER = np.dtype([("count", "<i8"), ("checksum", "<u8")])


def open_store(folder: Path, identity: Mapping[str, Any], resume: bool) -> tuple[Ints, Table]:
    """Make the folder one of this sweep, or find what is done in it: point numbers and SUMS.

    Raises OutputError when another sweep lies there, or this one does and `resume` is not given.
    """
    text = json.dumps(identity, indent=2, sort_keys=True) + "\n"
    known = folder / IDENTITY
    if not known.exists():
        # The identity last: a folder that has one has a store, whenever the program was killed.
        write_atomically(folder / ROWS, b"")
        (folder / FAILED).unlink(missing_ok=True)
        write_atomically(known, text)
        return read_rows(folder)
    if known.read_text(encoding="utf-8") != text:
        raise OutputError(
            f"{folder}: holds another sweep ({IDENTITY} differs); pass another --out, or remove it"
        )
    if not resume:
        raise OutputError(
            f"{folder}: holds this sweep already; pass --resume to go on, or another --out"
        )
    return read_rows(folder)


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
    """Every whole block, in the order of point numbers; what follows a broken one is cut off."""
    content = (folder / ROWS).read_bytes()
    numbers, sums, place = [], [], 0
    while (block := _block(content, place)) is not None:
        numbers.append(block[0])
        sums.append(block[1])
        place += HEADER.itemsize + block[0].nbytes + block[1].nbytes
    if place < len(content):
        with (folder / ROWS).open("r+b") as file:
            file.truncate(place)
    if not numbers:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=SUMS)
    every = np.concatenate(numbers)
    order = np.argsort(every, kind="stable")
    return every[order], np.concatenate(sums)[order]


def append_failed(folder: Path, failed: Sequence[tuple[int, str]]) -> None:
    """Points and why they have no sums."""
    if failed:
        lines = [json.dumps({"combo_id": point, "reason": why}) + "\n" for point, why in failed]
        with (folder / FAILED).open("ab") as file:
            file.write("".join(lines).encode())


def read_failed(folder: Path) -> dict[int, str]:
    """By point, in the order of their numbers; a line that was cut off is removed."""
    path = folder / FAILED
    if not path.is_file():
        return {}
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        write_atomically(path, whole)
    rows = [json.loads(line) for line in whole.splitlines()]
    return dict(sorted((int(row["combo_id"]), str(row["reason"])) for row in rows))


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

"""One process at a time: locks of the system, which a process gives back however it ends."""

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from engine.errors import OutputError

LOCK = ".in_use"
FAR = 2**30  # the byte that is locked: on Windows nobody else could read it, and the name is text


def take(file: BinaryIO) -> bool:
    """Lock an open file; False where another process, or another opening of it, has it locked."""
    try:
        _lock(file.fileno())
    except OSError:
        return False
    return True


def give_back(file: BinaryIO) -> None:
    _unlock(file.fileno())


@contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Keep a folder to this process while the block runs, and leave its name there.

    Raises OutputError with the name of the process that has it, or where it cannot be written.
    """
    path = folder / LOCK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("r+b") if path.exists() else path.open("w+b")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from error
    with file:
        if not take(file):
            raise OutputError(f"{folder}: {_holder(file)} is at work in it; wait, or use another")
        try:
            _say(file, f"process {os.getpid()} on {platform.node() or 'this machine'}")
            yield
        finally:
            _say(file, "")
            give_back(file)


def _holder(file: BinaryIO) -> str:
    file.seek(0)
    return file.read(200).decode(errors="replace").strip() or "another process"


def _say(file: BinaryIO, text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text.encode())
    file.flush()


if sys.platform == "win32":
    import msvcrt

    def _lock(number: int) -> None:
        os.lseek(number, FAR, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)

    def _unlock(number: int) -> None:
        os.lseek(number, FAR, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_UN)

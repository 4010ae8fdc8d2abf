"""One process at a time writes a file: the others wait."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import OutputError
from engine.locks import give_back, take

WAIT = 0.05  # seconds


@contextmanager
def one_writer(path: Path) -> Iterator[None]:
    """Hold the place of `path` until the block ends, by a lock on an empty file beside it.

    The operating system gives the lock back when a process ends, however it ends. Raises
    OutputError where the place cannot be written.
    """
    beside = path.with_name(f".{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = beside.open("ab")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    with file:
        while not take(file):  # held by another process
            time.sleep(WAIT)
        try:
            yield
        finally:
            give_back(file)

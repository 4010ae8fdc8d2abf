"""Files appear whole or not at all: written beside their place, then moved into it."""

import os
from pathlib import Path

from engine.errors import OutputError


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write bytes, or text as UTF-8 with its line ends as they are; raises OutputError when the
    place cannot take it.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
        Path(beside).replace(path)
    except OSError as error:
        if beside.parent.is_dir():
            beside.unlink(missing_ok=True)
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def refuse_unwritable(path: Path) -> None:
    """Raise OutputError before any work is done for a place that cannot take a file."""
    # Nothing is made yet: a command that fails on its other input leaves no empty folder behind.
    nearest = next(folder for folder in path.absolute().parents if folder.exists())
    if not nearest.is_dir():
        raise OutputError(f"{path}: cannot be written ({nearest} is a file; expected a folder)")
    if path.is_dir():
        raise OutputError(f"{path}: cannot be written (it is a folder; expected a file name)")
    if not os.access(nearest, os.W_OK):
        raise OutputError(f"{path}: cannot be written (no permission in {nearest})")

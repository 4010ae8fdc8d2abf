"""Files appear whole or not at all: written beside their place, then moved into it."""

import os
from pathlib import Path
from uuid import uuid4

from engine.errors import OutputError


def fresh_name(path: Path) -> Path:
    """Where a file or folder is written before it is moved into its place: in the same folder, by
    number, so that its name is ours whatever the file is called, and nobody else's at this moment.
    """
    return path.with_name(f".barsieve-{uuid4().hex}.tmp")


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write bytes, or text as UTF-8 with its line ends as they are; raises OutputError when the
    place cannot take it.
    """
    fresh = fresh_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(content.encode() if isinstance(content, str) else content)
        fresh.replace(path)
    except OSError as error:
        if fresh.parent.is_dir():
            fresh.unlink(missing_ok=True)
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

"""Arrays that worker processes share: written to a folder once, and mapped by all of them."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


@contextmanager
def own_folder() -> Iterator[Path]:
    """Where they lie while the block runs; Windows removes what is still mapped when its owner has
    ended.
    """
    with tempfile.TemporaryDirectory(prefix="barsieve-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def write_arrays(folder: Path, kind: str, arrays: Sequence[Any]) -> None:
    """Write arrays of one kind, each by its place."""
    for place, array in enumerate(arrays):
        np.save(_path(folder, kind, place), array)


def mapped_arrays(folder: Path, kind: str, count: int) -> list[Any]:
    """The first `count` arrays of a kind, plain ones whose pages all workers share."""
    paths = [_path(folder, kind, place) for place in range(count)]
    return [np.load(path, mmap_mode="r").view(np.ndarray) for path in paths]


def _path(folder: Path, kind: str, place: int) -> Path:
    return folder / f"{kind}_{place}.npy"

"""Dear scores kept on disk: a row is judged once for the same function, settings and data."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.files import fresh_name
from engine.kernel import cache_folder
from engine.plugins.judging import Judged, Scores


def identity_of(judged: Judged) -> str:
    """16 hex digits of all that the scores of dear domains depend on: the text of the functions,
    their settings, the bars, the columns that they read.
    """
    digest = hashlib.sha256(judged.settings.plugged.source.encode())
    digest.update(judged.rows.bars.fingerprint().encode())
    for own in judged.domains().values():
        settings = getattr(judged.settings.domains, own.name)
        digest.update(f"|{own.name}|{settings.model_dump_json()}".encode())
        for name in own.columns:
            digest.update(np.ascontiguousarray(judged.rows.columns[name]).data)
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class ScoreFile:
    """path: the file of these functions on this data. slots: the places of its columns."""

    path: Path
    slots: tuple[int, ...]

    @classmethod
    def of(cls, judged: Judged) -> "ScoreFile | None":
        """None where nothing can be kept: no folder, or nobody to keep the scores of."""
        folder, domains = cache_folder(), judged.domains()
        if folder is None or not domains:
            return None
        return cls(folder / "scores" / f"{identity_of(judged)}.npz", tuple(domains))

    def read(self, into: dict[int, Scores]) -> int:
        """Fill in what is kept; returns how many rows. A file that cannot be read keeps nothing."""
        if not self.path.is_file():
            return 0
        try:
            with np.load(self.path) as stored:
                rows, scores = stored["rows"], stored["scores"]
        except Exception:  # a file that was torn can fail in any way, and is written anew
            return 0
        if not _is_table(rows, scores, len(self.slots)):
            return 0
        for row, values in zip(rows.tolist(), scores.tolist(), strict=True):
            into[row] = dict(zip(self.slots, values, strict=True))
        return int(rows.size)

    def write(self, scores: dict[int, Scores]) -> None:
        """Replace the file as a whole, with the rows of earlier runs that were read from it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        rows = sorted(scores)
        values = [[scores[row][slot] for slot in self.slots] for row in rows]
        beside = fresh_name(self.path)
        table = np.array(values, dtype=np.float64).reshape(len(rows), len(self.slots))
        with beside.open("wb") as file:
            np.savez(file, rows=np.array(rows, dtype=np.int64), scores=table)
        beside.replace(self.path)


def _is_table(rows: Any, scores: Any, width: int) -> bool:
    """Whether these are ascending rows and a number for each function at each."""
    fits = rows.dtype == np.int64 and rows.ndim == 1 and scores.dtype == np.float64
    if not fits or scores.shape != (rows.size, width):
        return False
    return bool((np.diff(rows, prepend=-1) > 0).all() and np.isfinite(scores).all())

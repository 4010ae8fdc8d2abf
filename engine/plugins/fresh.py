"""A fresh process that is asked for a few bars again: nothing of the run so far is known to it.

It is started before the replay and waits, so that its imports take place beside the run. It is no
worker of a pool: those run the user's script once more, which not every script is written for.
"""

import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.errors import PluginError
from engine.plugins.worker_data import Answers, Brief, answers, opened

BRIEFS, FOUND, SAID = "briefs.pickle", "answers.pickle", "said.txt"
START = (
    "import sys; sys.path[:] = {path!r}; from engine.plugins.fresh import serve; serve({folder!r})"
)


@dataclass(frozen=True)
class Fresh:
    """A process that has opened its data, or is about to, and waits for rows."""

    folder: Path
    process: "subprocess.Popen[bytes]"

    def answers(self, rows: Sequence[Sequence[int]]) -> list[Answers]:
        """The scores at the rows of each brief, in that order. Raises PluginError when the process
        ended by itself.
        """
        self.process.communicate(pickle.dumps(rows))
        if self.process.returncode != 0 or not (self.folder / FOUND).is_file():
            said = (self.folder / SAID).read_text(encoding="utf-8", errors="replace").splitlines()
            raise PluginError(
                "a fresh process, which asks for a few bars again, ended by itself: "
                f"{said[-1] if said else f'exit code {self.process.returncode}'}"
            )
        found: list[Answers] = pickle.loads((self.folder / FOUND).read_bytes())
        return found


@contextmanager
def standing_by(folder: Path, briefs: Sequence[Brief]) -> Iterator[Fresh]:
    """A process that waits while the block runs; one that was not asked is ended behind it."""
    (folder / BRIEFS).write_bytes(pickle.dumps(briefs))
    start = START.format(path=sys.path, folder=str(folder))
    with (folder / SAID).open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", start],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said,
        )  # fmt: skip
    with process:
        try:
            yield Fresh(folder, process)
        finally:
            process.kill()


def serve(folder: str) -> None:
    """In that process: open the data, wait for rows, answer once."""
    briefs: list[Brief] = pickle.loads((Path(folder) / BRIEFS).read_bytes())
    with suppress(PluginError):  # said again below
        for brief in briefs:
            opened(brief)
    rows = pickle.loads(sys.stdin.buffer.read())
    found = [answers(brief, own) for brief, own in zip(briefs, rows, strict=True)]
    (Path(folder) / FOUND).write_bytes(pickle.dumps(found))

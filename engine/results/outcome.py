"""A finished run: what was asked, what was visited, and what came of it."""

from dataclasses import dataclass
from typing import Any

from engine.bars.series import Bars
from engine.prescreen.candidates import CandidateFile
from engine.prescreen.rows import Rows
from engine.prescreen.windows import Windows
from engine.replay.choice import Choice
from engine.replay.codes import code_counts, code_names
from engine.replay.loop import Replay
from engine.replay.settings import Settings
from engine.results.recall import Recall
from engine.results.result import Result
from engine.results.trades import bars_held


@dataclass(frozen=True)
class Outcome:
    """windows: those around the candidates, also of a full run. recall: of a lossy run, else None.
    timings: seconds of each stage, in order.
    """

    settings: Settings
    rows: Rows
    candidates: CandidateFile
    windows: Windows
    choice: Choice
    replayed: Replay
    result: Result
    recall: Recall | None
    timings: dict[str, float]

    @property
    def bars(self) -> Bars:
        return self.rows.bars

    @property
    def size(self) -> int:
        """Bars in range."""
        return self.replayed.stop - self.replayed.first

    def decisions(self) -> dict[str, int]:
        """How often each decision code was given, most frequent first."""
        return code_counts(self.replayed.codes, code_names(self.settings))

    def visits(self) -> dict[str, Any]:
        """What the replay looked at. Part of a run's record, never of its result."""
        visited = int((self.replayed.codes != 0).sum())
        found: dict[str, Any] = {
            "bars": self.size,
            "visited": visited,
            "skipped": self.size - visited,
            "in_position": bars_held(self.result.trades),
            "candidates": self.candidates.bar.size,
            "density": self.candidates.bar.size / self.size,
            "windows": self.windows.starts.size,
            "window_bars": self.windows.bars,
            "coverage": self.windows.bars / self.size,
        }
        if self.replayed.calls:
            found["calls"] = dict(self.replayed.calls)
        if self.recall is not None:
            found["recall"] = {"found": self.recall.found, "entries": self.recall.entries}
        return found

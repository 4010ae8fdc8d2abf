"""Two stored runs, compared by bytes; and where they part, if they do."""

import json
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from engine.errors import BarsieveError
from engine.results.stored_run import RESULT_FILES


@dataclass(frozen=True)
class Divergence:
    """The first bar at which two runs differ, what differs there, and both sides of it."""

    bar: int
    timestamp: str
    what: str
    full: Any
    focused: Any

    def lines(self) -> list[str]:
        return [
            f"first divergence: {self.what} at bar {self.bar} ({self.timestamp})",
            f"  full:    {json.dumps(self.full)}",
            f"  focused: {json.dumps(self.focused)}",
        ]


def equal_bytes(full: Path, focused: Path) -> bool:
    """Whether the results of two run folders are the same bytes."""
    digests = {read_record(folder)["result"] for folder in (full, focused)}
    return len(digests) == 1 and all(
        (full / name).read_bytes() == (focused / name).read_bytes() for name in RESULT_FILES
    )


def first_divergence(full: Path, focused: Path) -> Divergence | None:
    """The earliest difference in decisions, events or equity; None where there is none.

    Decision codes are compared at the bars that both runs visited.
    """
    found = [
        _code_divergence(full, focused),
        _event_divergence(full, focused),
        _equity_divergence(full, focused),
    ]
    return min((each for each in found if each is not None), key=lambda d: d.bar, default=None)


def read_record(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return record


def _lines(path: Path) -> list[str]:
    """Lines as they stand: as numbers, −0.0 and 0.0 would be equal."""
    return path.read_text(encoding="utf-8").splitlines()


def _read(line: str | None) -> Any:
    return None if line is None else json.loads(line)


def _place(decision: dict[str, Any]) -> tuple[str, int]:
    """The asset, of a run of several, and the bar."""
    return decision.get("asset", ""), decision["bar"]


def _code_divergence(full: Path, focused: Path) -> Divergence | None:
    ours = {_place(json.loads(line)): line for line in _lines(full / "decision_log.jsonl")}
    for line in _lines(focused / "decision_log.jsonl"):
        theirs = json.loads(line)
        mine = ours.get(_place(theirs))
        if mine != line:
            stamp = theirs["timestamp"]
            return Divergence(theirs["bar"], stamp, "decision", _read(mine), theirs)
    return None


def _event_divergence(full: Path, focused: Path) -> Divergence | None:
    ours, theirs = (_lines(folder / "trade_log.jsonl") for folder in (full, focused))
    for mine, other in zip_longest(ours, theirs):
        if mine != other:
            sides = _read(mine), _read(other)
            early = min((e for e in sides if e is not None), key=lambda e: int(e["bar"]))
            return Divergence(early["bar"], early["timestamp"], "event", *sides)
    return None


def _equity_divergence(full: Path, focused: Path) -> Divergence | None:
    import numpy as np
    import pyarrow.parquet as pq

    ours, theirs = (pq.read_table(folder / "equity.parquet") for folder in (full, focused))
    values = [table["equity"].to_numpy() for table in (ours, theirs)]
    if values[0].size != values[1].size:
        raise BarsieveError(f"{full} and {focused} hold different ranges; compare runs of the same")
    # By bits: a NaN equals itself, and −0.0 differs from 0.0.
    differ = values[0].view(np.int64) != values[1].view(np.int64)
    if not differ.any():
        return None
    row = int(np.argmax(differ))
    stamp = ours["timestamp"][row].as_py().isoformat()
    bar = int(read_record(full)["range"]["first_bar"]) + row
    return Divergence(bar, stamp, "equity", float(values[0][row]), float(values[1][row]))

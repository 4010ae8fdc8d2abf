"""A finished sweep as its folder tells it: the space, the points, and their measures."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import OutputError
from engine.kernel import Floats, Ints
from engine.report.stored import read_object, read_table
from engine.search.measures import NAMES
from engine.search.space import Space
from engine.search.store import IDENTITY

RESULTS, TUNED = "results.parquet", "tuning_results.csv"


@dataclass(frozen=True)
class SweepResults:
    """p points, best score first. identity: sweep.json. numbers: int64[p]; digits: int64[k, p],
    which value of each key of `space` a point has; measures: float64[p] by name. winner: the place
    of the best. tuned: the rows of the second stage, best by the worst of the cost scenarios, where
    the sweep had one.
    """

    folder: Path
    identity: dict[str, Any]
    space: Space
    numbers: Ints
    digits: Ints
    measures: dict[str, Floats]
    winner: int
    tuned: list[dict[str, str]]

    @property
    def varying(self) -> list[int]:
        """Places of the keys that have more than one value."""
        return [place for place, values in enumerate(self.space.values) if len(values) > 1]

    def place_of(self, number: int) -> int | None:
        """Where a point of the space stands among the results; None for one that was refused."""
        found = np.flatnonzero(self.numbers == number)
        return int(found[0]) if found.size else None


def read_sweep(folder: Path) -> SweepResults:
    """Raises OutputError for a folder without results, or whose files do not fit together."""
    identity = read_object(folder / IDENTITY)
    if not (folder / RESULTS).is_file():
        raise OutputError(
            f"{folder}: the sweep is not finished ({RESULTS} is missing); "
            f"go on with `barsieve sweep … --out {folder} --resume`"
        )
    try:
        return _sweep(folder, identity, read_table(folder / RESULTS))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise OutputError(
            f"{folder}: {RESULTS} is not of the sweep in {IDENTITY}, or of another version of "
            "barsieve; sweep anew into another --out"
        ) from error


def _sweep(folder: Path, identity: dict[str, Any], table: Any) -> SweepResults:
    keys = [name for name in table.column_names if name not in ("combo_id", *NAMES)]
    known = identity["space"]
    if set(known) != set(keys) or table.num_rows == 0:
        raise ValueError
    space = Space(tuple(keys), tuple(tuple(known[key]) for key in keys))
    numbers: Ints = table.column("combo_id").to_numpy()
    digits = np.stack(np.unravel_index(numbers, [len(values) for values in space.values]))
    measures = {name: table.column(name).to_numpy() for name in NAMES}
    tuned = _tuned(folder / TUNED)
    winner = int(np.flatnonzero(numbers == int(tuned[0]["combo_id"]))[0]) if tuned else 0
    return SweepResults(folder, identity, space, numbers, digits, measures, winner, tuned)


def _tuned(path: Path) -> list[dict[str, str]]:
    """The second stage, sorted by its final score; nothing where there was none."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

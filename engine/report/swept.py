"""A finished sweep as its folder tells it: the space, the points, and their measures."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import OutputError
from engine.kernel import Floats, Ints
from engine.report.stored import read_object, read_table
from engine.search.exports import PORTFOLIO
from engine.search.measures import NAMES, TIMES
from engine.search.space import Space
from engine.search.store import IDENTITY

BESIDE = ("combo_id", "asset", "state", "reason", *NAMES)  # all but the keys of the space
RESULTS, TUNED = "results.parquet", "tuning_results.csv"


@dataclass(frozen=True)
class SweepResults:
    """p points, best score first; of several assets, the portfolio at each. failed: how many others
    failed. identity: sweep.json, those of several assets as one. numbers: int64[p]; digits:
    int64[k, p], which value of each key of `space` a point has; measures: float64[p] by name, NaN
    where there is none, of a time datetime64[ns].
    winner: the place of the best. tuned: the rows of the second stage, best by the worst of the
    cost scenarios, where the sweep had one. by_asset: the winner's measures in each of several
    assets, empty of one.
    """

    folder: Path
    failed: int
    identity: dict[str, Any]
    space: Space
    numbers: Ints
    digits: Ints
    measures: dict[str, Floats]
    winner: int
    tuned: list[dict[str, str]]
    by_asset: dict[str, dict[str, Any]]

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
    identity = as_one(read_object(folder / IDENTITY))
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


def as_one(identity: dict[str, Any]) -> dict[str, Any]:
    """The identities of the assets of a portfolio, which share everything but asset and bars."""
    if "portfolio" not in identity:
        return identity
    own = identity["portfolio"]
    joined = {key: ", ".join(str(each[key]) for each in own) for key in ("asset", "data", "config")}
    return {**own[0], **joined}


def _sweep(folder: Path, identity: dict[str, Any], table: Any) -> SweepResults:
    keys = [name for name in table.column_names if name not in BESIDE]
    every, several = table, "asset" in table.column_names
    if several:
        # A point that failed has no asset.
        table = table.filter(
            [each in (PORTFOLIO, None) for each in table.column("asset").to_pylist()]
        )
    done = [state == "COMPLETE" for state in table.column("state").to_pylist()]
    failed, table = len(done) - sum(done), table.filter(done)
    known = identity["space"]
    if set(known) != set(keys) or table.num_rows == 0:
        raise ValueError
    space = Space(tuple(keys), tuple(tuple(known[key]) for key in keys))
    numbers: Ints = table.column("combo_id").to_numpy()
    digits = np.stack(np.unravel_index(numbers, [len(values) for values in space.values]))
    measures = {name: _measure(table, name) for name in NAMES}
    tuned = _tuned(folder / TUNED)
    winner = int(np.flatnonzero(numbers == int(tuned[0]["combo_id"]))[0]) if tuned else 0
    own = _by_asset(every, int(numbers[winner])) if several else {}
    return SweepResults(
        folder, failed, identity, space, numbers, digits, measures, winner, tuned, own
    )


def _by_asset(table: Any, number: int) -> dict[str, dict[str, Any]]:
    """The rows of one point but the portfolio's, by asset, in their order."""
    rows = table.filter([each == number for each in table.column("combo_id").to_pylist()])
    return {
        asset: {name: _measure(rows, name)[place] for name in NAMES}
        for place, asset in enumerate(rows.column("asset").to_pylist())
        if asset not in (PORTFOLIO, None)
    }


def _measure(table: Any, name: str) -> Any:
    """float64[p], NaN where a point has none; of a time datetime64[ns], NaT there."""
    if name not in TIMES:
        return table.column(name).to_numpy().astype(np.float64)
    texts = (each and each.removesuffix("Z") for each in table.column(name).to_pylist())
    return np.array([np.datetime64(each or "NaT", "ns") for each in texts])


def _tuned(path: Path) -> list[dict[str, str]]:
    """The second stage, sorted by its final score; nothing where there was none."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

"""Exports of a sweep: every file is made from the one store, so none can disagree."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from engine.bars.dates import iso_all
from engine.files import write_atomically
from engine.kernel import Floats, Ints, Table
from engine.results.parquet import parquet_bytes
from engine.search.measures import NAMES, TIMES
from engine.search.space import Space
from engine.search.stages import Ranked

PORTFOLIO = "portfolio"  # what all assets together are called among them


Columns = dict[str, Any]  # lists and arrays by name, of one length
# Columns in which None is no setting.
MEASURED = {*NAMES, "score_a", "score_b", "score_c", "final_score"}
CHUNK = 4096  # rows that are Python objects at a time: the rest stay arrays


def point_columns(space: Space, numbers: Ints, measured: Mapping[str, Floats]) -> Columns:
    """What a table of points has: their numbers, their settings, and the measures."""
    digits = np.unravel_index(numbers, [len(values) for values in space.values])
    settings = {
        key: [values[digit] for digit in own]
        for key, values, own in zip(space.keys, space.values, digits, strict=True)
    }
    return {"combo_id": numbers, **settings, **measured}


def rows_of(columns: Columns) -> Iterator[dict[str, Any]]:
    """One dict a row, made when it is asked for."""
    size = len(next(iter(columns.values())))
    for start in range(0, size, CHUNK):
        parts = [as_list(values[start : start + CHUNK]) for values in columns.values()]
        for row in zip(*parts, strict=True):
            yield dict(zip(columns, row, strict=True))


def as_list(values: Any) -> list[Any]:
    """As Python has them; None for NaN, and for a time that is none."""
    if not isinstance(values, np.ndarray):
        return list(values)
    if values.dtype.kind == "M":
        texts = iso_all(values.astype(np.int64))
        return [None if none else text for none, text in zip(np.isnat(values), texts, strict=True)]
    plain = values.tolist()
    return [None if x != x else x for x in plain] if np.isnan(values).any() else plain


def csv_text(names: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """A header and a line a row; numbers as Python writes them, so that they read back equal; a
    measure that has no value is an empty cell.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(names), restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        known = {k: v for k, v in row.items() if v is not None or k not in MEASURED}
        writer.writerow({key: plain(value) for key, value in known.items()})
    return text.getvalue()


def plain(value: Any) -> Any:
    """Lists and null as JSON."""
    return value if isinstance(value, (int, float, str)) else json.dumps(value)


def json_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """A list of objects, as `json.dumps` would write all of them at once."""
    text = io.StringIO()
    for place, row in enumerate(rows):
        text.write("[" if place == 0 else ",")
        text.write(json.dumps([row], indent=1)[1:-2])
    text.write("\n]\n" if text.tell() else "[]\n")
    return text.getvalue()


def write_results(
    folder: Path,
    space: Space,
    numbers: Ints,
    table: Table,
    failed: Sequence[tuple[int, str]] = (),
    own: Mapping[str, Table] | None = None,
) -> list[Path]:
    """`results.csv`, `.json` and `.parquet`: all measures of all points, best first; then those
    that failed, without measures.

    own: those of each asset of a portfolio; then each point has a row for the portfolio, whose
    measures are `table`, and one for each asset after it, told apart by `asset`.
    """
    columns = measured_columns(space, numbers, table, own or {})
    lost = [
        {"combo_id": number, **space.changes(number), "state": "FAIL", "reason": reason}
        for number, reason in failed
    ]
    write_atomically(folder / "results.csv", csv_text(columns, chain(rows_of(columns), lost)))
    write_atomically(folder / "results.json", json_text(chain(rows_of(columns), lost)))
    write_atomically(folder / "results.parquet", parquet_bytes(with_lost(columns, lost)))
    return [folder / f"results.{kind}" for kind in ("csv", "json", "parquet")]


def measured_columns(
    space: Space, numbers: Ints, table: Table, own: Mapping[str, Table]
) -> Columns:
    """The rows of each point together; `asset`, behind `combo_id`, is there with several."""
    tables = {PORTFOLIO: table, **own}
    measured = {
        name: np.stack([each[name] for each in tables.values()], axis=1).ravel() for name in NAMES
    }
    every = np.repeat(numbers, len(tables))
    columns = point_columns(space, every, measured)
    names = {"combo_id": every, "asset": list(tables) * numbers.size} if own else {}
    done = {"state": ["COMPLETE"] * every.size, "reason": [""] * every.size}
    return {**names, **columns, **done}


def with_lost(columns: Columns, lost: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """As Arrow has them; what a lost row does not know is null."""
    import pyarrow as pa

    if not len(columns["combo_id"]) and not lost:
        return {}
    kinds = {name: pa.string() if name in TIMES else pa.float64() for name in NAMES}
    return {
        name: pa.array([*as_list(values), *(row.get(name) for row in lost)], kinds.get(name))
        for name, values in columns.items()
    }


def write_first_stage(
    folder: Path, space: Space, numbers: Ints, scores: Floats, top: int
) -> list[Path]:
    """`stage1_results.csv`, and its head `top_k.csv`, best first."""
    tables = {
        "stage1_results.csv": point_columns(space, numbers, {"score_b": scores}),
        "top_k.csv": point_columns(space, numbers[:top], {"score_b": scores[:top]}),
    }
    return write_tables(folder, tables)


def write_second_stage(folder: Path, space: Space, ranked: Ranked) -> list[Path]:
    """`tuning_results.csv`, best first."""
    final = {f"score_{name.lower()}": table["score"] for name, table in ranked.tables.items()}
    final["final_score"] = ranked.final
    return write_tables(folder, {"tuning_results.csv": point_columns(space, ranked.numbers, final)})


def write_tables(folder: Path, tables: Mapping[str, Columns]) -> list[Path]:
    """Each as CSV, by the name of its file."""
    for name, columns in tables.items():
        write_atomically(folder / name, csv_text(columns, rows_of(columns)))
    return [folder / name for name in tables]


def write_metadata(
    folder: Path, space: Space, top: int, name: str, seconds: tuple[float, float]
) -> Path:
    """`tuning_metadata.json`: the one file that knows a clock."""
    found = {
        "stage1_time_sec": seconds[0],
        "stage2_time_sec": seconds[1],
        "total_combos": space.size,
        "top_k": top,
        "grid_size": name,
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    path = folder / "tuning_metadata.json"
    write_atomically(path, json.dumps(found, indent=2) + "\n")
    return path

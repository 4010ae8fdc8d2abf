"""Exports of a sweep: every file is made from the one store, so none can disagree."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.files import write_atomically
from engine.kernel import Floats, Ints, Table
from engine.results.parquet import parquet_bytes
from engine.search.measures import NAMES
from engine.search.space import Space
from engine.search.stages import Ranked

PORTFOLIO = "portfolio"  # what all assets together are called among them


def point_rows(space: Space, numbers: Ints, columns: dict[str, Floats]) -> list[dict[str, Any]]:
    """One dict a point: its number, its settings, and the columns."""
    rows = []
    for place, number in enumerate(numbers.tolist()):
        own = {name: float(values[place]) for name, values in columns.items()}
        rows.append({"combo_id": number, **space.changes(number), **own})
    return rows


def csv_text(rows: Sequence[dict[str, Any]]) -> str:
    """A header and a line a row; numbers as Python writes them, so that they read back equal."""
    text = io.StringIO()
    names = list(rows[0]) if rows else ["combo_id"]
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows([{key: plain(value) for key, value in row.items()} for row in rows])
    return text.getvalue()


def plain(value: Any) -> Any:
    """Lists and null as JSON."""
    return value if isinstance(value, (int, float, str)) else json.dumps(value)


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
    rows = measured_rows(space, numbers, table)
    if own:
        tables = {PORTFOLIO: table, **own}
        rows = side_by_side({k: measured_rows(space, numbers, v) for k, v in tables.items()})
    rows = [{**row, "state": "COMPLETE", "reason": ""} for row in rows]
    for number, reason in failed:
        point = {"combo_id": number, **space.changes(number)}
        rows.append({**point, "state": "FAIL", "reason": reason})
    write_atomically(folder / "results.csv", csv_text(rows))
    write_atomically(folder / "results.json", json.dumps(rows, indent=1) + "\n")
    write_atomically(folder / "results.parquet", parquet_bytes(as_columns(rows)))
    return [folder / f"results.{kind}" for kind in ("csv", "json", "parquet")]


def measured_rows(space: Space, numbers: Ints, table: Table) -> list[dict[str, Any]]:
    return point_rows(space, numbers, {name: table[name] for name in NAMES})


def side_by_side(tables: Mapping[str, Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The rows of each point together; `asset`, behind `combo_id`, is the name of the table."""
    return [
        {"combo_id": row["combo_id"], "asset": name, **row}
        for point in zip(*tables.values(), strict=True)
        for name, row in zip(tables, point, strict=True)
    ]


def as_columns(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    import pyarrow as pa

    return {key: pa.array([row.get(key) for row in rows]) for key in (rows[0] if rows else ())}


def write_stages(
    folder: Path, space: Space, numbers: Ints, scores: Floats, top: int, ranked: Ranked
) -> list[Path]:
    """`stage1_results.csv`, its head `top_k.csv`, and `tuning_results.csv`, best first."""
    stage = point_rows(space, numbers, {"score_b": scores})
    final = {f"score_{name.lower()}": table["score"] for name, table in ranked.tables.items()}
    tuned = point_rows(space, ranked.numbers, {**final, "final_score": ranked.final})
    return write_texts(
        folder,
        {
            "stage1_results.csv": csv_text(stage),
            "top_k.csv": csv_text(stage[:top]),
            "tuning_results.csv": csv_text(tuned),
        }.items(),
    )


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


def write_texts(folder: Path, texts: Iterable[tuple[str, str]]) -> list[Path]:
    written = []
    for name, text in texts:
        write_atomically(folder / name, text)
        written.append(folder / name)
    return written

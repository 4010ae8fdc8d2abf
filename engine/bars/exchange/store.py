"""The file that a download goes on with."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.bars.dates import instant, iso
from engine.bars.stamps import parse_stamps, to_floats
from engine.bars.writer import facts_of
from engine.errors import DataError, OutputError
from engine.kernel import Floats

_MS = 1_000_000


@dataclass(frozen=True)
class Stored:
    """rows: float64[n, 1 + columns], stamps in ms first. facts: what they are."""

    rows: Floats
    facts: dict[str, str]

    @property
    def last_ms(self) -> int:
        return int(self.rows[-1, 0])


def read_stored(path: Path, columns: tuple[str, ...]) -> Stored | None:
    """The rows of an earlier download, None without a file; raises OutputError for another file."""
    if not path.exists():
        return None
    facts = facts_of(path)
    if "exchange" not in facts:
        raise OutputError(
            f"{path}: exists and is no download; pass --replace, or another name with --output"
        )
    import pyarrow.parquet as pq

    with path.open("rb") as file:
        table = pq.read_table(file)
    times = parse_stamps(table.column("timestamp"), str(path))[0] // _MS
    values = [
        to_floats(table.column(name)) if name in table.column_names else np.zeros(times.size)
        for name in columns
    ]
    return Stored(np.column_stack([times.astype(np.float64), *values]), facts)


def refuse_other(stored: Stored, facts: dict[str, str], path: Path) -> None:
    """Raise OutputError for a file of another market, or one that begins after `since`."""
    for name in ("exchange", "market", "kind"):
        if stored.facts.get(name) != facts[name]:
            raise OutputError(
                f"{path}: has {name} {stored.facts.get(name)}, not {facts[name]}; "
                "choose another name with --output, or pass --replace"
            )
    begun = stored.facts.get("since", "")
    if instant("since", facts["since"]) < instant("since", begun):
        raise OutputError(
            f"{path}: was begun with --since {begun}, later than {facts['since']}; "
            "pass --replace to download it anew"
        )


def refuse_changed(rows: Floats, stored: Stored, path: Path) -> Floats:
    """The rows after the stored ones; the first must be the last stored one, unchanged."""
    last = stored.rows[-1]
    at = iso(stored.last_ms * _MS)
    if rows[0, 0] != last[0]:
        raise DataError(
            f"{path}: the exchange does not have its last row ({at}) any more; "
            "pass --replace to download it anew"
        )
    if not np.array_equal(rows[0], last):
        raise DataError(
            f"{path}: the exchange's row {at} is {rows[0, 1:].tolist()}, stored is "
            f"{last[1:].tolist()}; pass --replace to download it anew"
        )
    return rows[1:]

"""CSV and Parquet files as checked bars."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from engine.bars.checks import check
from engine.bars.columns import find_columns, read_floats
from engine.bars.dates import DAY, iso
from engine.bars.local_days import SAID, are_local_days, clock_readings
from engine.bars.rounding import rounded
from engine.bars.series import Bars
from engine.bars.stamps import parse_stamps
from engine.bars.timeframe import nanoseconds, timeframe_name
from engine.errors import DataError
from engine.kernel import Ints

Label = Literal["open", "close"]
_SUFFIXES = (".csv", ".csv.gz", ".parquet")


def read_bars(path: Path, asset: str, timeframe: str, stamp: Label) -> tuple[Bars, list[str]]:
    r"""The bars of a file, and sentences that say what was read.

    path: a CSV or Parquet file with a stamp, open, high, low, close and, if there is one, volume.
    asset: what to call the market. timeframe: as in "1h". stamp: "open" or "close", the end of a
    bar that the file labels.

    Nothing is filled, dropped, sorted or repaired. Raises DataError for a file that cannot be read
    or breaks a rule (file, row, stamp, rule), SettingsError for a bad timeframe.

    >>> import barsieve
    >>> from pathlib import Path
    >>> lines = ["timestamp,open,high,low,close", "2025-01-01T00:00Z,10,12,9,11"]
    >>> _ = Path("ETH_1h.csv").write_text("\n".join([*lines, "2025-01-01T01:00Z,11,12,10,10"]))
    >>> bars, notes = barsieve.read_bars(Path("ETH_1h.csv"), "ETH", "1h", "open")
    >>> bars.size, bars.has_volume, bars.high.tolist()
    (2, False, [12.0, 12.0])
    """
    length = nanoseconds(timeframe)
    table = _read_table(path)
    bars, notes = table_bars(table, str(path), path.name, asset, length, stamp)
    return bars, [*_summary(bars, path), *notes, *_label_note(stamp), *volume_note(bars)]


def table_bars(
    table: Any, where: str, source: str, asset: str, length: int, stamp: Label
) -> tuple[Bars, list[str]]:
    """The checked bars of a pyarrow table, and sentences that say how it was understood.

    where: what messages call the table. length: the timeframe in ns. Raises as `read_bars`.
    """
    labelled, notes = _to_bars(table, where, source, asset, length)
    # Before the shift: messages show the stamps as they stand in the table.
    check(labelled, where)
    shift = length if stamp == "close" else 0
    return replace(labelled, open_time=labelled.open_time - shift), notes


def _to_bars(
    table: Any, where: str, source: str, asset: str, length: int
) -> tuple[Bars, list[str]]:
    names = find_columns(table.column_names, where)
    if table.num_rows == 0:
        raise DataError(f"{where}: no rows below the header; expected at least one bar")
    stamps, recognised = _stamps(table.column(names.pop("stamp")), length, where)
    values = {role: read_floats(table.column(name), name, where) for role, name in names.items()}
    volume = values.pop("volume", np.zeros(stamps.size))
    bars = Bars(
        asset=asset,
        timeframe=length,
        source=source,
        has_volume=bool(np.any(volume != 0)),
        open_time=stamps,
        volume=volume + 0.0,  # -0.0 would change the fingerprint and nothing else
        **values,
    )
    bars, mended = rounded(bars)
    return bars, [*recognised, *mended]


def _stamps(column: Any, length: int, where: str) -> tuple[Ints, list[str]]:
    """Instants; on days, the dates of midnights on a clock that was changed."""
    stamps, recognised = parse_stamps(column, where)
    readings = clock_readings(column) if length % DAY == 0 else None
    if readings is None or not are_local_days(stamps, readings):
        return stamps, [recognised]
    return readings, [recognised, SAID]


def _read_table(path: Path) -> Any:
    """The file as a pyarrow table; of Parquet only the columns that are needed."""
    _refuse_unreadable(path)
    import pyarrow as pa

    read = _read_parquet if path.name.lower().endswith(".parquet") else _read_csv
    try:
        return read(path)
    except (pa.ArrowException, OSError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0][:160]
        kind = "Parquet" if read is _read_parquet else "comma-separated"
        raise DataError(f"{path}: not a readable {kind} file ({said})") from error


def _refuse_unreadable(path: Path) -> None:
    if not path.name.lower().endswith(_SUFFIXES):
        raise DataError(f"{path}: unknown kind of file; expected {', '.join(_SUFFIXES)}")
    if path.is_dir():
        raise DataError(f"{path}: is a directory; expected a file ({', '.join(_SUFFIXES)})")
    if not path.exists():
        raise DataError(f"{path}: no such file; expected a file of bars ({', '.join(_SUFFIXES)})")
    if path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty; expected a header line and at least one bar")


def _read_parquet(path: Path) -> Any:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(os.fspath(path))
    names = find_columns(file.schema_arrow.names, str(path))
    return file.read(columns=list(names.values()))


def _read_csv(path: Path) -> Any:
    from pyarrow import csv

    table = csv.read_csv(os.fspath(path))
    for mark, said in ((";", ";"), ("\t", "a tab")):
        if table.num_columns == 1 and table.column_names[0].count(mark) >= 4:
            raise DataError(
                f"{path}: fields are apart by {said}, expected a comma; bring it in with "
                f"`barsieve data import {path.name} --symbol NAME`"
            )
    return table


def _summary(bars: Bars, path: Path) -> list[str]:
    first, last = iso(int(bars.open_time[0])), iso(int(bars.open_time[-1]))
    count = f"{bars.size:,} bar{'s' if bars.size > 1 else ''}"
    read = f"{count} {timeframe_name(bars.timeframe)} {first} … {last} from {path}"
    return [read, gap_note(bars)]


def gap_note(bars: Bars) -> str:
    """How many gaps, and how many bars are missing in them."""
    steps = np.diff(bars.open_time)
    long_steps = steps[steps > bars.timeframe]
    missing = int(np.sum(long_steps // bars.timeframe - 1))
    if long_steps.size == 0:
        return "no gaps"
    plural = "" if long_steps.size == 1 else "s"
    return (
        f"{long_steps.size:,} gap{plural}, {missing:,} bar{'' if missing == 1 else 's'} missing "
        "(nothing filled)"
    )


def _label_note(stamp: Label) -> list[str]:
    return ["close-labelled stamps moved back by one bar"] if stamp == "close" else []


def volume_note(bars: Bars) -> list[str]:
    """A sentence if there is no volume."""
    return [] if bars.has_volume else ["no volume: what needs volume is left out"]

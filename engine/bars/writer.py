"""Bars as Parquet, in the form that the reader takes without a question."""

from pathlib import Path
from typing import Any

import numpy as np

from engine.bars.dates import iso
from engine.bars.reader import read_bars
from engine.bars.series import Bars
from engine.bars.sources.containers import METADATA_KEY
from engine.bars.timeframe import timeframe_name
from engine.errors import BarsieveError, OutputError, SettingsError
from engine.files import fresh_name, refuse_unwritable
from engine.names import wrong_name

_PRICES = ("open", "high", "low", "close")


def checked_symbol(symbol: str) -> str:
    """A name that is a file name and an `--asset`; raises SettingsError with the nearest one."""
    wrong = wrong_name(symbol)
    if wrong:
        raise SettingsError(f"--symbol {symbol!r}: {wrong}")
    return symbol


def usual_path(symbol: str, timeframe: int) -> Path:
    """Where `--asset SYMBOL` looks for its bars."""
    return Path("data") / f"{symbol}_{timeframe_name(timeframe)}.parquet"


def write_bars(path: Path, bars: Bars, replace: bool, facts: dict[str, str] | None = None) -> bool:
    """Write checked bars; False if the same bars are there already, and nothing was written.

    Columns: timestamp (ns, UTC, open-labelled), open, high, low, close, volume if there is one, all
    float64. facts: kept in the file's metadata. Raises OutputError for a file with other bars
    (unless `replace`) and for a place that cannot be written.
    """
    if path.suffix != ".parquet":
        raise OutputError(f"{path}: expected a name that ends in .parquet")
    refuse_unwritable(path)
    if path.exists() and not replace:
        stored = _stored(path, bars)
        if stored is not None and stored.fingerprint() == bars.fingerprint():
            return False
        _refuse_other(path, stored)
    columns: dict[str, Any] = {name: getattr(bars, name) for name in _PRICES}
    if bars.has_volume:
        columns["volume"] = bars.volume
    write_columns(path, bars.open_time, columns, facts or {})
    return True


def _stored(path: Path, bars: Bars) -> Bars | None:
    try:
        return read_bars(path, bars.asset, timeframe_name(bars.timeframe), "open")[0]
    except BarsieveError:
        return None


def _refuse_other(path: Path, stored: Bars | None) -> None:
    there = "another file"
    if stored is not None:
        first, last = iso(int(stored.open_time[0])), iso(int(stored.open_time[-1]))
        there = f"{stored.size:,} other bars {first} … {last}"
    raise OutputError(
        f"{path}: exists with {there}; pass --replace, or choose another name with --output"
    )


def write_columns(path: Path, times: Any, columns: dict[str, Any], facts: dict[str, str]) -> None:
    """A timestamp column and float64 columns as one Parquet file, whole or not at all."""
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq

    stamps = pa.array(np.asarray(times)).cast(pa.timestamp("ns", tz="UTC"))
    arrays = {name: pa.array(values, pa.float64()) for name, values in columns.items()}
    metadata = {METADATA_KEY: json.dumps(facts, sort_keys=True).encode()}
    table = pa.table({"timestamp": stamps, **arrays}).replace_schema_metadata(metadata)
    beside = fresh_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            pq.write_table(table, file, compression="zstd")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def facts_of(path: Path) -> dict[str, str]:
    """What `write_columns` kept in a file's metadata; empty for other files."""
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as file:
            metadata = pq.read_schema(file).metadata or {}
    except (pa.ArrowException, OSError):
        return {}
    facts: dict[str, str] = json.loads(metadata.get(METADATA_KEY, b"{}"))
    return facts

"""A run as its folder tells it: nothing here is computed again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine import __version__
from engine.errors import OutputError
from engine.kernel import Floats, Ints
from engine.names import wrong_name
from engine.prescreen.screen import SIDE_NAMES as CANDIDATE_SIDES
from engine.results.logs import SIDE_NAMES
from engine.results.parquet import NUMBERS
from engine.results.run_directory import SCHEMA

SIDES = {word: side for side, word in SIDE_NAMES.items()}
SIDE_BITS = {word: bits for bits, word in CANDIDATE_SIDES.items()}
TRADES = "trades.parquet"
FILES = ("run.json", "config.json", "trade_log.jsonl", TRADES, "equity.parquet")
Line = dict[str, Any]


@dataclass(frozen=True)
class StoredTrades:
    """m positions of one asset. position, side (+1, −1), entry_bar, exit_bar: int64[m]. entry_time,
    exit_time: int64[m], ns, of the opens of those bars. numbers: by the name of their column in
    trades.parquet, float64[m], `legs` int64[m]. reason: of the last leg.
    """

    position: Ints
    side: Ints
    entry_bar: Ints
    exit_bar: Ints
    entry_time: Ints
    exit_time: Ints
    numbers: Mapping[str, Any]
    reason: tuple[str, ...]

    @property
    def size(self) -> int:
        return self.position.size


@dataclass(frozen=True)
class StoredCandidates:
    """m candidates of one asset. bar: int64[m]. sides: uint8[m], bits of long and short."""

    bar: Ints
    sides: Any
    text: str


@dataclass(frozen=True)
class StoredRun:
    """record: run.json. config: config.json. trades, candidates and events (lines of the trade log)
    by asset, in config order. times: int64[r], ns, and equity: float64[r], a row for each bar in
    range, or each stamp of a portfolio.
    """

    folder: Path
    record: dict[str, Any]
    config: dict[str, Any]
    trades: Mapping[str, StoredTrades]
    candidates: Mapping[str, StoredCandidates]
    events: Mapping[str, Sequence[Line]]
    times: Ints
    equity: Floats

    @property
    def is_portfolio(self) -> bool:
        return "assets" in self.record

    @property
    def assets(self) -> dict[str, dict[str, Any]]:
        """The record of each asset; of a run of one, its own."""
        own: dict[str, dict[str, Any]]
        own = self.record["assets"] if self.is_portfolio else {self.record["asset"]: self.record}
        return own

    @property
    def initial_cash(self) -> float:
        return float(self.config["account"]["initial_cash"])


def read_run(folder: Path) -> StoredRun:
    """Read a run's folder; raises OutputError for a file that is missing or is not what it was."""
    record, config = (read_object(folder / name) for name in FILES[:2])
    try:
        names = list(record["assets"]) if "assets" in record else [str(record["asset"])]
        for name in filter(wrong_name, names):
            raise ValueError(f"asset {name!r}: {wrong_name(name)}")
        refuse_other_schema(folder, record)
        times, equity = _equity(folder / "equity.parquet")
        several = "assets" in record
        return StoredRun(
            folder, record, config, _trades(folder / TRADES, names),
            {name: _candidates(folder, name, several) for name in names},
            _events(folder / "trade_log.jsonl", names), times, equity,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise OutputError(
            f"{folder}: not the folder of a run ({type(error).__name__} at {error}); "
            "write it anew with `barsieve replay --replace`"
        ) from error


def refuse_other_schema(folder: Path, record: Mapping[str, Any]) -> None:
    """Raise OutputError unless the files are of this making, whichever version wrote them."""
    found = record.get("schema", 1)
    if found != SCHEMA:
        raise OutputError(
            f"{folder}: of schema {found}, written by barsieve {record.get('version')}; this is "
            f"{__version__} and reads schema {SCHEMA}; replay it again, as in: "
            f"barsieve replay --config {folder / 'config.json'}"
        )


def read_object(path: Path) -> dict[str, Any]:
    """A JSON file that holds an object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unreadable(path, error.strerror) from error
    except ValueError as error:
        raise OutputError(f"{path}: not valid JSON ({error})") from error
    if not isinstance(found, dict):
        raise OutputError(f"{path}: expected an object, found {type(found).__name__}")
    return found


def read_table(path: Path) -> Any:
    """A Parquet file as a pyarrow table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error).splitlines()[0]) from error
    except pa.ArrowException as error:
        raise OutputError(f"{path}: not a readable Parquet file") from error


def _unreadable(path: Path, why: str | None) -> OutputError:
    return OutputError(f"{path}: cannot be read ({why}); `barsieve replay` writes such a folder")


def _column(table: Any, name: str) -> Any:
    return table.column(name).to_numpy()


def _instants(table: Any, name: str) -> Ints:
    times: Ints = _column(table, name).astype("datetime64[ns]").astype(np.int64)
    return times


def _trades(path: Path, names: Sequence[str]) -> dict[str, StoredTrades]:
    table = read_table(path)
    if "asset" not in table.column_names:
        return {names[0]: _own_trades(table)}
    of = np.array(table.column("asset").to_pylist(), dtype=object)
    return {name: _own_trades(table.take(np.flatnonzero(of == name))) for name in names}


def _own_trades(table: Any) -> StoredTrades:
    sides = [SIDES[word] for word in table.column("side").to_pylist()]
    whole = (_column(table, name) for name in ("position", "entry_bar", "exit_bar"))
    position, entry_bar, exit_bar = whole
    return StoredTrades(
        position=position,
        side=np.array(sides, dtype=np.int64),
        entry_bar=entry_bar,
        exit_bar=exit_bar,
        entry_time=_instants(table, "entry_time"),
        exit_time=_instants(table, "exit_time"),
        numbers={name: _column(table, name) for name in NUMBERS},
        reason=tuple(table.column("reason").to_pylist()),
    )


def _equity(path: Path) -> tuple[Ints, Floats]:
    table = read_table(path)
    return _instants(table, "timestamp"), _column(table, "equity")


def _candidates(folder: Path, name: str, several: bool) -> StoredCandidates:
    path = folder / (f"candidates_{name}.jsonl" if several else "candidates.jsonl")
    text = _text(path)
    lines = [json.loads(line) for line in text.splitlines()]
    bar = np.array([line["bar"] for line in lines], dtype=np.int64)
    sides = np.array([SIDE_BITS[line["side"]] for line in lines], dtype=np.uint8)
    return StoredCandidates(bar, sides, text)


def _events(path: Path, names: Sequence[str]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {name: [] for name in names}
    for text in _text(path).splitlines():
        line = json.loads(text)
        found[line.get("asset", names[0])].append(line)
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise _unreadable(path, error.strerror) from error

"""Every point that was ever tried on a market, counted: the N of statistics about luck.

One line of `ledger.jsonl` for each run, appended and never changed. A market is an asset, a
timeframe and the first rows of its bars, so that appended bars and other dates are the same one.
Counted are points of a space with its settings, data and dates; read again from a store they count
nothing, in another space they count again: N is an upper bound.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

from engine.bars.series import Bars
from engine.errors import DataError, OutputError
from engine.kernel import Floats, Ints
from engine.search.validation.one_writer import one_writer

NAME = "ledger.jsonl"
FIRST_ROWS = 100
SCHEMA = 1
Ranges = tuple[tuple[int, int], ...]  # of numbers, first to last, ascending


@dataclass(frozen=True)
class Ratios:
    """Of per-bar Sharpe ratios: how many, their mean, and the sum of squares around it."""

    count: int = 0
    mean: float = 0.0
    m2: float = 0.0

    @property
    def spread(self) -> float:
        """V[SR_n], with ddof 1; NaN of fewer than two."""
        return self.m2 / (self.count - 1) if self.count > 1 else nan

    def with_more(self, other: "Ratios") -> "Ratios":
        """Those of both, after T. Chan, G. Golub and R. LeVeque (1979)."""
        count = self.count + other.count
        if not other.count:
            return self
        apart = other.mean - self.mean
        mean = self.mean + apart * other.count / count
        m2 = self.m2 + other.m2 + apart * apart * self.count * other.count / count
        return Ratios(count, mean, m2)


def ratios_of(values: Floats) -> Ratios:
    """Of float64[n]; NaN, a point that was given up before it had one, is left out."""
    known = values[~np.isnan(values)]
    if not known.size:
        return Ratios()
    mean = float(known.mean())
    return Ratios(known.size, mean, float(np.square(known - mean).sum()))


@dataclass(frozen=True)
class Record:
    """One run. markets: keys of `market_key`; strategy: what the user calls it; space: a hash of
    the settings, data, dates and space that its numbers belong to; numbers: those that no earlier
    record has; ratios: of those of them that have one.
    """

    kind: str
    markets: tuple[str, ...]
    strategy: str
    space: str
    numbers: Ranges
    ratios: Ratios

    @property
    def count(self) -> int:
        return sum(last - first + 1 for first, last in self.numbers)


@dataclass(frozen=True)
class Trials:
    """All that was tried on some markets. count: N; by_strategy: its parts, in order of names."""

    count: int = 0
    ratios: Ratios = field(default_factory=Ratios)
    by_strategy: Mapping[str, int] = field(default_factory=dict)


def market_key(asset: str, timeframe: str, bars: Bars) -> str:
    """`ETH 1h 3f…`: appended bars do not change it, rows put in front do."""
    return f"{asset} {timeframe} {bars.fingerprint(FIRST_ROWS)[:16]}"


def space_key(identity: Mapping[str, Any]) -> str:
    """A hash of whatever determines what the numbers of a run stand for."""
    text = json.dumps(identity, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def ranges_of(numbers: Iterable[int]) -> Ranges:
    """Ascending numbers as ranges.

    >>> ranges_of([3, 4, 5, 9])
    ((3, 5), (9, 9))
    """
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] + 1 == number:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return tuple(found)


def note(
    path: Path,
    kind: str,
    markets: Sequence[str],
    strategy: str,
    space: str,
    numbers: Ints,
    ratios: Floats,
) -> Trials:
    """Append what a run tried, `numbers` (ascending) with the ratio of each, less what was counted
    before; returns all trials of these markets with it.

    Nothing is appended when nothing is new. Safe beside other processes. Raises OutputError where
    the place cannot be written, DataError for a file that is no ledger.
    """
    with one_writer(path):
        known = read_ledger(path, mend=True)
        fresh = ~among(numbers, [each.numbers for each in known if each.space == space])
        if fresh.any():
            told = ranges_of(numbers[fresh].tolist())
            own = ratios_of(ratios[fresh])
            record = Record(kind, tuple(sorted(markets)), strategy, space, told, own)
            _append(path, record)
            known.append(record)
    return trials(known, markets)


def among(numbers: Ints, ranges: Sequence[Ranges]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """bool[n]: which of the numbers lie in any of the ranges."""
    found = np.zeros(numbers.size, dtype=bool)
    for first, last in (each for own in ranges for each in own):
        found |= (numbers >= first) & (numbers <= last)
    return found


def trials(records: Iterable[Record], markets: Sequence[str]) -> Trials:
    """Of all records that share a market with these."""
    ratios, counts = Ratios(), Counter[str]()
    for each in records:
        if set(each.markets) & set(markets):
            ratios = ratios.with_more(each.ratios)
            counts[each.strategy] += each.count
    return Trials(counts.total(), ratios, dict(sorted(counts.items())))


def read_ledger(path: Path, mend: bool = False) -> list[Record]:
    """The records, in the order of their writing; none where there is no file.

    A last line that was cut off counts nothing; mend: it is removed. Raises DataError, with file
    and line, for anything else that is no record.
    """
    if not path.is_file():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if mend and len(whole) < len(content):
        os.truncate(path, len(whole))
    return [
        _record(line, f"{path}, line {number}") for number, line in enumerate(whole.splitlines(), 1)
    ]


def _append(path: Path, record: Record) -> None:
    line = json.dumps({"schema": SCHEMA, **asdict(record)}) + "\n"
    try:
        with path.open("ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def _record(line: bytes, where: str) -> Record:
    try:
        tree = json.loads(line)
        schema = tree.pop("schema")
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise DataError(f"{where}: no record of a ledger") from error
    if schema != SCHEMA:
        raise DataError(f"{where}: schema {schema}; this version reads {SCHEMA}")
    try:
        ratios = tree.pop("ratios")
        numbers = tuple((int(first), int(last)) for first, last in tree.pop("numbers"))
        markets = tuple(str(each) for each in tree.pop("markets"))
        record = Record(
            markets=markets,
            numbers=numbers,
            ratios=Ratios(int(ratios["count"]), float(ratios["mean"]), float(ratios["m2"])),
            **{name: str(tree.pop(name)) for name in ("kind", "strategy", "space")},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{where}: no record of a ledger") from error
    _refuse_odd(record, tree, where)
    return record


def _refuse_odd(record: Record, rest: Mapping[str, Any], where: str) -> None:
    """Raise DataError for what no run writes: a ledger is only worth what its lines are."""
    bounds = [end for each in record.numbers for end in each]
    ascending = all(first <= last for first, last in record.numbers) and all(
        one[1] < other[0] for one, other in pairwise(record.numbers)
    )
    if rest or not bounds or bounds[0] < 0 or not ascending or record.ratios.count > record.count:
        raise DataError(f"{where}: no record of a ledger")

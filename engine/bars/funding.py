"""Funding rates: a file of stamps and rates, summed over the bars in which they fall due."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.bars.columns import read_floats
from engine.bars.dates import iso
from engine.bars.series import Bars
from engine.bars.sources.containers import open_source
from engine.bars.sources.declared import Declared
from engine.bars.sources.raw import RawTable
from engine.bars.stamps import parse_stamps
from engine.errors import DataError
from engine.kernel import Floats, Ints

_STAMPS = ("timestamp", "time", "date", "datetime", "funding_time")
_RATES = ("funding_rate", "rate", "fundingrate", "value")
_CANDLE = ("open", "high", "low", "close")  # freqtrade writes the rate as an open, zeros beside it


@dataclass(frozen=True)
class Funding:
    """rate: float64[n], the sum of the rates stamped in [open_time, close_time) of each bar.
    fingerprint: of all stamps and rates, empty without a file. notes: what was read.
    """

    rate: Floats
    fingerprint: str
    notes: tuple[str, ...]


def bar_funding(path: str | None, bars: Bars) -> Funding:
    """The funding of each bar; zeros without a file. Raises DataError for one that is wrong."""
    if path is None:
        return Funding(np.zeros(bars.size), "", ())
    stamp, rate, said = read_funding(Path(path))
    bar = np.searchsorted(bars.open_time, stamp, side="right") - 1
    inside = (bar >= 0) & (stamp < bars.close_time[np.maximum(bar, 0)])
    summed = np.zeros(bars.size)
    np.add.at(summed, bar[inside], rate[inside])  # in order of the stamps
    digest = hashlib.sha256(stamp.tobytes() + rate.tobytes()).hexdigest()
    outside = stamp.size - int(inside.sum())
    note = f"{said}; {outside:,} of them fall into no bar" if outside else said
    return Funding(summed, digest, (note,))


def read_funding(path: Path) -> tuple[Ints, Floats, str]:
    """Stamps int64[m] ns UTC, rates float64[m], and a sentence that says what was read.

    Raises DataError for a file without these columns, stamps that do not increase, or a rate that
    is none.
    """
    table = open_source(path, Declared())
    if not table.has_names or table.size == 0:
        raise DataError(f"{table.where}: expected a header line, and rows of stamp and rate")
    name = _rate_column(table)
    stamp, understood = parse_stamps(table.column(_stamp_column(table)), table.where)
    rate = read_floats(table.column(name), name, table.where) + 0.0
    _refuse_wrong(stamp, rate, table.where)
    return stamp, rate, f"{stamp.size:,} funding rates from {path}, column {name}; {understood}"


def _stamp_column(table: RawTable) -> str:
    return _required(_first(table, _STAMPS), "stamp", _STAMPS, table)


def _rate_column(table: RawTable) -> str:
    found = _first(table, _RATES)
    if found is None and all(table.find(name) is not None for name in _CANDLE):
        rate, *others = (str(table.find(name)) for name in _CANDLE)
        if all(not read_floats(table.column(name), name, table.where).any() for name in others):
            return rate
    return _required(found, "rate", _RATES, table)


def _first(table: RawTable, meanings: tuple[str, ...]) -> str | None:
    return next((name for name in map(table.find, meanings) if name is not None), None)


def _required(found: str | None, what: str, names: tuple[str, ...], table: RawTable) -> str:
    if found is None:
        raise DataError(
            f"{table.where}: no {what} column; expected one of {', '.join(names)}; found "
            f"{', '.join(table.names[:12])}"
        )
    return found


def _refuse_wrong(stamp: Ints, rate: Floats, where: str) -> None:
    """Raise DataError for the first row out of order, or whose rate is no share of a notional."""
    rules = (
        (np.diff(stamp, prepend=stamp[0] - 1) <= 0, "is not later than the row before"),
        # Written so that NaN is wrong too.
        (~(np.abs(rate) < 1.0), "has no rate above -1 and below 1"),
    )
    for wrong, said in rules:
        if wrong.any():
            row = int(np.argmax(wrong))
            raise DataError(f"{where}: row {row + 1} ({iso(int(stamp[row]))}) {said}")

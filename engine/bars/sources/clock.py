"""Stamps of a source as UTC instants: what they say themselves, or what zone they are read in."""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.bars.dates import DAY, iso
from engine.bars.local_days import are_local_days, clock_readings
from engine.bars.local_time import find_zone, local_times
from engine.bars.sources.format import Format
from engine.bars.sources.raw import shown
from engine.bars.stamp_patterns import meant, pattern_hint
from engine.bars.stamps import decoded, parse_stamps, to_ints
from engine.errors import DataError, SettingsError
from engine.kernel import Ints

_MS = 1_000_000
_NUMBER = r"^[+-]?\d+(\.\d*)?$"
_OFFSET = r"\d[T ]\d{2}(:?\d{2}){0,2}(\.\d+)?(Z|[+-]\d{2}(:?\d{2})?)$"


@dataclass(frozen=True)
class Stamps:
    """times: int64[n], ns; UTC if `placed`, else on a clock whose zone the source does not say.

    column: the name of the column they came from. days: they were midnights on a clock that was
    changed, and are the dates of those days.
    """

    times: Ints
    placed: bool
    said: str
    column: str = ""
    days: bool = False


def read_stamps(
    column: Any, form: Format, date_format: str | None, name: str, where: str
) -> Stamps:
    """Stamps in any form of `form`; `name`, the file's, may carry the day. Raises DataError."""
    column = decoded(column)
    if date_format is not None and "%" not in date_format:
        raise SettingsError(
            f"--date-format {date_format!r}: has no %; expected one such as {meant(date_format)!r}"
        )
    if date_format is not None:
        return _by_pattern(column, date_format, where)
    for pattern in form.stamp_formats:
        if _fits(column, pattern):
            return _by_pattern(column, pattern, where)
    if form.since_midnight:
        return _since_midnight(column, name, where)
    times, said = parse_stamps(column, where)
    return Stamps(times, _is_placed(column), said)


def local_days(stamps: Stamps, column: Any, zone: str | None) -> Stamps:
    """Daily instants as dates, where they are midnights at their own offset, or in the zone that
    the user says; else the stamps as they are.
    """
    if not stamps.placed:
        return stamps
    readings = clock_readings(column) if zone is None else local_times(stamps.times, zone)
    if readings is None or not are_local_days(stamps.times, readings):
        return stamps
    return replace(stamps, times=readings, placed=False, days=True)


def _is_placed(column: Any) -> bool:
    """Whether the stamps name instants: a number since 1970, a zone, an offset."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_timestamp(kind):
        return kind.tz is not None
    if pa.types.is_date(kind):
        return False
    if pa.types.is_string(kind):
        first = str(column[0].as_py())
        return bool(re.search(_NUMBER, first) or re.search(_OFFSET, first))
    return True


def _fits(column: Any, pattern: str) -> bool:
    import pandas as pd

    first = str(column[0].as_py()) if len(column) else ""
    return bool(pd.notna(pd.to_datetime(first, format=pattern, errors="coerce")))


def _by_pattern(column: Any, pattern: str, where: str) -> Stamps:
    import pandas as pd

    texts = column.cast("string").to_pandas()
    has_zone = "%z" in pattern
    try:
        parsed = pd.to_datetime(texts, format=pattern, errors="coerce", utc=has_zone)
    except (ValueError, TypeError) as error:
        said = shown(error, 100)
        raise SettingsError(
            f"--date-format {pattern!r}: {said}; expected one such as %d.%m.%Y %H:%M"
        ) from error
    unread = parsed.isna().to_numpy()
    if unread.any():
        row = int(np.argmax(unread))
        text = str(texts.iloc[row])
        raise DataError(
            f"{where}: row {row + 1}: stamp {text!r} cannot be read; expected {pattern}"
            f"{pattern_hint(text)}"
        )
    times = np.array(parsed.dt.tz_localize(None), dtype="datetime64[ns]").astype(np.int64)
    said = "with a UTC offset" if has_zone else "without an offset"
    return Stamps(times, has_zone, f"stamps: text as {pattern}, {said}")


def _since_midnight(column: Any, name: str, where: str) -> Stamps:
    import pyarrow as pa

    match = re.match(r"(\d{4})(\d\d)(\d\d)_", name)
    try:
        day = np.datetime64("-".join(match.groups() if match else ""), "ns").astype(np.int64)
    except ValueError:
        match = None
    if match is None:
        raise DataError(
            f"{where}: stamps count from midnight; expected the day first in the file's name, "
            "as in 20240603_trade.csv"
        )
    try:
        counts = to_ints(column.cast(pa.int64()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(
            f"{where}: a stamp is no whole number of ms since midnight ({shown(error, 80)})"
        ) from error
    outside = (counts < 0) | (counts * _MS >= DAY)
    if outside.any():
        row = int(np.argmax(outside))
        raise DataError(
            f"{where}: row {row + 1}: stamp {counts[row]} is no ms of a day; expected 0 … 86399999"
        )
    return Stamps(int(day) + counts * _MS, False, f"stamps: ms since midnight of {match[0][:8]}")


def to_utc(times: Ints, zone: str, where: str) -> tuple[Ints, str]:
    """Clock times of a zone as UTC; raises DataError for one that the zone skips or has twice.

    An hour that the clock shows twice is told apart by the order of the rows, if it is there twice.
    """
    if zone == "UTC":
        return times, "stamps read as UTC"
    find_zone(zone)
    import pandas as pd

    index = pd.DatetimeIndex(times.astype("datetime64[ns]"))
    try:
        placed = index.tz_localize(zone, ambiguous="infer", nonexistent="raise")
    except ValueError as error:
        raise DataError(_unplaced(index, zone, where)) from error
    utc = np.array(placed.tz_convert(None), dtype="datetime64[ns]").astype(np.int64)
    return utc, f"stamps read in {zone}, now UTC"


def _unplaced(index: Any, zone: str, where: str) -> str:
    skipped = np.asarray(
        index.tz_localize(zone, ambiguous=np.ones(len(index), bool), nonexistent="NaT").isna()
    )
    if skipped.any():
        row, said = int(np.argmax(skipped)), "is skipped when the clocks go forward"
    else:
        twice = index.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").isna()
        row, said = (
            int(np.argmax(twice)),
            "is there twice when the clocks go back, and once in the file",
        )
    stamp = iso(int(index.to_numpy().astype("datetime64[ns]").astype(np.int64)[row]))[:-1]
    expected = "expected another --tz, or stamps with an offset"
    return f"{where}: row {row + 1}: {stamp} in {zone} {said}; {expected}"

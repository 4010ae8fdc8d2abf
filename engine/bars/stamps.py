"""A column of stamps in any common form, as ns since 1970 UTC."""

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.bars.stamp_patterns import pattern_hint
from engine.errors import DataError
from engine.kernel import Floats, Ints

Column = Any  # a pyarrow ChunkedArray: pyarrow is loaded only by the commands that read files

# 1980-01-01 and 2100-01-01: the four units cannot be confused between them.
_EARLIEST, _LATEST = 315_532_800, 4_102_444_800
_PER_SECOND = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
_NS_PER_UNIT = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_NUMBER = r"^[+-]?\d+(\.\d*)?$"
_OFFSET = r"\d[T ]\d{2}(:?\d{2}){0,2}(\.\d+)?(Z|[+-]\d{2}(:?\d{2})?)$"
_EXPECTED = (
    "expected ISO-8601 such as 2025-01-01T03:00:00Z, "
    "or s, ms, µs or ns since 1970 between 1980 and 2100"
)


def parse_stamps(column: Column, where: str) -> tuple[Ints, str]:
    """Stamps as int64[n] ns UTC, and one sentence that says how they were understood.

    `column`: a pyarrow (chunked) array of timestamps, dates, numbers or text. Raises DataError,
    with the row counted from 1, for anything missing, unreadable, ambiguous or mixed.
    """
    from pyarrow import types

    column = decoded(column)
    if column.null_count:
        row = column.is_null().index(True).as_py()
        raise DataError(f"{where}: row {row + 1}: no stamp; {_EXPECTED}")
    kind = column.type
    if types.is_timestamp(kind):
        return _from_timestamps(column, where)
    if types.is_date(kind):
        return _from_dates(column, where)
    if types.is_integer(kind) or types.is_floating(kind):
        return _from_numbers(_numpy_numbers(column), where)
    if types.is_string(kind):
        return _from_text(column, where)
    raise DataError(f"{where}: row 1: stamp {column[0]} has type {kind}; {_EXPECTED}")


def decoded(column: Column) -> Column:
    """The column as a chunked array of plain values: no dictionary, one type of text, trimmed."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, pa.Array):
        column = pa.chunked_array([column])
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    return pc.utf8_trim_whitespace(column) if pa.types.is_string(column.type) else column


def is_text(column: Column) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(decoded(column).type))


def to_ints(column: Column) -> Ints:
    """A chunked int64 array without nulls as int64[n]."""
    return np.concatenate([np.zeros(0, np.int64), *_chunks(column, np.int64)])


def to_floats(column: Column) -> Floats:
    """A chunked float64 array without nulls as float64[n]."""
    return np.concatenate([np.zeros(0), *_chunks(column, np.float64)])


def _chunks(column: Column, kind: type[Any]) -> list[Any]:
    # Arrow's own to_numpy() imports pandas, 0.2 s that nothing here needs.
    return [
        np.frombuffer(chunk.buffers()[1], dtype=kind)[chunk.offset : chunk.offset + len(chunk)]
        for chunk in column.chunks
        if len(chunk)
    ]


def first_refused(column: Column, accepts: Callable[[Column], bool]) -> int:
    """The first row of a column that `accepts` refuses as a whole, found by halving."""
    low, high = 0, len(column)
    while high - low > 1:
        middle = (low + high) // 2
        if accepts(column.slice(low, middle - low)):
            low = middle
        else:
            high = middle
    return low


def _from_timestamps(column: Column, where: str) -> tuple[Ints, str]:
    import pyarrow as pa

    scale = _NS_PER_UNIT[column.type.unit]
    counts = to_ints(column.cast(pa.int64()))
    zone = column.type.tz
    said = "with a zone or offset, in UTC" if zone else "without a zone, taken as UTC"
    return _scaled(counts, scale, column, where), f"stamps: timestamps {said}"


def _from_dates(column: Column, where: str) -> tuple[Ints, str]:
    import pyarrow as pa

    days = to_ints(column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64()))
    return _scaled(days, 86_400 * 10**9, column, where), "stamps: dates, taken as 00:00 UTC"


def _scaled(counts: Ints, scale: int, column: Column, where: str) -> Ints:
    too_far = np.abs(counts) > (2**63 - 1) // scale
    if too_far.any():
        row = int(np.argmax(too_far))
        said = f"stamp {counts[row]} ({column.type}) is outside the years 1678 … 2261"
        raise DataError(f"{where}: row {row + 1}: {said}")
    return counts * np.int64(scale)


def _numpy_numbers(column: Column) -> Ints | Floats:
    import pyarrow as pa

    # Unsafe: an unsigned number beyond int64 turns negative and is refused as out of range.
    if pa.types.is_integer(column.type):
        return to_ints(column.cast(pa.int64(), safe=False))
    return to_floats(column.cast(pa.float64()))


def _from_numbers(numbers: Ints | Floats, where: str) -> tuple[Ints, str]:
    unit = _unit(numbers[0].item()) if numbers.size else "seconds"
    if unit is None:
        raise DataError(f"{where}: row 1: stamp {numbers[0]} is not an instant; {_EXPECTED}")
    scale = _PER_SECOND[unit]
    # Written so that NaN is outside too.
    outside = ~((numbers >= _EARLIEST * scale) & (numbers < _LATEST * scale))
    if outside.any():
        row = int(np.argmax(outside))
        raise DataError(
            f"{where}: row {row + 1}: stamp {numbers[row]} is not in {unit} as row 1 is; "
            "expected one unit, between 1980 and 2100"
        )
    whole = np.floor(numbers).astype(np.int64)
    parts = np.rint((numbers - whole) * (10**9 // scale)).astype(np.int64)
    return whole * (10**9 // scale) + parts, f"stamps: {unit} since 1970 UTC"


def _unit(number: float) -> str | None:
    for unit, scale in _PER_SECOND.items():
        if _EARLIEST * scale <= number < _LATEST * scale:
            return unit
    return None


def _from_text(column: Column, where: str) -> tuple[Ints, str]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(column) and pc.match_substring_regex(column[0], _NUMBER).as_py():
        return _from_numbers(_numbers_in_text(column, where), where)
    has_offset = to_ints(pc.match_substring_regex(column, _OFFSET).cast(pa.int64()))
    odd = np.flatnonzero(has_offset != has_offset[:1])
    zone = "UTC" if has_offset[:1].any() else None
    stop = int(odd[0]) if odd.size else len(column)
    parsed = _parsed_text(column.slice(0, stop), zone, where)
    if odd.size:
        _refuse_odd_one(column, stop, bool(has_offset[0]), where)
    said = "with a UTC offset, in UTC" if zone else "without an offset, taken as UTC"
    return parsed, f"stamps: ISO-8601 text {said}"


def _refuse_odd_one(column: Column, row: int, first_has_offset: bool, where: str) -> None:
    """The row that differs from row 1: unreadable, or the other kind of stamp."""
    _parsed_text(column.slice(row, 1), None if first_has_offset else "UTC", where, row)
    has, lacks = f"row 1 ({column[0]})", f"row {row + 1} ({column[row]})"
    if not first_has_offset:
        has, lacks = lacks, has
    raise DataError(
        f"{where}: row {row + 1}: {has} has a UTC offset and {lacks} has none; "
        "expected all or none of the stamps with an offset"
    )


def _parsed_text(column: Column, zone: str | None, where: str, first_row: int = 0) -> Ints:
    import pyarrow as pa

    kind = pa.timestamp("ns", zone)
    try:
        return to_ints(column.cast(kind).cast(pa.int64()))
    except pa.ArrowInvalid as error:
        row = first_refused(column, lambda part: _casts(part, kind))
        text = str(column[row].as_py())
        said = f"stamp {text!r} cannot be read; {_EXPECTED}{pattern_hint(text)}"
        raise DataError(f"{where}: row {first_row + row + 1}: {said}") from error


def _numbers_in_text(column: Column, where: str) -> Ints | Floats:
    import pyarrow as pa
    import pyarrow.compute as pc

    row = pc.match_substring_regex(column, _NUMBER).index(False).as_py()
    if row >= 0:
        said = f"stamp {column[row].as_py()!r} is no number as row 1 is"
        raise DataError(f"{where}: row {row + 1}: {said}; {_EXPECTED}")
    whole = _casts(column, pa.int64())
    return _numpy_numbers(column.cast(pa.int64() if whole else pa.float64()))


def _casts(column: Column, kind: Any) -> bool:
    import pyarrow as pa

    try:
        column.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True

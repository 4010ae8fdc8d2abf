"""Which column of a table means what, and its numbers as float64."""

import numpy as np

from engine.bars.stamps import Column, decoded, first_refused, to_floats
from engine.errors import DataError
from engine.kernel import Floats

# In order of preference: an exporter's row number named `index` loses to a real stamp.
_STAMP_NAMES = ("timestamp", "open_time", "datetime", "time", "date", "index", "__index_level_0__")
_UNNAMED = ("", "unnamed:_0")  # an index that pandas wrote to CSV
_PRICES = ("open", "high", "low", "close")


def find_columns(names: list[str], where: str) -> dict[str, str]:
    """The name of the column for `stamp`, `open`, `high`, `low`, `close`, and `volume` if any.

    Case and spaces do not matter, other columns are ignored. Raises DataError for a missing or a
    twofold column, naming those found.
    """
    meanings: dict[str, list[str]] = {}
    for name in names:
        meanings.setdefault(name.strip().lower().replace(" ", "_"), []).append(name)
    stamp = next((name for name in (*_STAMP_NAMES, *_UNNAMED) if name in meanings), None)
    if stamp is None:
        raise DataError(f"{where}: no stamp column; expected timestamp{_found(names)}")
    roles = {"stamp": stamp} | {name: name for name in (*_PRICES, "volume") if name in meanings}
    for name in _PRICES:
        if name not in roles:
            raise DataError(
                f"{where}: no column {name}; expected open, high, low, close{_found(names)}"
            )
    for role, meaning in roles.items():
        if len(meanings[meaning]) > 1:
            both = " and ".join(" ".join(name.split()) for name in meanings[meaning])
            raise DataError(f"{where}: columns {both} both mean {role}; expected one of them")
    return {role: meanings[meaning][0] for role, meaning in roles.items()}


def _found(names: list[str]) -> str:
    shown = [" ".join(name.split()) for name in names[:12]]  # a quoted name may have a line end
    listed = ", ".join(shown) + (", …" if len(names) > 12 else "")
    headless = names and all(name.replace(".", "", 1).isdigit() for name in names)
    hint = " (the first line looks like data: add a header line)" if headless else ""
    return f"; found {listed}{hint}"


def read_floats(column: Column, name: str, where: str) -> Floats:
    """Numbers, decimals or text as float64[n], correctly rounded; a missing value is NaN.

    Raises DataError with the row, counted from 1, and the column for what is not a number.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    # By way of text: Arrow's own conversion of decimals may be off in the last bit.
    is_decimal = pa.types.is_decimal(column.type)
    values = column.cast(pa.string()) if is_decimal else decoded(column)
    floats = _as_floats(values)
    if floats is None:
        row = first_refused(values, lambda part: _as_floats(part) is not None)
        text = repr(str(column[row].as_py()))
        said = f"row {row + 1}: {name} {text} is not a number; expected one such as 2061.43"
        raise DataError(f"{where}: {said}")
    return to_floats(pc.fill_null(floats, np.nan) if floats.null_count else floats)


def _as_floats(column: Column) -> Column | None:
    """The column as Arrow doubles, or None if any of it is not a number."""
    import pyarrow as pa

    if pa.types.is_boolean(column.type) or pa.types.is_temporal(column.type):
        return None
    try:
        return column.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None

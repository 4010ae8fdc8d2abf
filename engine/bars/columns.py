"""Which column of a table means what, and its numbers as float64."""

import string
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from engine.bars.marks import hint, looks_like_number
from engine.bars.stamps import Column, decoded, first_refused, to_floats
from engine.errors import DataError
from engine.kernel import Floats

# In order of preference: an exporter's row number named `index` loses to a real stamp.
STAMP_NAMES = (
    "timestamp", "open_time", "datetime", "date_time", "time", "date", "gmt_time", "utc_time",
    "index", "__index_level_0__",
)  # fmt: skip
VOLUME_NAMES = ("volume", "vol", "vol.")
_UNNAMED = ("", "unnamed:_0")  # an index that pandas wrote to CSV
_PRICES = ("open", "high", "low", "close")
_SHOWN = 12
_WORD = frozenset(string.ascii_letters + string.digits + "_./-")  # what no shell changes
Ask = Callable[[str, Sequence[str]], str]


def plain(name: str) -> str:
    """A name as it is compared: in lower case, without `<>` around it, spaces as `_`."""
    return name.strip().removeprefix("<").removesuffix(">").lower().replace(" ", "_")


def import_hint(role: str, names: Sequence[str]) -> str:
    """How a file is read whose columns have other names, to a reader without that option."""
    return f"; `barsieve data import {naming_option(role, names)}` reads other names"


def naming_option(role: str, names: Sequence[str]) -> str:
    """The option that says which column is what, with the nearest of the names, if one is near."""
    near = [name for name in names if role in plain(name)]
    name = " ".join(near[0].split()) if near else "NAME"
    shown = f"'{name}'" if set(name) - _WORD else name
    return f"--stamp-column {shown}" if role == "stamp" else f"--columns {role}={shown}"


def find_columns(names: list[str], where: str, ask: Ask = import_hint) -> dict[str, str]:
    """The name of the column for `stamp`, `open`, `high`, `low`, `close`, and `volume` if any.

    Case and spaces do not matter, other columns are ignored. ask: what to say of a column that is
    missing. Raises DataError for a missing or a twofold column, naming those found.
    """
    meanings: dict[str, list[str]] = {}
    for name in names:
        meanings.setdefault(plain(name), []).append(name)
    stamp = _first((*STAMP_NAMES, *_UNNAMED), meanings)
    if stamp is None:
        known = ", ".join(STAMP_NAMES[:-1])
        said = f"no stamp column; expected timestamp (or {known.partition(', ')[2]})"
        raise DataError(f"{where}: {said}{_found(names)}{ask('stamp', names)}")
    roles = {"stamp": stamp} | {name: name for name in _PRICES if name in meanings}
    for name in _PRICES:
        if name not in roles:
            said = f"no column {name}; expected open, high, low, close"
            raise DataError(f"{where}: {said}{_found(names)}{ask(name, names)}")
    volume = _first(VOLUME_NAMES, meanings)
    roles |= {} if volume is None else {"volume": volume}
    for role, meaning in roles.items():
        if len(meanings[meaning]) > 1:
            both = " and ".join(" ".join(name.split()) for name in meanings[meaning])
            raise DataError(f"{where}: columns {both} both mean {role}; expected one of them")
    return {role: meanings[meaning][0] for role, meaning in roles.items()}


def _first(known: Sequence[str], meanings: Mapping[str, list[str]]) -> str | None:
    return next((name for name in known if name in meanings), None)


def _found(names: list[str]) -> str:
    shown = [" ".join(name.split()) for name in names[:_SHOWN]]  # a quoted name may have a line end
    listed = ", ".join(shown) + (", …" if len(names) > _SHOWN else "")
    headless = sum(map(looks_like_number, names)) >= len(_PRICES)
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
        text = str(column[row].as_py())
        said = f"row {row + 1}: {name} {text!r} is not a number; expected one such as 2061.43"
        raise DataError(f"{where}: {said}{hint(text)}")
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

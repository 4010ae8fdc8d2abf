"""Columns that the user names: `--columns close=Close/Last`, `--stamp-column`."""

import re
from collections.abc import Sequence
from dataclasses import replace

from engine.bars.columns import STAMP_NAMES, VOLUME_NAMES, plain
from engine.bars.sources.format import OHLC
from engine.bars.sources.raw import RawTable
from engine.errors import DataError, SettingsError
from engine.settings import did_you_mean

ROLES = (*OHLC, "volume")
_MEANINGS = {**{name: (name,) for name in OHLC}, "volume": VOLUME_NAMES}


def roles_of(options: Sequence[str]) -> dict[str, str]:
    """What each `role=NAME` of `--columns` says; raises SettingsError for what is no role."""
    found: dict[str, str] = {}
    for part in [part for text in options for part in re.split(r",(?=\w+=)", text)]:
        role, sign, name = part.partition("=")
        role = role.strip().lower()
        if not sign or not name or role not in ROLES:
            hint = did_you_mean(role, list(ROLES))
            raise SettingsError(
                f"--columns {part}: expected {', '.join(ROLES)} = the name of a column, as in "
                f"close=Close/Last (--stamp-column names that of the stamps){hint}"
            )
        if role in found:
            raise SettingsError(f"--columns: {role} is named twice, {found[role]} and {name}")
        found[role] = name
    return found


def with_columns(table: RawTable, options: Sequence[str]) -> RawTable:
    """The table with the columns that `--columns` names under the names of what they are."""
    names = list(table.names)
    given = {_index(table, name, "--columns"): role for role, name in roles_of(options).items()}
    taken = {meaning for role in given.values() for meaning in _MEANINGS[role]}
    kept = [k for k, name in enumerate(names) if k in given or plain(name) not in taken]
    return replace(
        table,
        names=tuple(given.get(k, names[k]) for k in kept),
        columns=tuple(table.columns[k] for k in kept),
        unused=(*table.unused, *(name for k, name in enumerate(names) if k not in kept)),
    )


def with_stamp(table: RawTable, options: Sequence[str]) -> RawTable:
    """The table with one column `timestamp`: the named one, or the named ones joined by a space."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = [_index(table, name, "--stamp-column") for name in options]
    stamp = table.columns[found[0]]
    if len(found) > 1:
        texts = [table.columns[k].cast(pa.string()) for k in found]
        stamp = pc.binary_join_element_wise(*texts, " ")
    names = list(table.names)
    others = [k for k, name in enumerate(names) if plain(name) in STAMP_NAMES and k not in found]
    rest = [k for k in range(len(names)) if k not in found and k not in others]
    return replace(
        table,
        names=("timestamp", *(names[k] for k in rest)),
        columns=(stamp, *(table.columns[k] for k in rest)),
        unused=(*table.unused, *(names[k] for k in others)),
    )


def _index(table: RawTable, name: str, option: str) -> int:
    """The column of that name, in any case if there is none in this; raises DataError."""
    for same in (lambda other: other.strip() == name, lambda other: plain(other) == plain(name)):
        found = [k for k, other in enumerate(table.names) if same(other)]
        if len(found) == 1:
            return found[0]
    names = [" ".join(other.split()) for other in table.names[:12]]
    raise DataError(
        f"{table.where}: {option} {name}: no column of that name; found {', '.join(names)}"
        f"{did_you_mean(name, names) if len(names) > 8 else ''}"
    )

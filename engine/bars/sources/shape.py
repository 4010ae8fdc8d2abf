"""Which format a table is in, and the table under the names that its columns are found by."""

import re
from collections.abc import Sequence
from dataclasses import replace

from engine.bars.sources.catalogue import FORMATS, find_format
from engine.bars.sources.chosen import ROLES, with_columns, with_stamp
from engine.bars.sources.declared import Declared
from engine.bars.sources.format import Format
from engine.bars.sources.raw import RawTable, shown
from engine.errors import DataError


def recognise(raw: RawTable, declared: Declared) -> tuple[Format, str]:
    """The format and a sentence that states it: `--format`, else the first that matches."""
    if declared.format is not None:
        form = find_format(declared.format)
        return form, f"format: {form.title} (--format {form.name})"
    if declared.no_header:
        return find_format("plain"), "format: rows without a header line (--no-header)"
    form = next(each for each in FORMATS if re.match(each.head, raw.head))
    if not raw.has_names and not form.columns:
        raise DataError(
            f"{raw.where}: no header line, and no known format without one ({len(raw.columns)} "
            f"fields: {shown(raw.lines[-1])}); say --no-header, columns are then 1, 2, …, as in "
            "--stamp-column 1 --columns open=2,high=3,low=4,close=5"
        )
    return form, f"format: {form.title} (recognised; --format {form.name} forces it)"


def shaped(raw: RawTable, form: Format, declared: Declared) -> RawTable:
    """The table with the user's and the format's names, one stamp column, and `volume` if any."""
    table = raw if raw.has_names else _with_names(raw, form, declared)
    table = with_columns(table, declared.columns)
    if declared.stamp_columns:
        table = with_stamp(table, declared.stamp_columns)
    elif form.joined:
        table = _joined(table, form)
    if table.find("volume") is not None:
        return table
    if form.volume_prefix is not None:
        table = _with_volume(table, form.volume_prefix)
    return _with_traded(table, form.volumes) if form.volumes else table


def refuse_cut(raw: RawTable, form: Format, declared: Declared) -> None:
    """Raise DataError for text whose last line may have lost its end, unless the user says not."""
    if not (raw.whole_end or form.ends_without_line_end or declared.keep_last_line):
        raise DataError(
            f"{raw.where}: the last line has no line end, so the file may be cut; "
            "pass --keep-last-line if it is whole"
        )


def _with_names(raw: RawTable, form: Format, declared: Declared) -> RawTable:
    if declared.no_header and not form.columns:
        return raw.named(_numbers(raw, declared))
    if len(raw.columns) != len(form.columns):
        expected = f"{len(form.columns)} fields" if form.columns else "a header line"
        raise DataError(
            f"{raw.where}: {len(raw.columns)} fields and no header line; "
            f"--format {form.name} expects {expected}"
        )
    return raw.named(form.columns)


def _numbers(raw: RawTable, declared: Declared) -> tuple[str, ...]:
    """1, 2, …; stamp, open, high, low, close and volume where the user says nothing."""
    count = len(raw.columns)
    usual = ("timestamp", *ROLES) if not (declared.columns or declared.stamp_columns) else ()
    return tuple((*usual[:count], *map(str, range(len(usual) + 1, count + 1))))


def _joined(table: RawTable, form: Format) -> RawTable:
    """Date and time as one stamp; where there is no time, as on days, the date."""
    found = [name for each in form.joined if (name := table.find(each)) is not None]
    if not found or found[0] != table.find(form.joined[0]):
        raise DataError(f"{table.where}: --format {form.name} expects {' and '.join(form.joined)}")
    return with_stamp(table, found)


def _with_volume(table: RawTable, prefix: str) -> RawTable:
    first = next((name for name in table.names if name.lower().startswith(prefix)), None)
    names = tuple("volume" if name == first else name for name in table.names)
    return replace(table, names=names)


def _with_traded(table: RawTable, names: Sequence[str]) -> RawTable:
    """The first of several volumes that is not 0 on every row; the first where all are."""
    import pyarrow.compute as pc

    found = [name for each in names if (name := table.find(each)) is not None]
    traded = [
        name
        for name in found
        if pc.any(pc.match_substring_regex(table.column(name), "[1-9]")).as_py()
    ]
    chosen = next(iter(traded or found), None)
    if chosen is None:
        return table
    said = f"volume: column {chosen}" + (f", {found[0]} is 0" if chosen != found[0] else "")
    renamed = tuple("volume" if name == chosen else name for name in table.names)
    return replace(table, names=renamed, notes=(*table.notes, said))

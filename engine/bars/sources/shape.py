"""Which format a table is in, and the table under the names that its columns are found by."""

import re
from dataclasses import replace

from engine.bars.sources.catalogue import FORMATS, find_format
from engine.bars.sources.declared import Declared
from engine.bars.sources.format import Format
from engine.bars.sources.raw import RawTable, shown
from engine.errors import DataError


def recognise(raw: RawTable, declared: Declared) -> tuple[Format, str]:
    """The format and a sentence that states it: `--format`, else the first that matches."""
    if declared.format is not None:
        form = find_format(declared.format)
        return form, f"format: {form.title} (--format {form.name})"
    form = next(each for each in FORMATS if re.match(each.head, raw.head))
    if not raw.has_names and not form.columns:
        raise DataError(
            f"{raw.where}: no header line, and no known format without one ({len(raw.columns)} "
            f"fields: {shown(raw.lines[-1])}); add a header line, or say --format"
        )
    return form, f"format: {form.title} (recognised; --format {form.name} forces it)"


def shaped(raw: RawTable, form: Format) -> RawTable:
    """The table with the format's names, one stamp column, and `volume` if there is one."""
    table = raw if raw.has_names else _with_names(raw, form)
    if form.joined:
        table = _joined(table, form)
    if form.volume_prefix is not None and table.find("volume") is None:
        table = _with_volume(table, form.volume_prefix)
    return table


def refuse_cut(raw: RawTable, form: Format, declared: Declared) -> None:
    """Raise DataError for text whose last line may have lost its end, unless the user says not."""
    if not (raw.whole_end or form.ends_without_line_end or declared.keep_last_line):
        raise DataError(
            f"{raw.where}: the last line has no line end, so the file may be cut; "
            "pass --keep-last-line if it is whole"
        )


def _with_names(raw: RawTable, form: Format) -> RawTable:
    if len(raw.columns) != len(form.columns):
        expected = f"{len(form.columns)} fields" if form.columns else "a header line"
        raise DataError(
            f"{raw.where}: {len(raw.columns)} fields and no header line; "
            f"--format {form.name} expects {expected}"
        )
    return raw.named(form.columns)


def _joined(table: RawTable, form: Format) -> RawTable:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = [table.find(each) for each in form.joined]
    if None in found:
        raise DataError(f"{table.where}: --format {form.name} expects {' and '.join(form.joined)}")
    texts = [table.column(str(name)).cast(pa.string()) for name in found]
    rest = [i for i, name in enumerate(table.names) if name not in found]
    return replace(
        table,
        names=("timestamp", *(table.names[i] for i in rest)),
        columns=(
            pc.binary_join_element_wise(*texts, " "),
            *(table.columns[i] for i in rest),
        ),
    )


def _with_volume(table: RawTable, prefix: str) -> RawTable:
    first = next((name for name in table.names if name.lower().startswith(prefix)), None)
    names = tuple("volume" if name == first else name for name in table.names)
    return replace(table, names=names)

"""What the user says about a source; what is unsaid and ambiguous is asked for."""

import shlex
from dataclasses import dataclass, fields
from typing import Literal

from engine.bars.sources.format import Label

BlankVolume = Literal["zero", "none"]


@dataclass
class Declared:
    """Options of `data import` and `data check`, as typed; None is unsaid.

    assume: do not ask, take open labels, UTC, unscaled prices and bids, and say so. columns: which
    column is what, `close=Close/Last`, several apart by commas. stamp_columns: the column of the
    stamps, or those of date and time. no_header: the first line is data, columns are 1, 2, ….
    decimal, thousands: the marks of numbers in text. blank_volume: what a blank volume means.
    """

    timeframe: str | None = None
    stamp: Label | None = None
    tz: str | None = None
    format: str | None = None
    date_format: str | None = None
    price_scale: int | None = None
    quote: str | None = None
    member: str | None = None
    keep_last_line: bool = False
    columns: tuple[str, ...] = ()
    stamp_columns: tuple[str, ...] = ()
    no_header: bool = False
    decimal: str | None = None
    thousands: str | None = None
    blank_volume: BlankVolume | None = None
    assume: bool = False


# The options whose names are not those of the fields.
_SPELLED = {"stamp_columns": "--stamp-column"}


def spelled(declared: Declared) -> list[str]:
    """What was declared as options of the command line, each with its value."""
    found = []
    for field in fields(declared):
        value = getattr(declared, field.name)
        option = _SPELLED.get(field.name, "--" + field.name.replace("_", "-"))
        if field.name == "assume" or value in (None, False, ()):
            continue
        each = value if isinstance(value, tuple) else (value,)
        found += [option if part is True else f"{option} {shlex.quote(str(part))}" for part in each]
    return found

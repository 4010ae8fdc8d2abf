"""What one exporter writes: a declaration, no code."""

from dataclasses import dataclass
from typing import Literal

Label = Literal["open", "close"]
OHLC = ("open", "high", "low", "close")


@dataclass(frozen=True)
class Format:
    """One exporter's file.

    head: regular expression that the start of the file must match, written as `KIND|LINES`: the
    kind (csv, json, parquet, feather), then the first lines (a banner, the header, the first row)
    in lower case, fields apart by commas. columns: names of the fields of a file without a header
    line. label, zone: what the exporter's own stamps are; None is asked for. stamp_formats:
    how stamps are written that are neither ISO-8601 nor a number; the first that fits is taken.
    """

    name: str
    title: str
    head: str
    columns: tuple[str, ...] = ()
    label: Label | None = None
    zone: str | None = None
    stamp_formats: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()  # columns that are one stamp together
    volume_prefix: str | None = None  # `volume ` finds `Volume ETH`
    volumes: tuple[str, ...] = ()  # columns of volume, the first that is not all 0 is taken
    quotes: bool = False  # bid_open … and ask_open …: one side is asked for
    whole_prices_are_scaled: bool = False  # then the scale is asked for
    since_midnight: bool = False  # numbers are ms since midnight of the day in the file's name
    name_minutes: str | None = None  # where the file's name has the timeframe in minutes
    ends_without_line_end: bool = False  # so a missing one does not mean a cut file
    note: str = ""

"""Where the bars come from, and how their clock is read."""

import re
from pathlib import Path
from typing import Literal

from pydantic import field_validator

from engine.bars.local_time import find_zone
from engine.bars.timeframe import SECOND
from engine.errors import DataError, SettingsError
from engine.settings import Section, parameter

# A Monday: weeks start on it, and every length that divides a day is unmoved by it.
_FIRST_MONDAY = 4 * 86_400 * SECOND
_ANCHOR = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)")


class DataSettings(Section):
    """The file of bars, its labels and its clocks."""

    path: str | None = parameter(
        None, "file of bars; null looks for data/<ASSET>_<timeframe>.parquet", scope="run"
    )
    funding: str | None = parameter(
        None, "file of funding rates, stamp and rate; null: no funding", scope="run"
    )
    stamp: Literal["open", "close"] = parameter(
        "open", "which end of a bar the stamps of the file label", scope="run"
    )
    anchor: str = parameter(
        "+00:00", "UTC offset whose midnight starts the higher-timeframe bars", unit="+HH:MM"
    )
    tz: str = parameter(
        "UTC", "zone in which session hours and weekdays are read", unit="IANA name"
    )

    @field_validator("anchor")
    @classmethod
    def _is_an_offset(cls, text: str) -> str:
        try:
            anchor_ns(text)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return text

    @field_validator("tz")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            find_zone(name)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return name


def anchor_ns(text: str) -> int:
    """The instant, in ns since 1970 UTC, at which a higher-timeframe bar starts: Monday
    1970-01-05 00:00 at the UTC offset `text`, written `+02:00`. Raises SettingsError.
    """
    match = _ANCHOR.fullmatch(text)
    if match is None:
        raise SettingsError(
            f"{text!r} is no UTC offset; expected [+-]HH:MM, as in +00:00 or -05:00"
        )
    offset = (int(match[2]) * 3_600 + int(match[3]) * 60) * SECOND
    return _FIRST_MONDAY - (offset if match[1] == "+" else -offset)


def find_data(option: Path | None, configured: str | None, asset: str, timeframe: str) -> Path:
    """The file of bars: `--data`, else `data.path`, else data/<ASSET>_<timeframe>.parquet; where
    `--data` is a folder, the file <ASSET>_<timeframe>.* in it.

    The reader refuses a named file that does not exist. Raises DataError if there is none.
    """
    if option is not None:
        return _inside(option, asset, timeframe) if option.is_dir() else option
    if configured is not None:
        return Path(configured)
    usual = Path("data") / f"{asset}_{timeframe}.parquet"
    if not usual.is_file():
        raise DataError(
            f"no bars for {asset} {timeframe}: expected --data PATH, data.path in the "
            f"configuration, or a file {usual.as_posix()} (--asset DEMO needs no file)"
        )
    return usual


def _inside(folder: Path, asset: str, timeframe: str) -> Path:
    """The one file of an asset in a folder of bars."""
    stem = f"{asset}_{timeframe}"
    found = sorted(path for path in folder.iterdir() if path.name.partition(".")[0] == stem)
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise DataError(
            f"--data {folder} is a directory: expected one file {stem}.* in it, found {names}"
        )
    return found[0]

"""The timeframe that was declared, the one the file's name says, the one the bars have."""

import re

from engine.bars.sources.format import Format
from engine.bars.timeframe import SECOND, nanoseconds, timeframe_name
from engine.errors import DataError, SettingsError

_IN_NAME = re.compile(r"(?<![A-Za-z0-9])([1-9]\d{0,3})(min|[mhdwHDW])(?![A-Za-z0-9])")
_WORDS = {"minute": "1m", "hour": "1h", "daily": "1d"}
_WORD = re.compile(r"_(minute|hour|daily)_")


def named_timeframe(file_name: str, form: Format) -> int | None:
    """The timeframe in a name such as `ETHUSDT-1h-2024-12.csv`, in ns; None without exactly one."""
    found = {count + unit[0].lower() for count, unit in _IN_NAME.findall(file_name)}
    found |= {_WORDS[word] for word in _WORD.findall(file_name)}
    if form.name_minutes is not None:
        found |= {f"{minutes}m" for minutes in re.findall(form.name_minutes, file_name)}
    lengths = set()
    for each in found:
        try:
            lengths.add(nanoseconds(each))
        except SettingsError:
            continue
    return lengths.pop() if len(lengths) == 1 else None


def choose_timeframe(
    option: int | None, named: int | None, found: int, size: int, where: str
) -> int:
    """The option, else the name if the bars agree, else what was found, in ns; raises DataError."""
    if option is not None:
        return option
    if named is not None:
        if size >= 3 and found != named:
            _refuse_name(named, found, where)
        return named
    if not found:
        raise DataError(
            f"{where}: too few rows to see the timeframe; say it with --timeframe, as in 1h"
        )
    if found % (60 * SECOND):
        raise DataError(
            f"{where}: the most common step is {timeframe_name(found)}; expected whole minutes "
            "(--timeframe says which)"
        )
    return found


def _refuse_name(named: int, found: int, where: str) -> None:
    if not found:
        raise DataError(f"{where}: no stamp is later than the one before; expected stamps in order")
    name, real = timeframe_name(named), timeframe_name(found)
    raise DataError(
        f"{where}: the name says {name}, the bars are {real} apart; "
        f"pass --timeframe {real} if the name is wrong"
    )

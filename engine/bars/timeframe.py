"""Timeframes: `1m`, `30m`, `1h`, `4h`, `1d`, `1w`, as nanoseconds."""

import re

from engine.errors import SettingsError

SECOND = 1_000_000_000
_UNITS = {"m": 60 * SECOND, "h": 3_600 * SECOND, "d": 86_400 * SECOND, "w": 604_800 * SECOND}


def nanoseconds(name: str) -> int:
    """Length of a timeframe such as `4h`, in ns; raises SettingsError for anything else."""
    match = re.fullmatch(r"([1-9][0-9]{0,3})([mhdw])", name)
    if match is None:
        raise SettingsError(
            f"timeframe {name!r}: expected a number and m, h, d or w, as in 1h or 30m"
        )
    return int(match[1]) * _UNITS[match[2]]


def timeframe_name(length: int) -> str:
    """The shortest name of a length in ns: 3,600 s is `1h`, not `60m`."""
    for unit in ("w", "d", "h", "m"):
        count, rest = divmod(length, _UNITS[unit])
        if count and not rest:
            return f"{count}{unit}"
    return f"{length / SECOND:g}s"

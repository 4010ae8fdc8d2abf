"""The hour and the weekday of instants in a time zone."""

import datetime
import zoneinfo

import numpy as np

from engine.bars.timeframe import SECOND
from engine.errors import SettingsError
from engine.kernel import Ints
from engine.settings import did_you_mean

_DAY = 86_400
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday, Monday is 0


def local_hour_and_weekday(instants: Ints, tz: str) -> tuple[Ints, Ints]:
    """Hour (0-23) and weekday (Monday = 0) of ns UTC instants in an IANA zone.

    instants: int64[n] in any order. Returns int64[n] twice. Exact where the clocks change. Raises
    SettingsError for an unknown zone.
    """
    seconds = local_times(instants // SECOND * SECOND, tz) // SECOND
    days = seconds // _DAY
    return (seconds - days * _DAY) // 3_600, (days + _EPOCH_WEEKDAY) % 7


def local_times(instants: Ints, tz: str) -> Ints:
    """What a clock in an IANA zone shows at instants (int64[n], ns UTC), in ns since 1970 on it.

    Raises SettingsError for an unknown zone.
    """
    if tz == "UTC" or not instants.size:
        return instants
    seconds = instants // SECOND
    changes, offsets = _offsets(find_zone(tz), int(seconds.min()), int(seconds.max()))
    return instants + SECOND * offsets[np.searchsorted(changes, seconds, side="right")]


def find_zone(name: str) -> zoneinfo.ZoneInfo:
    """The IANA zone of that name; raises SettingsError with the nearest known name."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        near = did_you_mean(name, sorted(zoneinfo.available_timezones()))
        raise SettingsError(
            f"{name!r} is no time zone; expected an IANA name such as Europe/Berlin{near}"
        ) from error


def _offsets(zone: zoneinfo.ZoneInfo, first: int, last: int) -> tuple[Ints, Ints]:
    """The seconds at which the UTC offset changes in [first, last], and the offsets around them."""
    samples = range(first, last + _DAY, _DAY)
    sampled = [_offset(zone, second) for second in samples]
    changes = [
        _change(zone, second, second + _DAY)
        for second, before, after in zip(samples, sampled, sampled[1:], strict=False)
        if before != after
    ]
    offsets = sampled[:1] + [_offset(zone, second) for second in changes]
    return np.array(changes, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _change(zone: zoneinfo.ZoneInfo, low: int, high: int) -> int:
    """The first second of (low, high] with the offset of `high`."""
    after = _offset(zone, high)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == after:
            high = middle
        else:
            low = middle
    return high


def _offset(zone: zoneinfo.ZoneInfo, second: int) -> int:
    # Not fromtimestamp: it refuses negative seconds on Windows.
    instant = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(
        seconds=second
    )
    offset = instant.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0

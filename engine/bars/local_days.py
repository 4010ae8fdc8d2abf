"""Daily bars whose stamps are midnights of a place that changes its clocks."""

from typing import Any

import numpy as np

from engine.bars.dates import DAY
from engine.bars.stamps import decoded, to_ints
from engine.kernel import Ints

_OFFSET = r"\s*(Z|[+-]\d{2}(:?\d{2})?)$"
SAID = "midnights over a change of the clocks; each day is stored as 00:00 UTC of its date"


def clock_readings(column: Any) -> Ints | None:
    """int64[n], ns: what a clock on the spot shows at stamps that carry an offset or a zone; None
    for other stamps.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    column = decoded(column)
    if pa.types.is_timestamp(column.type) and column.type.tz not in (None, "UTC"):
        return to_ints(pc.local_timestamp(column).cast(pa.timestamp("ns")).cast(pa.int64()))
    if not pa.types.is_string(column.type) or not len(column):
        return None
    if not pc.match_substring_regex(column[0], rf"\d:?\d{{2}}.*{_OFFSET}").as_py():
        return None
    texts = pc.replace_substring_regex(column, _OFFSET, "")
    try:
        return to_ints(texts.cast(pa.timestamp("ns")).cast(pa.int64()))
    except pa.ArrowInvalid:
        return None


def are_local_days(times: Ints, readings: Ints) -> bool:
    """Whether instants (int64[n], ns UTC) are midnights on a clock that was changed between them.

    A clock that was not changed needs nothing: its days are 24 hours apart.
    """
    offsets = readings - times
    steps = np.abs(np.diff(readings))
    return bool(
        times.size
        and np.any(offsets != offsets[0])
        and not np.any(readings % DAY)
        and not np.any(steps < DAY)
    )

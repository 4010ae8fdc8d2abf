"""What is no mistake by itself, but is worth knowing: signals that contradict themselves."""

import numpy as np

from engine.kernel import Floats
from engine.plugins.records import Record
from engine.review.laws.finding import Finding, at
from engine.review.laws.values import WrongError, arrays_of
from engine.review.lookahead.poison import Timeline

LAW = "sides"
# Both arrays, and what the replay makes of a bar at which both are set.
PAIRS = (
    ("enter_long", "enter_short", "it counts as no opinion"),
    ("enter_long", "exit_long", "a position that is held leaves; a flat account enters"),
    ("enter_short", "exit_short", "a position that is held leaves; a flat account enters"),
)


def both_ways(record: Record, market: Timeline, name: str) -> Finding:
    """Bars at which a strategy says two things at once."""
    try:
        given = arrays_of(record, market)
    except WrongError as wrong:
        return Finding(record.name, LAW, "inconclusive", name, wrong.says)
    nothing = np.zeros(market.bars.size)
    for first, second, meaning in PAIRS:
        both = _set(given.get(first, nothing)) & _set(given.get(second, nothing))
        if both.any():
            row, count = int(np.argmax(both)), int(both.sum())
            says = f"{first} and {second} are both set at {count:,} bars ({meaning}); the first is"
            return Finding(record.name, LAW, "note", name, says, row, at(market, row))
    return Finding(record.name, LAW, "holds", name)


def _set(values: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = values != 0
    return found

"""Inside one bar: a level is hit by open, high and low, and cannot know how the bar closes.

Truncating the future cannot show it, since a bar is known as a whole at its close. So the close,
and all that is computed at it, is replaced on the last bar of a replay: what filled on that bar
must stay. The extreme in favour of a position may reach its target, but must not move the stop that
the other extreme of the same bar hits.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.kernel import Ints, Record, Table
from engine.prescreen.windows import whole
from engine.replay.records import (
    DROP,
    END_OF_DATA,
    FILL,
    FUNDING,
    LEVEL,
    PARTIAL,
    PARTIAL_GAP,
    REASON_NAMES,
    STOP,
    STOP_GAP,
    TARGET,
    TARGET_GAP,
    initial_state,
)
from engine.review.lookahead.known import Change, Known, different, first_change
from engine.review.lookahead.layers import Replayer, replayed
from engine.review.lookahead.poison import Timeline

# Known before the close; all other fields of a row are what its close says.
BEFORE_THE_CLOSE = ("time", "open", "high", "low", "range_ratio", "funding")
LEVELS = (STOP, STOP_GAP, TARGET, TARGET_GAP, PARTIAL, PARTIAL_GAP)
STOPS = (STOP, STOP_GAP)
SEED = 7


@dataclass(frozen=True)
class Part:
    """A part of a bar. other(table, row): that row with another part. kept(events, at_close): the
    events of the bar that must not change with it; at_close: orders fill at the close.
    """

    name: str
    other: Callable[[Table, int], Record]
    kept: Callable[[Table, bool], Table]


@dataclass(frozen=True)
class Moved:
    """What a fill of `row` became when a part of the bar was another one."""

    row: int
    part: str
    reason: str
    change: Change


def moved_fills(market: Timeline, replayer: Replayer, most: int) -> tuple[int, list[Moved]]:
    """How many bars were tried, and the fills that moved: of the bars on which a level is set or
    something fills, at most `most`.
    """
    rows = eventful_rows(market, replayer, most)
    table = market.table[: market.stop].copy()
    found = []
    for row in rows.tolist():
        true, before = table[row].copy(), last_bar(market, table, row, replayer)
        for part in PARTS:
            table[row] = part.other(table, row)
            after = last_bar(market, table, row, replayer)
            table[row] = true
            found += _moved(part, row, before, after, market.settings.execution.fill == "close")
    return rows.size, found


def eventful_rows(market: Timeline, replayer: Replayer, most: int) -> Ints:
    """Ascending rows of levels and fills, at most `most` of them, evenly spread."""
    events = replayed(market, replayer).events
    lasting = np.isin(events["kind"], (FILL, LEVEL)) & (events["reason"] != END_OF_DATA)
    rows = np.unique(events["bar"][lasting])
    if rows.size <= most:
        return rows
    chosen: Ints = rows[np.linspace(0, rows.size - 1, most).astype(np.int64)]
    return chosen


def last_bar(market: Timeline, table: Table, row: int, replayer: Replayer) -> Table:
    """EVENT[k]: the events of `row` in a replay that ends with it, without the end of data."""
    part = table[: row + 1]
    part.flags.writeable = False  # as the table of a run is: no second compile
    span = whole(market.first, row + 1)
    events = replayer(
        part, span, market.first, market.params, initial_state(market.settings)
    ).events
    return events[(events["bar"] == row) & (events["reason"] != END_OF_DATA)]


def _moved(part: Part, row: int, before: Table, after: Table, at_close: bool) -> list[Moved]:
    ours, theirs = (part.kept(events, at_close) for events in (before, after))
    change = first_change(Known(ours, ours["bar"]), Known(theirs, theirs["bar"]), row + 1)
    if change is None:
        return []
    count = min(ours.size, theirs.size)
    differ = np.append(different(ours[:count], theirs[:count]), True)
    longer = ours if ours.size > theirs.size else theirs
    reason = longer[int(np.argmax(differ))]["reason"]
    return [Moved(row, part.name, REASON_NAMES[reason], change)]


def _other_close(table: Table, row: int) -> Record:
    """The close at the further end of the bar, and the columns of another bar."""
    other = table[int(np.random.default_rng((SEED, row)).integers(row + 1))].copy()
    for name in BEFORE_THE_CLOSE:
        other[name] = table[row][name]
    low, high, close = (float(table[row][name]) for name in ("low", "high", "close"))
    other["close"] = low if high - close < close - low else high
    return other


def _higher_high(table: Table, row: int) -> Record:
    other = table[row].copy()
    other["high"] = 2.0 * other["high"]
    return other


def _lower_low(table: Table, row: int) -> Record:
    other = table[row].copy()
    other["low"] = 0.5 * other["low"]
    return other


def _before_the_close(events: Table, at_close: bool) -> Table:
    """Fills at the open, of levels, and what is refused or paid there."""
    if at_close:
        return events[np.isin(events["reason"], LEVELS) | (events["kind"] == FUNDING)]
    return events[np.isin(events["kind"], (FILL, DROP, FUNDING))]


def _stops(events: Table, side: int) -> Table:
    """The stops of one side, without the excursions, which the high and the low are."""
    found = events[np.isin(events["reason"], STOPS) & (events["side"] == side)].copy()
    found = found[found["kind"] == FILL]
    found["best"], found["worst"] = 0.0, 0.0
    return found


PARTS = (
    Part("close", _other_close, _before_the_close),
    Part("high", _higher_high, lambda events, _: _stops(events, 1)),
    Part("low", _lower_low, lambda events, _: _stops(events, -1)),
)

"""Where to cut: beside the bars at which a look ahead is likeliest to show, and at random."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.bars.higher import HigherBars
from engine.bars.local_time import local_hour_and_weekday
from engine.bars.macro_reader import read_macro
from engine.bars.timeframe import timeframe_name
from engine.kernel import Ints
from engine.prescreen.gates import GATES
from engine.prescreen.screen import screen
from engine.replay.records import END_OF_DATA
from engine.review.lookahead.layers import lengths, merged, replayed
from engine.review.lookahead.poison import Timeline

SEED = 20_230_101
SESSION_CODE = next(gate.code for gate in GATES if gate.name == "session")


@dataclass(frozen=True)
class Cut:
    """Rows 0 … row − 1 are known. place: what happens there."""

    row: int
    place: str


def choose_cuts(market: Timeline, count: int) -> list[Cut]:
    """At most `count` cuts in range, after the warm-up: from each kind of place in turn."""
    rng = np.random.default_rng(SEED)
    first = max(market.first, market.rows.warmup + 1) + 1
    stop = min(market.stop, market.bars.size - 1) + 1
    queues = []
    for place, rows in places(market):
        # Just before the bar becomes known, and just after.
        beside = np.unique(np.concatenate((rows, rows + 1)))
        inside = beside[(first <= beside) & (beside < stop)]
        queues.append((place, rng.permutation(inside).tolist()))
    chosen: dict[int, str] = {}
    while len(chosen) < count and any(rows for _, rows in queues):
        for place, rows in queues:
            while rows and rows[-1] in chosen:
                rows.pop()
            if rows and len(chosen) < count:
                chosen[rows.pop()] = place
    return [Cut(row, chosen[row]) for row in sorted(chosen)]


def places(market: Timeline) -> Iterator[tuple[str, Ints]]:
    """Kinds of places, and the rows at which something of the kind becomes known."""
    yield "a bar at random", np.arange(market.bars.size)
    yield "a candidate", candidate_rows(market)
    yield "an event of a sentinel", np.flatnonzero(market.rows.fired)
    for length in lengths(market)[1:]:
        bars = merged(market, length)
        assert isinstance(bars, HigherBars)
        yield f"the close of a {timeframe_name(length)} bar", _steps(bars.visible)
    events = replayed(market).events
    yield "an order or a fill", np.unique(events["bar"][events["reason"] != END_OF_DATA])
    _, weekday = local_hour_and_weekday(market.bars.close_time, market.settings.data.tz)
    yield "the end of a day", _steps(weekday)
    shut = market.rows.table["gate_long"] == SESSION_CODE
    yield "the edge of a session", _steps(shut.astype(np.int64))
    yield "a gap in the bars", _steps(market.bars.open_time // market.bars.timeframe, 1)
    for name, series in market.settings.macro.series.items():
        published = np.unique(read_macro(series)[0].published)
        yield f"a publication of {name}", np.searchsorted(market.bars.close_time, published)


def candidate_rows(market: Timeline) -> Ints:
    """The candidates of the range."""
    return screen(market.rows, market.settings, market.first, market.stop).candidates.bar


def _steps(values: Ints, usual: int = 0) -> Ints:
    """The rows at which the value is not the one before plus `usual`."""
    rows: Ints = np.flatnonzero(np.diff(values) != usual) + 1
    return rows

"""The loop over the step. A full and a focused replay are this loop with two lists of windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from engine.kernel import Codes, Floats, Ints, Record, Table, inlined, kernel
from engine.prescreen.windows import Windows
from engine.replay.fill import marked_equity
from engine.replay.records import EVENT, SLOTS
from engine.replay.step import finish, step


@dataclass(frozen=True)
class Replay:
    """What a replay of rows first … stop − 1 leaves behind.

    events: EVENT[k] in step order. equity: float64[stop − first], after the whole step of each bar.
    codes: uint8[stop − first], the decision code, 0 where the bar was not visited. both_touched:
    stops taken on bars that also touched the target. calls: how often each dear domain was asked.
    rechecked: how a few of them were asked again, in a line.
    """

    first: int
    stop: int
    events: Table
    equity: Floats
    codes: Codes
    both_touched: int
    calls: Mapping[str, int] = field(default_factory=dict)
    rechecked: str = ""


@inlined
def copy_events(i: int, asset: int, state: Record, events: Table, count: int) -> int:
    """Empty the slots of `state` into `events`; returns the new count."""
    for k in range(state["events"]):
        event = events[count + k]
        event["bar"] = i
        event["kind"] = state["event_kind"][k]
        event["reason"] = state["event_reason"][k]
        event["side"] = state["event_side"][k]
        event["asset"] = asset
        event["position"] = state["event_position"][k]
        event["price"] = state["event_price"][k]
        event["raw_price"] = state["event_raw_price"][k]
        event["quantity"] = state["event_quantity"][k]
        event["fee"] = state["event_fee"][k]
        event["cash"] = state["event_cash"][k]
        event["stop_distance"] = state["event_stop_distance"][k]
        event["score"] = state["event_score"][k]
        event["best"] = state["event_best"][k]
        event["worst"] = state["event_worst"][k]
    count += state["events"]
    state["events"] = 0
    return count


@inlined
def next_visit(i: int, window: int, starts: Ints, ends: Ints, size: int) -> tuple[int, int, int]:
    """From a row at which nothing is held or ordered: the next row in a window, where that window
    ends, and its number; `size`, twice, behind the last.
    """
    while window < ends.size and ends[window] <= i:
        window += 1
    if window == ends.size:
        return size, size, window
    # A window may begin behind a table that is only a part of the range.
    return max(i, min(starts[window], size)), ends[window], window


@inlined
def hold_cash(equity: Floats, start: int, stop: int, cash: float) -> None:
    """The equity of skipped bars: nobody holds anything there."""
    for i in range(start, stop):
        equity[i] = cash


@kernel
def advance(
    table: Table,
    starts: Ints,
    ends: Ints,
    cursor: Ints,
    params: Table,
    states: Table,
    equity: Floats,
    codes: Codes,
    events: Table,
) -> None:
    """Visit every bar of the windows, and every bar on which something is held or ordered.

    The range ends where `table` does. cursor = [next row, window, events so far] says where it
    begins, and lets the caller hand in a larger `events` and go on.
    """
    p = params[0]
    state = states[0]
    i, window, count = cursor[0], cursor[1], cursor[2]
    until = i  # where the window that is being visited ends
    while i < table.size and count + 2 * SLOTS <= events.size:
        if i >= until and state["side"] == 0 and state["order_side"] == 0:
            start, until, window = next_visit(i, window, starts, ends, table.size)
            if start > i:
                hold_cash(equity, i, start, state["cash"])
                i = start
                continue
        codes[i] = step(i, table[i], state, p)
        if state["events"] > 0:
            count = copy_events(i, 0, state, events, count)
        equity[i] = marked_equity(table[i]["close"], state)
        i += 1
    cursor[0], cursor[1], cursor[2] = i, window, count


@kernel
def close_book(
    table: Table, cursor: Ints, params: Table, states: Table, equity: Floats, events: Table
) -> None:
    """The end of data, on the last bar of the range."""
    last = table.size - 1
    finish(last, table[last], states[0], params[0])
    cursor[2] = copy_events(last, 0, states[0], events, cursor[2])
    equity[last] = marked_equity(table[last]["close"], states[0])


class Tape(NamedTuple):
    """A replay under way. cursor: int64[3] of `advance`; equity, codes: over all rows."""

    cursor: Ints
    equity: Floats
    codes: Codes
    events: Table


def blank_tape(size: int, first: int) -> Tape:
    """For a replay of rows first … size − 1."""
    cursor = np.array([first, 0, 0], dtype=np.int64)
    # Room for an event on every other bar; untouched pages of zeros cost nothing.
    events = np.zeros(1024 + size // 2, dtype=EVENT)
    return Tape(cursor, np.empty(size), np.zeros(size, dtype=np.uint8), events)


def play(table: Table, windows: Windows, params: Table, states: Table, tape: Tape) -> Tape:
    """Go on to the end of `table`, which may be a part of the range; returns the tape, longer where
    its events needed room.
    """
    while True:
        advance(
            table, windows.starts, windows.ends, tape.cursor, params, states,
            tape.equity, tape.codes, tape.events,
        )  # fmt: skip
        if tape.cursor[0] == table.size and tape.cursor[2] + SLOTS <= tape.events.size:
            return tape
        more = np.zeros(tape.events.size, dtype=EVENT)
        tape = tape._replace(events=np.concatenate((tape.events, more)))


def replay(
    table: Table,
    windows: Windows,
    first: int,
    params: Table,
    states: Table,
    cuts: Sequence[int] = (),
) -> Replay:
    """Replay the rows of a row table from `first` on; `states` is left as after the last bar.

    cuts: ascending rows at which the replay stops and goes on, which changes nothing. Raises
    nothing: whatever cannot be traded is an event or a code.
    """
    tape = blank_tape(table.size, first)
    for stop in (*cuts, table.size):
        tape = play(table[:stop], windows, params, states, tape)
    close_book(table, tape.cursor, params, states, tape.equity, tape.events)
    return Replay(
        first=first,
        stop=table.size,
        events=tape.events[: tape.cursor[2]],
        equity=tape.equity[first:],
        codes=tape.codes[first:],
        both_touched=int(states[0]["both_touched"]),
    )

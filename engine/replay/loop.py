"""The loop over the step. A full and a focused replay are this loop with two lists of windows."""

from dataclasses import dataclass

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
    stops taken on bars that also touched the target.
    """

    first: int
    stop: int
    events: Table
    equity: Floats
    codes: Codes
    both_touched: int


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
            while window < ends.size and ends[window] <= i:
                window += 1
            # A window may begin behind a table that is only a part of the range.
            start = min(starts[window], table.size) if window < ends.size else table.size
            until = ends[window] if window < ends.size else table.size
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


def replay(table: Table, windows: Windows, first: int, params: Table, states: Table) -> Replay:
    """Replay the rows of a row table from `first` on; `states` is left as after the last bar.

    Raises nothing: whatever cannot be traded is an event or a code.
    """
    equity = np.empty(table.size)
    codes = np.zeros(table.size, dtype=np.uint8)
    # Room for an event on every other bar; untouched pages of zeros cost nothing.
    events = np.zeros(1024 + table.size // 2, dtype=EVENT)
    cursor = np.array([first, 0, 0], dtype=np.int64)
    while True:
        advance(table, windows.starts, windows.ends, cursor, params, states, equity, codes, events)
        if cursor[0] == table.size and cursor[2] + SLOTS <= events.size:
            break
        events = np.concatenate((events, np.zeros(events.size, dtype=EVENT)))
    close_book(table, cursor, params, states, equity, events)
    return Replay(
        first=first,
        stop=table.size,
        events=events[: cursor[2]],
        equity=equity[first:],
        codes=codes[first:],
        both_touched=int(states[0]["both_touched"]),
    )

"""One position from its decision to its end, from the account as it was: the step of every replay,
with other parameters or an opened gate from the decision on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.kernel import Ints, Record, Table, inlined, kernel
from engine.prescreen.windows import whole
from engine.replay.decide import decide
from engine.replay.loop import blank_tape, copy_events, play
from engine.replay.records import EVENT, SLOTS
from engine.replay.step import (
    fill_at_close,
    fill_at_open,
    finish,
    judge_held,
    manage_held,
    step,
)
from engine.results.trades import trades_of

ROOM = 1024  # events of a position at first; it gets more when it needs them


@dataclass(frozen=True)
class Fork:
    """The account before the decision at a row. table: ROW[stop] of the range; params: one record,
    in force up to the decision; states: one record, as row − 1 left it.
    """

    table: Table
    row: int
    params: Table
    states: Table

    def followed(self, changed: Table, opened: Table | None = None) -> Table:
        """TRADE[1] of the position that is ordered here with `changed` parameters, TRADE[0] when
        none is, or its order is dropped. opened: ROW[1], the row with other gates.
        """
        own = self.table[self.row : self.row + 1] if opened is None else opened
        events, cursor = np.zeros(ROOM, dtype=EVENT), np.zeros(2, dtype=np.int64)
        while True:
            args = self.row, self.params, changed, self.states.copy(), events, cursor
            follow(self.table, own, *args)
            if cursor[0] + 2 * SLOTS <= events.size:
                break
            events = np.zeros(2 * events.size, dtype=EVENT)
        told = events[: cursor[0]]
        half_spread = float(self.params["half_spread"].item())
        return trades_of(told[told["position"] == cursor[1]], half_spread)


def forks(table: Table, first: int, params: Table, states: Table, rows: Ints) -> Iterator[Fork]:
    """The account before each of some rows, ascending, of a replay of every bar from `first` on.

    states: one record, as before `first`; it is moved along.
    """
    every, tape = whole(first, table.size), blank_tape(table.size, first)
    for row in rows.tolist():
        tape = play(table[:row], every, params, states, tape)
        yield Fork(table, row, params, states)


@kernel
def follow(
    table: Table,
    opened: Table,
    row: int,
    before: Table,
    changed: Table,
    states: Table,
    events: Table,
    cursor: Ints,
) -> None:
    """Decide at `row` with `changed`, and go on until that position is over or the data end.

    cursor: how many events there are now, and the number of the position, 0 for none. Ends early
    where `events` is too short.
    """
    state, params, own = states[0], changed[0], opened[0]
    fill_at_open(row, own, state, before[0])
    manage_held(row, own, state, before[0])
    judge_held(row, own, state, before[0])
    state["events"] = 0
    decide(row, own, state, params)
    cursor[0], cursor[1] = 0, 0
    if state["order_side"] == 0:
        return
    cursor[1] = state["position"] + 1
    fill_at_close(row, own, state, params)
    count, i = copy_events(row, 0, state, events, 0), row + 1
    while i < table.size and count + 2 * SLOTS <= events.size and not is_over(cursor[1], state):
        step(i, table[i], state, params)
        count = copy_events(i, 0, state, events, count)
        i += 1
    if i == table.size and not is_over(cursor[1], state):
        finish(i - 1, table[i - 1], state, params)
        count = copy_events(i - 1, 0, state, events, count)
    cursor[0] = count


@inlined
def is_over(number: int, state: Record) -> bool:
    """Whether the position was opened and closed, or will not be opened."""
    if state["position"] < number:
        return state["order_side"] == 0
    return state["position"] > number or state["side"] == 0

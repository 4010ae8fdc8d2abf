"""The net return of every bar of every point: a column a point, some columns at a time.

The visits are those of a sweep, row by row instead of tile by tile; each column is, in bytes, the
returns of the equity of the point's own replay.
"""

import numpy as np

from engine.kernel import Floats, Ints, Record, Table, inlined, kernel
from engine.prescreen.windows import Windows
from engine.replay.records import STATE
from engine.results.sums import SUMS, begin_tally, change
from engine.search.replays import TILE, replay_tile


def replay_returns(table: Table, windows: Windows, first: int, params: Table) -> Floats:
    """float64[rows, p]: the returns of the rows from `first` on, a column for each record.

    float64, since they are compared in bytes; who needs many columns takes them a few at a time.
    """
    states, sums = np.zeros(params.size, STATE), np.zeros(params.size, SUMS)
    returns = np.zeros((table.size - first, params.size))
    write_returns(table, windows.starts, windows.ends, first, params, states, sums, returns)
    return returns


@kernel
def write_returns(
    table: Table,
    starts: Ints,
    ends: Ints,
    first: int,
    params: Table,
    states: Table,
    sums: Table,
    returns: Floats,
) -> None:
    """One replay for each record of `params`, its returns into a column of zeros."""
    cursors = np.zeros((params.size, 3), dtype=np.int64)
    for k in range(params.size):
        states[k]["cash"] = params[k]["initial_cash"]
        begin_tally(states[k]["cash"], sums[k])
        cursors[k, 0] = first
        cursors[k, 2] = first
    stop = first
    while stop < table.size:
        stop = min(stop + TILE, table.size)
        for k in range(params.size):
            write_tile(
                stop, table, starts, ends, cursors[k], params[k], states[k], sums[k],
                returns[:, k],
            )  # fmt: skip


@inlined
def write_tile(
    stop: int,
    table: Table,
    starts: Ints,
    ends: Ints,
    cursor: Ints,
    params: Record,
    state: Record,
    sums: Record,
    returns: Floats,
) -> None:
    """Move one point to the row `stop`, a row at a time. returns: of the last rows of the table."""
    first = table.size - returns.size
    while cursor[0] < stop:
        i, before = cursor[0], sums["equity"]
        replay_tile(i + 1, table, starts, ends, cursor, params, state, sums)
        returns[i - first] = change(before, sums["equity"])

"""Many replays of one row table: a compiled loop over points, and threads over blocks of them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from engine.kernel import Ints, Table, kernel
from engine.prescreen.windows import Windows
from engine.replay.loop import next_visit
from engine.replay.records import STATE
from engine.replay.step import finish, step
from engine.search.tally import SUMS, begin_tally, tally_close, tally_events

BLOCK = 64  # points a call


@kernel
def replay_points(
    table: Table, starts: Ints, ends: Ints, first: int, params: Table, states: Table, sums: Table
) -> None:
    """One replay for each record of `params`; its sums are those of a replay of every bar."""
    for k in range(params.size):
        p, state, own = params[k], states[k], sums[k]
        state["cash"] = p["initial_cash"]
        begin_tally(state["cash"], own)
        i, window, until = first, 0, first
        while i < table.size:
            if i >= until and state["side"] == 0 and state["order_side"] == 0:
                i, until, window = next_visit(i, window, starts, ends, table.size)
                if i == table.size:
                    break
            row = table[i]
            step(i, row, state, p)
            if i + 1 == table.size:
                finish(i, row, state, p)
            if state["events"] > 0:
                tally_events(state, own)
            tally_close(row["close"], state, own)
            i += 1
        own["both_touched"] = state["both_touched"]


def replay_block(table: Table, windows: Windows, first: int, params: Table) -> Table:
    """SUMS[p] of the points of `params`."""
    states, sums = np.zeros(params.size, dtype=STATE), np.zeros(params.size, dtype=SUMS)
    replay_points(table, windows.starts, windows.ends, first, params, states, sums)
    return sums


def blocks(size: int, length: int = BLOCK) -> list[tuple[int, int]]:
    """Half-open ranges of so many points."""
    return [(start, min(start + length, size)) for start in range(0, size, length)]


def replay_all(
    table: Table,
    windows: Windows,
    first: int,
    params: Table,
    todo: Sequence[tuple[int, int]],
    workers: int,
) -> Iterator[tuple[int, Table]]:
    """The sums of each block of `todo` in its order."""
    yield from in_threads(
        lambda start, stop: replay_block(table, windows, first, params[start:stop]), todo, workers
    )


def in_threads(
    block: Callable[[int, int], Table], todo: Sequence[tuple[int, int]], workers: int
) -> Iterator[tuple[int, Table]]:
    """What `block` makes of each range, in order, computed by threads: kernels release the
    interpreter's lock, and no block knows of another.
    """
    with ThreadPoolExecutor(workers) as threads:
        jobs = [(start, threads.submit(block, start, stop)) for start, stop in todo]
        try:
            for start, job in jobs:
                yield start, job.result()
        finally:
            for _, job in jobs:
                job.cancel()

"""Many replays of several assets together: the stamps of `engine/replay/portfolio.py`, for each
point of a block, with sums of each asset and of the portfolio.
"""

import numpy as np

from engine.kernel import Codes, Ints, Record, Table, inlined, kernel
from engine.prescreen.windows import Windows
from engine.replay.asking import DECIDE
from engine.replay.clock import NO_ROW, Grid
from engine.replay.fill import marked_equity
from engine.replay.ground import Ground
from engine.replay.loop import next_visit
from engine.replay.portfolio import any_busy, has_turn, visit
from engine.replay.records import EVENT, SLOTS, STATE
from engine.results.sums import SUMS, begin_tally, join, tally_equity, tally_event


@inlined
def joined_equity(params: Table, states: Table) -> float:
    """What `engine.results.portfolio.joined_equity` gives at this stamp, in the same order."""
    shared = params[0]["shares_capital"] != 0
    initial = params[0]["initial_cash"]
    total = initial if shared else 0.0
    for k in range(states.size):
        own = marked_equity(states[k]["price"], states[k])
        total += own - initial if shared else own
    return total


@inlined
def begin_all(params: Table, states: Table, sums: Table) -> None:
    for k in range(states.size):
        states[k]["cash"] = params[k]["initial_cash"]
        begin_tally(states[k]["cash"], sums[k])
    begin_tally(joined_equity(params, states), sums[states.size])


@inlined
def count_visits(t: int, places: Table, states: Table, sums: Table) -> None:
    """The rows that a sweep of each asset alone would visit."""
    for a in range(states.size):
        sums[a]["visited"] += has_turn(DECIDE, places[t, a], states[a])
    sums[states.size]["visited"] += 1


@inlined
def tally_stamp(t: int, places: Table, params: Table, states: Table, sums: Table) -> None:
    """The equity of each asset that has a bar at the stamp, and of all."""
    held = False
    for a in range(states.size):
        state = states[a]
        held = held or state["side"] != 0
        row = places[t, a]["row"]
        if row != NO_ROW:
            tally_equity(row, marked_equity(state["price"], state), state["side"] != 0, sums[a])
    tally_equity(t, joined_equity(params, states), held, sums[states.size])


@inlined
def take_event(event: Record, params: Table, sums: Table) -> None:
    asset = event["asset"]
    tally_event(
        event["kind"], event["side"], event["price"], event["raw_price"], event["quantity"],
        event["fee"], event["stop_distance"], params[asset]["half_spread"], sums[asset],
    )  # fmt: skip


@kernel
def replay_points_together(
    table: Table,
    places: Table,
    windows: Grid,
    params: Table,
    states: Table,
    sums: Table,
    codes: Codes,
    events: Table,
    cursor: Ints,
) -> None:
    """One replay of all assets for each point; its sums are those of a replay of every stamp.

    params, states: [p, a]; sums: [p, a + 1], the portfolio's last. codes, events: room for those of
    one point, and of one stamp; windows: int64[2, m], starts and ends, over stamps; cursor:
    int64[4] of zeros.
    """
    starts, ends = windows[0], windows[1]
    size = places.shape[0]
    for k in range(params.shape[0]):
        p, own_states, own = params[k], states[k], sums[k]
        begin_all(p, own_states, own)
        t, window, until = 0, 0, 0
        while t < size:
            if t >= until and not any_busy(own_states):
                t, until, window = next_visit(t, window, starts, ends, size)
                if t == size:
                    break
            count_visits(t, places, own_states, own)
            cursor[0], cursor[1] = t, 0
            visit(table, places, cursor, p, own_states, codes, events)
            for e in range(cursor[1]):
                take_event(events[e], p, own)
            tally_stamp(t, places, p, own_states, own)
            t += 1
        for a in range(own_states.size):
            own[a]["both_touched"] = own_states[a]["both_touched"]


def replay_block_together(ground: Ground, windows: Windows, params: Table) -> Table:
    """SUMS[p, a + 1] of the points of `params`[p, a]: of each asset, and of the portfolio."""
    points, assets = params.shape
    states, sums = np.zeros((points, assets), STATE), np.zeros((points, assets + 1), SUMS)
    codes = np.zeros(ground.table.size, dtype=np.uint8)
    events = np.zeros(SLOTS * assets, dtype=EVENT)
    spans = np.stack((windows.starts, windows.ends))
    cursor = np.zeros(4, dtype=np.int64)
    replay_points_together(
        ground.table, ground.places, spans, params, states, sums, codes, events, cursor
    )
    join(sums)
    return sums

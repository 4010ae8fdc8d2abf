"""The sums of a replay that is over, from its events and its equity: those of the compiled loop."""

import numpy as np

from engine.kernel import Floats, Record, Table, inlined, kernel
from engine.replay.loop import Replay
from engine.replay.records import STATE
from engine.search.tally import SUMS, begin_tally, tally_equity, tally_events


@inlined
def take_event(event: Record, state: Record) -> None:
    """Back into the first slot of a state, where a step leaves it."""
    state["event_kind"][0] = event["kind"]
    state["event_side"][0] = event["side"]
    state["event_raw_price"][0] = event["raw_price"]
    state["event_quantity"][0] = event["quantity"]
    state["event_fee"][0] = event["fee"]
    state["event_stop_distance"][0] = event["stop_distance"]
    state["events"] = 1


@kernel
def retell(
    events: Table, equity: Floats, first: int, cash: float, states: Table, sums: Table
) -> None:
    """Fill in the sums of the rows from `first` on; on skipped bars all is as before."""
    state, own = states[0], sums[0]
    begin_tally(cash, own)
    k = 0
    for i in range(equity.size):
        while k < events.size and events[k]["bar"] == first + i:
            take_event(events[k], state)
            tally_events(state, own)
            k += 1
        tally_equity(equity[i], own["left"] != 0.0, own)


def sums_of(replayed: Replay, cash: float) -> Table:
    """SUMS[1] of a replay that began with so much cash."""
    states, sums = np.zeros(1, dtype=STATE), np.zeros(1, dtype=SUMS)
    retell(replayed.events, replayed.equity, replayed.first, cash, states, sums)
    sums["both_touched"] = replayed.both_touched
    sums["visited"] = np.count_nonzero(replayed.codes)
    return sums

"""The sums of a replay that is over, from its events and its equity: those of the compiled loop."""

import numpy as np

from engine.kernel import Floats, Table, kernel
from engine.replay.loop import Replay
from engine.search.tally import SUMS, begin_tally, tally_equity, tally_event


@kernel
def retell(events: Table, equity: Floats, first: int, cash: float, sums: Table) -> None:
    """Fill in the sums of the rows from `first` on; on skipped bars all is as before."""
    own = sums[0]
    begin_tally(cash, own)
    k = 0
    for i in range(equity.size):
        while k < events.size and events[k]["bar"] == first + i:
            event = events[k]
            tally_event(
                event["kind"], event["side"], event["raw_price"], event["quantity"], event["fee"],
                event["stop_distance"], own,
            )  # fmt: skip
            k += 1
        tally_equity(equity[i], own["left"] != 0.0, own)


def sums_of(replayed: Replay, cash: float) -> Table:
    """SUMS[1] of a replay that began with so much cash."""
    sums = np.zeros(1, dtype=SUMS)
    retell(replayed.events, replayed.equity, replayed.first, cash, sums)
    sums["both_touched"] = replayed.both_touched
    sums["visited"] = np.count_nonzero(replayed.codes)
    return sums

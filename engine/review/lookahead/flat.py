"""What a flat account would decide at each bar, whatever happened before."""

import numpy as np

from engine.kernel import Table, kernel
from engine.replay.parameters import parameter_record
from engine.replay.records import initial_state
from engine.replay.settings import Settings
from engine.replay.step import step

DECISION = np.dtype(
    [
        ("quantity", np.float64),  # of the order, 0 without one
        ("stop_distance", np.float64),
        ("score", np.float64),  # F at the decision
        ("code", np.uint8),
        ("reserved", np.uint8, (7,)),
    ]
)


@kernel
def decide_each(table: Table, params: Table, fresh: Table, states: Table, out: Table) -> None:
    """Each row from a fresh state; `states` is where the step works."""
    p = params[0]
    state = states[0]
    for i in range(table.size):
        states[0] = fresh[0]
        code = step(i, table[i], state, p)
        out[i]["code"] = code
        if state["events"] > 0:
            out[i]["quantity"] = state["event_quantity"][0]
            out[i]["stop_distance"] = state["event_stop_distance"][0]
            out[i]["score"] = state["event_score"][0]


def flat_decisions(table: Table, settings: Settings, has_volume: bool) -> Table:
    """DECISION[n]: code and order of a flat account with the initial cash at each row."""
    fresh = initial_state(settings)
    out = np.zeros(table.size, dtype=DECISION)
    decide_each(table, parameter_record(settings, has_volume), fresh, fresh.copy(), out)
    return out

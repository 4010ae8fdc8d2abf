"""Random legal states of a flat account, and steps from them."""

import numpy as np

from engine.bars.timeframe import SECOND
from engine.kernel import Codes, Ints, Table, kernel
from engine.replay.records import STATE
from engine.replay.step import step

DAY = 86_400 * SECOND
# Ruined, empty, almost empty, and up to more than anybody has.
CASH = (-1e4, 0.0, 1e-9, 1.0, 5e4, 1e5, 1e12)
# What an account carries from position to position; all else is 0 while it is flat.
ACCOUNT = ("cash", "position", "both_touched", "cool_until", "losses", "last_loss")


@kernel
def step_each(rows: Ints, table: Table, states: Table, params: Table, codes: Codes) -> None:
    """One step per state, each at its own row."""
    for k in range(rows.size):
        codes[k] = step(rows[k], table[rows[k]], states[k], params[0])


def stepped(rows: Ints, table: Table, states: Table, params: Table) -> Codes:
    """uint8[m]: the decision codes of a step at each of int64[m] rows; STATE[m] is moved."""
    codes = np.zeros(rows.size, dtype=np.uint8)
    step_each(np.ascontiguousarray(rows, dtype=np.int64), table, states, params, codes)
    return codes


def flat_states(rng: np.random.Generator, rows: Ints, table: Table) -> Table:
    """STATE[m]: what a flat account may look like at each of int64[m] rows of a row table.

    Nothing is held or ordered; guards are on, over, or never were. The slots of past events and the
    padding hold any bytes.
    """
    count = rows.size
    noise = rng.integers(0, 256, count * STATE.itemsize, dtype=np.uint8)
    states = np.frombuffer(noise.tobytes(), dtype=STATE).copy()
    for name in STATE.names or ():
        if not name.startswith("event_"):
            states[name] = 0
    states["cash"] = rng.choice(CASH, count)
    states["position"] = rng.integers(0, 1_000, count)
    states["both_touched"] = rng.integers(0, 50, count)
    states["cool_until"] = rng.integers(0, 2, count) * (rows + rng.integers(-100, 101, count))
    states["losses"] = rng.integers(0, 6, count)
    states["last_loss"] = table["time"][rows] - rng.integers(0, 60 * DAY, count)
    put_into_portfolio(rng, states)
    return states


def put_into_portfolio(rng: np.random.Generator, states: Table) -> None:
    """Half of the accounts stand alone; around the others anything may be held, won and lost."""
    several = rng.integers(0, 2, states.size)
    states["others_positions"] = several * rng.integers(0, 5, states.size)
    for name in ("others_risk", "others_notional", "shared_margin"):
        states[name] = several * rng.choice((0.0, 1e3, 1e6), states.size)
    states["others_equity"] = several * rng.choice((-1e6, 0.0, 1e5, 1e9), states.size)
    states["shared_equity"] = rng.integers(0, 2, states.size) * states["others_equity"]


def bytes_of(states: Table) -> Codes:
    """uint8[m, size of a state]: a copy of every byte, padding included."""
    return np.frombuffer(states.tobytes(), dtype=np.uint8).reshape(states.size, -1)

"""Random legal states: whatever an account may look like when a bar begins."""

import numpy as np

from engine.kernel import kernel
from engine.replay.records import ENTRY, FLIP, STATE, STOP, TIME_STOP
from engine.replay.step import step

HOUR = 3_600 * 10**9
DEMO_START = 1_672_531_200 * 10**9  # 2023-01-01T00:00Z, where the demo market begins


@kernel
def step_each(rows, table, states, params, codes):
    """One step per state, each at its own row."""
    for k in range(rows.size):
        codes[k] = step(rows[k], table[rows[k]], states[k], params[0])


def stepped(rows, table, states, params):
    """The codes of `step` at int64[m] rows; `states` is moved."""
    codes = np.zeros(rows.size, dtype=np.uint8)
    step_each(np.ascontiguousarray(rows, dtype=np.int64), table, states, params, codes)
    return codes


def flat_states(rng, count):
    """Nothing held, nothing ordered; the slots of past events hold anything."""
    states = np.zeros(count, dtype=STATE)
    # Bytes of every kind first, also in the event slots and the padding.
    noise = rng.integers(0, 256, states.nbytes, dtype=np.uint8)
    states = np.frombuffer(noise.tobytes(), dtype=STATE).copy()
    for name in STATE.names:
        if not name.startswith("event_"):
            states[name] = 0
    states["cash"] = rng.choice([-1e4, 0.0, 1e-9, 1.0, 5e4, 1e5, 1e12], count)
    states["position"] = rng.integers(0, 1000, count)
    states["both_touched"] = rng.integers(0, 50, count)
    # Guards that are on, over, or never were.
    states["cool_until"] = rng.integers(0, 2, count) * rng.integers(0, 4_000, count)
    states["losses"] = rng.integers(0, 6, count)
    states["last_loss"] = DEMO_START + rng.integers(0, 4_000, count) * HOUR
    return states


def busy_states(rng, rows, closes):
    """Flat, or in a position of either side, with and without orders pending."""
    states = flat_states(rng, rows.size)
    price = closes[rows]
    side = rng.integers(-1, 2, rows.size)
    held = side != 0
    distance = price * rng.uniform(1e-4, 0.2, rows.size)
    values = {
        "side": side,
        "quantity": rng.uniform(0.01, 100, rows.size),
        "entry_price": price * rng.uniform(0.8, 1.25, rows.size),
        "entry_row": rows - rng.integers(0, 60, rows.size),
        "entry_raw": price,
        "risk_distance": distance,
        "raw_profit": rng.normal(0, 100, rows.size),
        "best": price + side * distance * rng.uniform(0, 3, rows.size),
        "worst": price - side * distance * rng.uniform(0, 1, rows.size),
        "stop": price - side * distance,
        "stop_reason": STOP,
        "partial": np.where(
            rng.random(rows.size) < 0.5,
            np.where(side < 0, -np.inf, np.inf),
            price + side * distance,
        ),
        "target": price + side * 2.5 * distance,
    }
    for name, value in values.items():
        states[name][held] = np.broadcast_to(value, rows.shape)[held]
    states["partial_quantity"] = states["quantity"] / 2
    _order(rng, states, held, distance)
    return states


def _order(rng, states, held, distance):
    """A third waits for a fill: an exit, a flip (both at once), an entry when flat."""
    kind = rng.integers(0, 3, held.size)
    states["exit_reason"][held & (kind == 1)] = TIME_STOP
    flipping, entering = held & (kind == 2), ~held & (kind == 2)
    states["exit_reason"][flipping] = FLIP
    for chosen, reason in ((flipping, FLIP), (entering, ENTRY)):
        sides = np.where(held, -states["side"], rng.choice([-1, 1], held.size))
        states["order_side"][chosen] = sides[chosen]
        states["order_reason"][chosen] = reason
        states["order_quantity"][chosen] = 1.0
        states["order_stop"][chosen] = distance[chosen]

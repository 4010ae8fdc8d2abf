"""Random legal states of an account that may hold or have ordered something."""

import numpy as np

from engine.replay.records import ENTRY, FLIP, STOP, TIME_STOP
from engine.review.certificate.states import flat_states


def busy_states(rng, rows, table):
    """Flat, or in a position of either side, with and without orders pending."""
    states = flat_states(rng, rows, table)
    price = table["close"][rows]
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

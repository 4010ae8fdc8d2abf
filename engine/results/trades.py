"""Trades: one row a position; partial exits are its legs."""

from collections.abc import Iterator

import numpy as np

from engine.kernel import Table
from engine.replay.records import FILL

TRADE = np.dtype(
    [
        ("position", np.int64),
        ("side", np.int64),
        ("entry_bar", np.int64),
        ("exit_bar", np.int64),
        ("quantity", np.float64),
        ("entry_raw", np.float64),
        ("entry_price", np.float64),
        ("exit_price", np.float64),  # quantity-weighted effective price of the exit legs
        ("initial_stop", np.float64),
        ("gross", np.float64),  # at effective prices, before fees
        ("fees", np.float64),
        ("net", np.float64),
        ("raw_profit", np.float64),  # at raw prices: what decides win or loss
        ("r", np.float64),  # raw profit / (quantity · initial stop distance)
        ("legs", np.int64),
        ("reason", np.int64),  # of the last leg
    ]
)


def trades_of(events: Table) -> Table:
    """TRADE[m] in order of position, from the fills of a run (every position is closed in it)."""
    fills = events[events["kind"] == FILL]
    return np.array([_trade(legs) for legs in _positions(fills)], dtype=TRADE)


def _positions(fills: Table) -> Iterator[Table]:
    """The fills of each position: its entry, then its exits."""
    starts = np.flatnonzero(np.diff(fills["position"], prepend=0))
    # A flip writes the exit of one position before the entry of the next, so they never mix.
    yield from (np.split(fills, starts)[1:] if fills.size else ())


def _trade(legs: Table) -> tuple[float, ...]:
    entry, exits = legs[0], legs[1:]
    side, quantity = int(entry["side"]), float(entry["quantity"])
    gross = sum(side * leg["quantity"] * (leg["price"] - entry["price"]) for leg in exits)
    raw = sum(side * leg["quantity"] * (leg["raw_price"] - entry["raw_price"]) for leg in exits)
    fees = float(sum(legs["fee"].tolist()))
    received = sum(leg["quantity"] * leg["price"] for leg in exits)
    return (
        entry["position"],
        side,
        entry["bar"],
        exits[-1]["bar"],
        quantity,
        entry["raw_price"],
        entry["price"],
        received / quantity,
        entry["raw_price"] - side * entry["stop_distance"],
        gross,
        fees,
        gross - fees,
        raw,
        raw / (quantity * entry["stop_distance"]),
        exits.size,
        exits[-1]["reason"],
    )

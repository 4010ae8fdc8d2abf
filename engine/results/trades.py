"""Trades: one row a position; partial exits are its legs."""

from collections.abc import Iterator

import numpy as np

from engine.kernel import Table
from engine.replay.records import FILL, FUNDING

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
        ("mae", np.float64),  # largest raw loss on the way, in initial risks, <= 0
        ("mfe", np.float64),  # largest raw profit on the way, in initial risks, >= 0
        ("funding", np.float64),  # paid, part of net
        ("legs", np.int64),
        ("reason", np.int64),  # of the last leg
    ]
)


def trades_of(events: Table) -> Table:
    """TRADE[m] in order of position, from the events of a run (every position is closed in it)."""
    money = events[(events["kind"] == FILL) | (events["kind"] == FUNDING)]
    return np.array([_trade(own) for own in _positions(money)], dtype=TRADE)


def bars_held(trades: Table) -> int:
    """Bars of one asset at whose close a position was held."""
    return int((trades["exit_bar"] - trades["entry_bar"]).sum())


def _positions(events: Table) -> Iterator[Table]:
    """The fills and fundings of each position: its entry, then the rest."""
    starts = np.flatnonzero(np.diff(events["position"], prepend=0))
    # A flip writes the exit of one position before the entry of the next, so they never mix.
    yield from (np.split(events, starts)[1:] if events.size else ())


def _trade(events: Table) -> tuple[float, ...]:
    legs = events[events["kind"] == FILL]
    entry, exits = legs[0], legs[1:]
    side, quantity = int(entry["side"]), float(entry["quantity"])
    risk = float(entry["stop_distance"])
    gross = sum(side * leg["quantity"] * (leg["price"] - entry["price"]) for leg in exits)
    raw = sum(side * leg["quantity"] * (leg["raw_price"] - entry["raw_price"]) for leg in exits)
    fees = float(sum(legs["fee"].tolist()))
    funding = float(sum(events["fee"][events["kind"] == FUNDING].tolist()))
    received = sum(leg["quantity"] * leg["price"] for leg in exits)
    last = exits[-1]
    return (
        entry["position"],
        side,
        entry["bar"],
        last["bar"],
        quantity,
        entry["raw_price"],
        entry["price"],
        received / quantity,
        entry["raw_price"] - side * risk,
        gross,
        fees,
        gross - fees - funding,
        raw,
        raw / (quantity * risk),
        side * (last["worst"] - entry["raw_price"]) / risk,
        side * (last["best"] - entry["raw_price"]) / risk,
        funding,
        exits.size,
        last["reason"],
    )

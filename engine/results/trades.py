"""Trades: one row a position; partial exits are its legs."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from engine.kernel import Table
from engine.replay.records import FILL, FUNDING, ORDER

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
        ("ordered_quantity", np.float64),  # of its order; less was entered where margin was short
        ("raw_profit", np.float64),  # at raw prices: what the loss streak counts
        ("spread", np.float64),  # paid by way of prices
        ("slippage", np.float64),
        ("gross", np.float64),  # at effective prices, before fees: raw_profit − spread − slippage
        ("fees", np.float64),
        ("net", np.float64),  # after all costs: gross − fees − funding
        ("r", np.float64),  # net / (quantity · initial stop distance)
        ("raw_r", np.float64),  # raw profit / the same
        ("mae", np.float64),  # largest raw loss on the way, in initial risks, <= 0
        ("mfe", np.float64),  # largest raw profit on the way, in initial risks, >= 0
        ("funding", np.float64),  # paid, part of net
        ("legs", np.int64),
        ("reason", np.int64),  # of the last leg
    ]
)


def trades_of(events: Table, half_spread: float) -> Table:
    """TRADE[m] in order of position, from the events of one asset, every position of which is
    closed in them. half_spread: a fraction of the price.
    """
    money = events[(events["kind"] == FILL) | (events["kind"] == FUNDING)]
    ordered = orders_of(events)["quantity"].tolist()
    own = zip(_positions(money), ordered, strict=True)
    return np.array([_trade(each, size, half_spread) for each, size in own], dtype=TRADE)


def orders_of(events: Table) -> Table:
    """EVENT[m]: the order of each position, of one asset."""
    sized = events["stop_distance"] > 0.0
    orders = np.flatnonzero(sized & (events["kind"] == ORDER))
    entries = np.flatnonzero(sized & (events["kind"] == FILL))
    # The last one before the fill: a dropped order has the same position number.
    return events[orders[np.searchsorted(orders, entries) - 1]]


def bars_held(trades: Table) -> int:
    """Bars of one asset at whose close a position was held."""
    return int((trades["exit_bar"] - trades["entry_bar"]).sum())


def _positions(events: Table) -> Iterator[Table]:
    """The fills and fundings of each position: its entry, then the rest."""
    starts = np.flatnonzero(np.diff(events["position"], prepend=0))
    # A flip writes the exit of one position before the entry of the next, so they never mix.
    yield from (np.split(events, starts)[1:] if events.size else ())


class _Legs(NamedTuple):
    """What the exits of a position brought, and its fills cost."""

    raw: float
    gross: float
    received: float
    spread: float
    fees: float


def _trade(events: Table, ordered: float, half_spread: float) -> tuple[float, ...]:
    is_fill = events["kind"] == FILL
    fills = events[is_fill]
    entry, last = fills[0], fills[-1]
    side, distance = int(entry["side"]), float(entry["stop_distance"])
    legs, funding = _added(fills, half_spread), 0.0
    for paid in events["fee"][~is_fill].tolist():
        funding += paid
    net, risk = legs.gross - legs.fees - funding, float(entry["quantity"]) * distance
    return (
        entry["position"],
        side,
        entry["bar"],
        last["bar"],
        entry["quantity"],
        entry["raw_price"],
        entry["price"],
        legs.received / float(entry["quantity"]),
        entry["raw_price"] - side * distance,
        ordered,
        legs.raw,
        legs.spread,
        legs.raw - legs.gross - legs.spread,
        legs.gross,
        legs.fees,
        net,
        net / risk,
        legs.raw / risk,
        side * (last["worst"] - entry["raw_price"]) / distance,
        side * (last["best"] - entry["raw_price"]) / distance,
        funding,
        fills.size - 1,
        last["reason"],
    )


def _added(fills: Table, half_spread: float) -> _Legs:
    """Leg by leg in order, as a sweep adds them: `sum` rounds otherwise from Python 3.12 on."""
    names = ["quantity", "price", "raw_price", "fee"]
    (quantity, bought, raw_bought, fees), *exits = fills[names].tolist()
    side = int(fills["side"][0])
    raw = gross = received = 0.0
    spread = quantity * (raw_bought * half_spread)
    for size, price, raw_price, fee in exits:
        raw += side * size * (raw_price - raw_bought)
        gross += side * size * (price - bought)
        received += size * price
        spread += size * (raw_price * half_spread)
        fees += fee
    return _Legs(raw, gross, received, spread, fees)

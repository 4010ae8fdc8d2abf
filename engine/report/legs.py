"""The positions of a stored run with their fills, for other tools' tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.report.stored import Line, StoredRun, StoredTrades


@dataclass(frozen=True)
class Position:
    """One position. side: +1 or −1. Prices are effective, `entry_raw` is not. Times: ns, the opens
    of the bars. entry, exits: its fills as lines of the trade log. last_stop: in force at its end.
    """

    asset: str
    side: int
    entry_time: int
    exit_time: int
    quantity: float
    entry_raw: float
    entry_price: float
    exit_price: float
    initial_stop: float
    last_stop: float
    net: float
    mae: float
    mfe: float
    funding: float
    reason: str
    entry: Line
    exits: Sequence[Line]

    def leg_time(self, leg: Line) -> int:
        """Ns of a fill, from its stamp."""
        return int(np.datetime64(leg["timestamp"].removesuffix("Z"), "ns").astype(np.int64))


def positions(run: StoredRun) -> Iterator[Position]:
    """All positions of a run, asset by asset, in order."""
    for asset, trades in run.trades.items():
        lines: dict[int, list[Line]] = {}
        for line in run.events[asset]:
            if line["event"] in ("fill", "level"):
                lines.setdefault(line["position"], []).append(line)
        for place, number in enumerate(trades.position.tolist()):
            yield _position(asset, trades, place, lines[number])


def _position(asset: str, trades: StoredTrades, place: int, lines: Sequence[Line]) -> Position:
    entry, *exits = (line for line in lines if line["event"] == "fill")
    stops = [line["price"] for line in lines if line["event"] == "level"]
    own: dict[str, Any] = {name: float(values[place]) for name, values in trades.numbers.items()}
    return Position(
        asset=asset,
        side=int(trades.side[place]),
        entry_time=int(trades.entry_time[place]),
        exit_time=int(trades.exit_time[place]),
        quantity=own["quantity"],
        entry_raw=own["entry_raw"],
        entry_price=own["entry_price"],
        exit_price=own["exit_price"],
        initial_stop=own["initial_stop"],
        last_stop=stops[-1] if stops else own["initial_stop"],
        net=own["net"],
        mae=own["mae"],
        mfe=own["mfe"],
        funding=own["funding"],
        reason=trades.reason[place],
        entry=entry,
        exits=exits,
    )


def fee_rate(fills: Sequence[Line]) -> float:
    """Fees as a share of the notional of these fills."""
    notional = sum(fill["quantity"] * fill["price"] for fill in fills)
    return float(sum(fill["fee"] for fill in fills) / notional)

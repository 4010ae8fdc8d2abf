"""A run's trades under the column names of vectorbt's `trades.records_readable`.

One row an exit leg, as vectorbt counts exit trades: a position with a partial exit is two rows that
share a `Position Id` and an entry. `Size` is the leg's quantity; the entry fee, and funding, are
split over the legs by quantity. PnL = side · Size · (exit − entry) − entry fees − exit fees −
funding; vectorbt knows no funding, so it is in PnL alone. Return = PnL / (Size · Avg Entry Price).
Prices are effective; times are the opens of the bars of the fills. Ids count from 0.
"""

from typing import Any

from engine.report.freqtrade import date
from engine.report.legs import Position, positions
from engine.report.stored import StoredRun

COLUMNS = (
    "Exit Trade Id", "Column", "Size", "Entry Timestamp", "Avg Entry Price", "Entry Fees",
    "Exit Timestamp", "Avg Exit Price", "Exit Fees", "PnL", "Return", "Direction", "Status",
    "Position Id",
)  # fmt: skip


def vectorbt_rows(run: StoredRun) -> list[dict[str, Any]]:
    """One dict of COLUMNS an exit leg, asset by asset, in order of position."""
    rows: list[dict[str, Any]] = []
    for number, own in enumerate(positions(run)):
        for leg in own.exits:
            rows.append(_row(own, leg, len(rows), number))
    return rows


def _row(own: Position, leg: dict[str, Any], trade: int, position: int) -> dict[str, Any]:
    size, share = leg["quantity"], leg["quantity"] / own.quantity
    entry_fee = own.entry["fee"] * share
    gross = own.side * size * (leg["price"] - own.entry_price)
    profit = gross - entry_fee - leg["fee"] - own.funding * share
    share_of_cost = profit / (size * own.entry_price)
    values = (
        trade, own.asset, size, date(own.entry_time), own.entry_price, entry_fee,
        date(own.leg_time(leg)), leg["price"], leg["fee"], profit, share_of_cost,
        "Long" if own.side > 0 else "Short", "Closed", position,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))

"""A run's trades under the column names of freqtrade's backtests.

One row a position. Its legs (the entry, partial exits, the last exit) are the `orders` of the one
trade, as freqtrade stores an adjusted position: `amount` is what was opened, `close_rate` the
quantity-weighted price of all exit legs, `exit_reason` that of the last.

Rates are effective prices, fees apart, as in freqtrade. `profit_abs` is the net: gross − fees −
funding. `profit_ratio` = profit_abs / (amount · open_rate ± entry fee, + of a long), freqtrade's
ratio at leverage 1: positions here are sized by quantity, so `leverage` is 1 and `stake_amount` the
whole notional. `min_rate`, `max_rate` are the raw extremes of MAE and MFE. Dates are the opens of
the bars of the first and the last fill: the moment inside the bar is not known.
"""

from collections.abc import Sequence
from typing import Any

from engine.bars.dates import iso
from engine.report.legs import Position, fee_rate, positions
from engine.report.stored import StoredRun

MINUTE = 60 * 10**9
COLUMNS = (
    "pair", "stake_amount", "max_stake_amount", "amount", "open_date", "close_date", "open_rate",
    "close_rate", "fee_open", "fee_close", "trade_duration", "profit_ratio", "profit_abs",
    "exit_reason", "initial_stop_loss_abs", "initial_stop_loss_ratio", "stop_loss_abs",
    "stop_loss_ratio", "min_rate", "max_rate", "is_open", "enter_tag", "leverage", "is_short",
    "open_timestamp", "close_timestamp", "orders", "funding_fees",
)  # fmt: skip


def freqtrade_rows(run: StoredRun) -> list[dict[str, Any]]:
    """One dict of COLUMNS a position, by the time of its entry, then by asset."""
    found = [(each.entry_time, _row(each)) for each in positions(run)]
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def _row(own: Position) -> dict[str, Any]:
    stake = own.quantity * own.entry_price
    entry, exits = own.entry, own.exits
    opened = stake + own.side * entry["fee"]
    risk = abs(own.entry_raw - own.initial_stop)
    extremes = [own.entry_raw + own.side * share * risk for share in (own.mae, own.mfe)]
    stop = own.last_stop
    values = (
        own.asset, stake, stake, own.quantity, date(own.entry_time), date(own.exit_time),
        own.entry_price, own.exit_price, fee_rate([entry]), fee_rate(exits),
        (own.exit_time - own.entry_time) // MINUTE, own.net / opened, own.net, own.reason,
        own.initial_stop, _ratio(own, own.initial_stop), stop, _ratio(own, stop),
        min(extremes), max(extremes), False, entry["reason"], 1.0, own.side < 0,
        own.entry_time // 10**6, own.exit_time // 10**6, _orders(own), 0.0 - own.funding,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _ratio(own: Position, stop: float) -> float:
    """Profit at the stop as a share of the entry; a loss is negative."""
    return own.side * (stop / own.entry_price - 1.0)


def _orders(own: Position) -> list[dict[str, Any]]:
    return [
        {
            "amount": leg["quantity"],
            "safe_price": leg["price"],
            "ft_order_side": "buy" if (own.side > 0) == (leg is own.entry) else "sell",
            "order_filled_timestamp": own.leg_time(leg) // 10**6,
            "ft_is_entry": leg is own.entry,
            "ft_order_tag": leg["reason"],
            "cost": leg["quantity"] * leg["price"],
        }
        for leg in _legs(own)
    ]


def _legs(own: Position) -> Sequence[dict[str, Any]]:
    return [own.entry, *own.exits]


def date(time: int) -> str:
    """`2025-06-15 13:00:00+00:00`, as freqtrade writes it."""
    return iso(time).replace("T", " ").replace("Z", "+00:00")

"""Trades and metrics, from the referee's own events and equity."""

from dataclasses import dataclass

from .account import Event

CAP = 100.0  # most that a profit factor can be


@dataclass
class Trade:
    """One position; money in quote currency, mae and mfe in initial risks."""

    position: int
    side: int
    entry_bar: int
    exit_bar: int
    quantity: float
    entry_raw: float
    entry_price: float
    exit_price: float
    initial_stop: float
    gross: float
    fees: float
    net: float
    raw_profit: float
    r: float
    raw_r: float
    mae: float
    mfe: float
    funding: float
    legs: int
    reason: str


def trades_of(events: list[Event]) -> list[Trade]:
    """The positions of one asset, in order."""
    own: dict[int, list[Event]] = {}
    for event in events:
        if event.kind in {"fill", "funding"}:
            own.setdefault(event.position, []).append(event)
    return [_trade(each) for each in own.values()]


def _trade(events: list[Event]) -> Trade:
    entry, *legs = (each for each in events if each.kind == "fill")
    side, quantity, distance = entry.side, entry.quantity, entry.distance
    gross = sum(side * leg.quantity * (leg.price - entry.price) for leg in legs)
    raw = sum(side * leg.quantity * (leg.raw - entry.raw) for leg in legs)
    fees = sum(each.fee for each in events if each.kind == "fill")
    funding = sum(each.fee for each in events if each.kind == "funding")
    last = legs[-1]
    return Trade(
        position=entry.position,
        side=side,
        entry_bar=entry.bar,
        exit_bar=last.bar,
        quantity=quantity,
        entry_raw=entry.raw,
        entry_price=entry.price,
        exit_price=sum(leg.quantity * leg.price for leg in legs) / quantity,
        initial_stop=entry.raw - side * distance,
        gross=gross,
        fees=fees,
        net=gross - fees - funding,
        raw_profit=raw,
        r=(gross - fees - funding) / (quantity * distance),
        raw_r=raw / (quantity * distance),
        mae=side * (last.worst - entry.raw) / distance,
        mfe=side * (last.best - entry.raw) / distance,
        funding=funding,
        legs=len(legs),
        reason=last.reason,
    )


def metrics_of(
    trades: list[Trade], equity: list[float], initial: float, held: int, both_touched: int
) -> dict[str, float | None]:
    """The metrics by name; None has no value. held: bars at whose close a position was held."""
    count = len(trades)
    gone = any(not each > 0 for each in equity)
    return {
        "trades": count,
        "long_trades": sum(each.side > 0 for each in trades),
        "short_trades": sum(each.side < 0 for each in trades),
        "net_return": -1.0 if gone else equity[-1] / initial - 1.0,
        **of_profits("", [each.net for each in trades]),
        **of_profits("raw_", [each.raw_profit for each in trades]),
        "average_r": sum(each.r for each in trades) / count if count else None,
        "raw_average_r": sum(each.raw_r for each in trades) / count if count else None,
        "expectancy": (equity[-1] - initial) / count if count and not gone else None,
        "best_trade": max((each.net for each in trades), default=None),
        "worst_trade": min((each.net for each in trades), default=None),
        "long_net": sum(each.net for each in trades if each.side > 0),
        "short_net": sum(each.net for each in trades if each.side < 0),
        "max_drawdown": 1.0 if gone else max_drawdown(equity, initial),
        "exposure": held / len(equity),
        "fees": sum(each.fees for each in trades),
        "funding": sum(each.funding for each in trades),
        "costs": sum(each.raw_profit - each.net for each in trades),
        "both_touched": both_touched,
    }


def of_profits(name: str, profits: list[float]) -> dict[str, float | None]:
    """The figures of one kind of profit."""
    gains = sum(each for each in profits if each > 0)
    losses = sum(-each for each in profits if each < 0)
    wins = sum(each > 0 for each in profits)
    return {
        f"{name}win_rate": wins / len(profits) if profits else None,
        f"{name}profit_factor": profit_factor(gains, losses),
    }


def bars_held(trades: list[Trade]) -> int:
    return sum(each.exit_bar - each.entry_bar for each in trades)


def profit_factor(gains: float, losses: float) -> float:
    if gains <= 0:
        return 0.0
    return CAP if losses <= 0 else min(gains / losses, CAP)


def max_drawdown(equity: list[float], initial: float) -> float:
    peak, most = initial, 0.0
    for value in equity:
        peak = max(peak, value)
        most = max(most, (peak - value) / peak)
    return most

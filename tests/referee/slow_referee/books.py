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
        r=raw / (quantity * distance),
        mae=side * (last.worst - entry.raw) / distance,
        mfe=side * (last.best - entry.raw) / distance,
        funding=funding,
        legs=len(legs),
        reason=last.reason,
    )


def metrics_of(
    trades: list[Trade], equity: list[float], initial: float, held: int, both_touched: int
) -> dict[str, float]:
    """The metrics by name. held: bars at whose close a position was held."""
    count = len(trades)
    gains = sum(each.raw_profit for each in trades if each.raw_profit > 0)
    losses = sum(-each.raw_profit for each in trades if each.raw_profit < 0)
    wins = sum(each.raw_profit > 0 for each in trades)
    return {
        "trades": count,
        "long_trades": sum(each.side > 0 for each in trades),
        "short_trades": sum(each.side < 0 for each in trades),
        "net_return": equity[-1] / initial - 1.0,
        "win_rate": wins / count if count else 0.0,
        "profit_factor": profit_factor(gains, losses),
        "average_r": sum(each.r for each in trades) / count if count else 0.0,
        "max_drawdown": max_drawdown(equity, initial),
        "exposure": held / len(equity),
        "fees": sum(each.fees for each in trades),
        "funding": sum(each.funding for each in trades),
        "both_touched": both_touched,
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

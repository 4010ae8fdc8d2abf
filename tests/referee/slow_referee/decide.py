"""Step 3 of a bar: the side that is named, the guards that refuse it, the size of its order."""

from typing import Protocol

from .account import Account, Event, Order, noted
from .gates import both_shut
from .judge import Judge
from .manage import exit_order
from .modes import named_side, threshold
from .scores import confidence, fused

HOUR = 3_600_000_000_000
ENTER = {1: "enter_long", -1: "enter_short"}


class Purse(Protocol):
    """What a decision knows about the money and the other assets of its portfolio."""

    def equity_for(self, account: Account) -> float: ...

    def positions_taken(self, account: Account) -> bool: ...

    def limit_broken(self, account: Account, order: Order, judge: Judge) -> str: ...


def decide(account: Account, i: int, purse: Purse, judge: Judge) -> tuple[str, list[Event]]:
    """The code of row i, and the orders it writes."""
    if account.leaving:
        return "exit_ordered", []
    if account.position is None:
        return decide_flat(account, i, purse, judge)
    other = -account.position.side
    sides = [other] if reads_held(account) else open_sides(account, i, [other])
    side, _ = named_side(account.sheet, i, sides, judge)
    if side != other:
        return "in_position", []
    code = "cool_down" if i < account.cool_until else ""
    return after_the_side(account, i, side, code, purse, judge)


def decide_flat(account: Account, i: int, purse: Purse, judge: Judge) -> tuple[str, list[Event]]:
    code = both_shut(account.sheet.shut[i])
    if code:
        return code, []
    if i < account.cool_until:
        return "cool_down", []
    if purse.positions_taken(account):
        return "portfolio_positions", []
    side, code = named_side(account.sheet, i, open_sides(account, i, [1, -1]), judge)
    if side == 0:
        return code, []
    return after_the_side(account, i, side, "", purse, judge)


def reads_held(account: Account) -> bool:
    """Whether scores are asked for at every bar of a position."""
    return account.sheet.own.strategy is not None or bool(account.settings.exits.exit_confidence)


def open_sides(account: Account, i: int, sides: list[int]) -> list[int]:
    """Those of the sides that no gate shuts."""
    return [side for side in sides if not account.sheet.shut[i][0 if side > 0 else 1]]


def after_the_side(
    account: Account, i: int, side: int, code: str, purse: Purse, judge: Judge
) -> tuple[str, list[Event]]:
    """The gate of the named side, the loss streak, money and limits, and then the order."""
    gate = account.sheet.shut[i][0 if side > 0 else 1]
    code = code or gate
    if not code and streak_is_on(account, i):
        sure = judge.at_least(
            confidence(account.sheet, i, side), threshold(account.sheet, i), "streak"
        )
        code = "" if sure else "loss_streak"
    if code:
        return code, []
    return order_or_refuse(account, i, side, purse, judge)


def streak_is_on(account: Account, i: int) -> bool:
    safety = account.settings.safety
    if not safety.loss_streak_threshold or account.losses < safety.loss_streak_threshold:
        return False
    until = account.last_loss + safety.loss_streak_hours * HOUR
    return bool(account.sheet.close_time[i] < until)


def order_or_refuse(
    account: Account, i: int, side: int, purse: Purse, judge: Judge
) -> tuple[str, list[Event]]:
    equity, close = purse.equity_for(account), account.sheet.close[i]
    if not judge.above(equity, 0.0, "equity", account.settings.account.initial_cash):
        return "no_equity", []
    distance = stop_distance(account, i, side)
    if not judge.above(distance, 0.0, "distance", close):
        return "no_range", []
    reason = "flip" if account.position is not None else "entry"
    quantity = size(account, i, side, equity, distance, judge)
    order = Order(side, quantity, distance, close, reason, own_target(account, i))
    code = purse.limit_broken(account, order, judge)
    if code:
        return code, []
    events = []
    if account.position is not None:
        account.leaving = "flip"
        events.append(exit_order(account, i, "flip"))
    account.entry = order
    ordered = noted(account, "order", i, side, account.number + 1, reason, close, quantity)
    score = fused(account.sheet, i)
    events.append(ordered._replace(score=score, distance=distance))
    return ENTER[side], events


def stop_distance(account: Account, i: int, side: int) -> float:
    risk, columns = account.settings.risk, account.sheet.columns
    atr = columns["atr_ema_20"][i]
    if own_stop(account, i) > 0:
        return own_stop(account, i)
    if risk.stop == "structure" and not account.sheet.own.names_stop:
        swing = columns["swing_low" if side > 0 else "swing_high"][i]
        away = side * (account.sheet.close[i] - swing)
        if away > 0:  # NaN, no swing, is not
            return float(away + risk.structure_buffer_atr * atr)
    return float(risk.stop_buffer_multiplier * atr)


def own_stop(account: Account, i: int) -> float:
    """The distance that a strategy file names; 0 where the configuration decides."""
    own = account.sheet.own
    return own.strategy.stop if own.strategy is not None else own.stops[i]


def own_target(account: Account, i: int) -> float:
    own = account.sheet.own
    return own.strategy.target if own.strategy is not None else own.targets[i]


def size(
    account: Account, i: int, side: int, equity: float, distance: float, judge: Judge
) -> float:
    """The quantity ordered, by `risk.sizing`."""
    risk, close = account.settings.risk, account.sheet.close[i]
    if risk.sizing == "risk":
        return equity * risk_share(account, i, side, judge) / distance
    if risk.sizing == "fraction_of_equity":
        return float(risk.equity_fraction * equity / close)
    if risk.sizing == "fixed_notional":
        return float(risk.fixed_notional / close)
    if risk.sizing == "fixed_quantity":
        return float(risk.fixed_quantity)
    return float(account.settings.account.leverage * equity / close)


def risk_share(account: Account, i: int, side: int, judge: Judge) -> float:
    """The share of equity lost at the stop: line or map, then the ADX factor, then the cap."""
    risk, sheet = account.settings.risk, account.sheet
    c, least = confidence(sheet, i, side), threshold(sheet, i)
    if risk.risk_map is not None:
        share = risk.min_risk_per_trade
        for step, value in risk.risk_map:
            share = value if judge.at_least(c, step, "risk map") else share
    else:
        place = min(max((c - least) / (1.0 - least), 0.0), 1.0) if least < 1.0 else 0.0
        share = risk.min_risk_per_trade
        share += (risk.max_risk_per_trade - risk.min_risk_per_trade) * place
    adx = sheet.columns["adx_wilder_14"][i]
    if risk.adx_range_lo is not None and adx < risk.adx_range_lo:
        share *= risk.adx_range_factor
    elif risk.adx_trend_hi is not None and adx > risk.adx_trend_hi:
        share *= risk.adx_trend_factor
    return float(min(risk.max_risk_per_trade, share))

"""Step 2 of a bar: funding, exits by level, exits decided at the close, the next bar's stop."""

from collections.abc import Callable, Iterator

from .account import Account, Event, Position, close_all, close_leg, noted
from .judge import Judge
from .modes import regime
from .scores import confidence


def inside_the_bar(account: Account, i: int, judge: Judge) -> list[Event]:
    """Funding, and the exits by level of bar i after the fills at its open."""
    if account.position is None:
        return []
    return fund(account, i) + exits_by_level(account, i, judge)


def at_the_close(account: Account, i: int, judge: Judge) -> list[Event]:
    """What the close of row i says about a position that is still held: leave, or move the stop."""
    held, strategy = account.position, account.sheet.own.strategy
    if strategy is not None and i >= account.sheet.warmup:
        strategy.ask(i, held, account.cash)
    if held is None:
        return []
    held.seen(account.sheet.high[i], account.sheet.low[i])
    account.leaving = exit_at_close(account, i, held, judge)
    if account.leaving:
        return [exit_order(account, i, account.leaving)]
    return move_stop(account, i, held, judge)


def fund(account: Account, i: int) -> list[Event]:
    held, rate = account.position, account.sheet.funding[i]
    assert held is not None
    if rate == 0.0:
        return []
    opened = account.sheet.open[i]
    paid = held.side * rate * held.quantity * opened
    account.cash -= paid
    side, number = held.side, account.number
    return [noted(account, "funding", i, side, number, "funding", opened, held.quantity, fee=paid)]


def exits_by_level(account: Account, i: int, judge: Judge) -> list[Event]:
    """The first rule that closes the position ends the list; a partial leg does not."""
    events: list[Event] = []
    for rule in EXIT_RULES:
        events += rule(account, i, judge)
        if account.position is None:
            break
    return events


def beyond(held: Position, price: float, level: float | None, judge: Judge, what: str) -> bool:
    """Whether a price is at a profit level or beyond it."""
    if level is None:
        return False
    return judge.at_least(held.side * price, held.side * level, what)


def behind(held: Position, price: float, judge: Judge, what: str) -> bool:
    """Whether a price is at the stop or beyond it."""
    if held.placed_by == "breakeven":  # a price of the market: no question of rounding
        return held.side * held.stop >= held.side * price
    return judge.at_least(held.side * held.stop, held.side * price, what)


def furthest(account: Account, i: int, side: int) -> float:
    """The bar's extreme in a direction."""
    return account.sheet.high[i] if side > 0 else account.sheet.low[i]


def stop_at_open(account: Account, i: int, judge: Judge) -> list[Event]:
    held, opened = held_by(account), account.sheet.open[i]
    if not behind(held, opened, judge, "stop gap"):
        return []
    return [close_all(account, i, opened, "stop_gap", judge)]


def partial_at_open(account: Account, i: int, judge: Judge) -> list[Event]:
    held, opened = held_by(account), account.sheet.open[i]
    if not beyond(held, opened, held.partial, judge, "partial gap"):
        return []
    return [take_partial(account, i, opened, "partial_gap")]


def target_at_open(account: Account, i: int, judge: Judge) -> list[Event]:
    held, opened = held_by(account), account.sheet.open[i]
    if not beyond(held, opened, held.target, judge, "target gap"):
        return []
    return [close_all(account, i, opened, "target_gap", judge)]


def stop_inside(account: Account, i: int, judge: Judge) -> list[Event]:
    held = held_by(account)
    if not behind(held, furthest(account, i, -held.side), judge, "stop"):
        return []
    best = furthest(account, i, held.side)
    account.both_touched += beyond(held, best, held.target, judge, "both")
    return [close_all(account, i, held.stop, held.placed_by, judge)]


def partial_inside(account: Account, i: int, judge: Judge) -> list[Event]:
    held = held_by(account)
    if not beyond(held, furthest(account, i, held.side), held.partial, judge, "partial"):
        return []
    assert held.partial is not None
    return [take_partial(account, i, held.partial, "partial")]


def target_inside(account: Account, i: int, judge: Judge) -> list[Event]:
    held = held_by(account)
    if not beyond(held, furthest(account, i, held.side), held.target, judge, "target"):
        return []
    assert held.target is not None
    return [close_all(account, i, held.target, "target", judge)]


EXIT_RULES: tuple[Callable[[Account, int, Judge], list[Event]], ...] = (
    stop_at_open,
    partial_at_open,
    target_at_open,
    stop_inside,
    partial_inside,
    target_inside,
)


def held_by(account: Account) -> Position:
    assert account.position is not None
    return account.position


def take_partial(account: Account, i: int, raw: float, reason: str) -> Event:
    held = held_by(account)
    held.partial = None
    share = account.settings.exits.scale_out_share
    return close_leg(account, i, raw, share * held.filled, reason)


def exit_at_close(account: Account, i: int, held: Position, judge: Judge) -> str:
    """The first reason to leave at the next fill, or nothing."""
    exits, sheet = account.settings.exits, account.sheet
    if exits.max_bars_in_trade is not None and i >= held.entry_bar + exits.max_bars_in_trade - 1:
        return "time_stop"
    if any(rule.leave[i] and held.side in rule.sides for rule in sheet.vetoes):
        return "macro_exit"
    if told_to_leave(account, i, held.side):
        return "signal_exit"
    if exits.exit_confidence is None:
        return ""
    stays = judge.at_least(confidence(sheet, i, held.side), exits.exit_confidence, "leaves")
    return "" if stays else "exit_confidence"


def told_to_leave(account: Account, i: int, side: int) -> bool:
    """Whether an exit of a strategy file says so."""
    own = account.sheet.own
    if own.strategy is not None and own.strategy.leaves:
        return True
    return any(ways[0 if side > 0 else 1][i] for ways in own.left)


def exit_order(account: Account, i: int, reason: str) -> Event:
    """The order of an exit, at the close of row i."""
    held, close = held_by(account), account.sheet.close[i]
    return noted(account, "order", i, held.side, account.number, reason, close, held.quantity)


def move_stop(account: Account, i: int, held: Position, judge: Judge) -> list[Event]:
    """The tightest of the stop in force and of the levels that apply at row i."""
    moved = False
    for reason, level in offers(account, i, held, judge):
        if level == held.stop:
            continue  # in bits the stop that is in force: no question of rounding
        if judge.above(held.side * level, held.side * held.stop, "level"):
            held.stop, held.placed_by, moved = level, reason, True
    if not moved:
        return []
    side, number = held.side, account.number
    return [noted(account, "level", i, side, number, held.placed_by, held.stop, held.quantity)]


def offers(account: Account, i: int, held: Position, judge: Judge) -> Iterator[tuple[str, float]]:
    """What may become the stop, in the order of the table."""
    exits, sheet = account.settings.exits, account.sheet
    won = held.side * (held.best - held.raw)
    distance = held.side * sheet.columns["atr_ema_20"][i]
    close = sheet.close[i]
    if exits.breakeven_rr is not None and judge.at_least(
        won, exits.breakeven_rr * held.distance, "breakeven"
    ):
        yield "breakeven", held.raw
    if exits.trail_atr_mult is not None and judge.at_least(
        won, exits.trail_after_rr * held.distance, "trail after"
    ):
        yield "trailing", close - exits.trail_atr_mult * distance
    now = regime(sheet, i)
    own = getattr(exits.regime_stop_atr, now) if now else None
    if own is not None:
        yield "regime_stop", close - own * distance
    if exits.volume_trap_atr is not None and trapped(account, i, held.side):
        yield "volume_trap", close - exits.volume_trap_atr * distance


def trapped(account: Account, i: int, side: int) -> bool:
    """Heavy volume on a bar that closed at the wrong end."""
    sheet, trap = account.sheet, account.settings.volume_trap
    if not sheet.bars.has_volume or not sheet.columns["volume_z_20"][i] >= trap.min_volume_z:
        return False
    location = sheet.columns["close_location"][i]
    if side > 0:
        return location <= trap.max_close_location
    return location >= 1.0 - trap.max_close_location

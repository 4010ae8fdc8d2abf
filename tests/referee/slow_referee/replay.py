"""The replay: one step a bar for every asset, over the stamps at which any of them has a bar."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from .account import Account, Event, Order, close_all, dropped, open_position
from .decide import decide
from .judge import Judge
from .manage import at_the_close, inside_the_bar
from .sheet import Sheet

Span = tuple[int, int]  # rows first … stop − 1
Stamp = list[tuple[int, int]]  # assets with a bar at a stamp, and their rows
Accepts = Callable[[list[Event], dict[tuple[int, int], str], list["Account"]], bool]


@dataclass
class Replayed:
    """codes: of (asset, row). ledgers: equity after each stamp, a list an asset. stamps: ns."""

    events: list[Event] = field(default_factory=list)
    codes: dict[tuple[int, int], str] = field(default_factory=dict)
    stamps: list[int] = field(default_factory=list)
    ledgers: list[list[float]] = field(default_factory=list)
    both_touched: list[int] = field(default_factory=list)


class Portfolio:
    """The accounts of a run, and the money and limits they share. whole: settings of the run."""

    def __init__(self, whole: Any, accounts: list[Account]) -> None:
        self.limits = whole.portfolio
        self.initial = whole.account.initial_cash
        self.accounts = accounts
        self.shared = self.limits.capital == "shared" and len(accounts) > 1

    def equity(self) -> float:
        if not self.shared:
            return sum(each.equity() for each in self.accounts)
        return self.initial + sum(each.equity() - self.initial for each in self.accounts)

    def equity_for(self, account: Account) -> float:
        return self.equity() if self.shared else account.equity()

    def margin_for(self, account: Account) -> float:
        """Cash that an entry may use, the account itself being flat."""
        if not self.shared:
            return account.cash
        used = 0.0
        for each in self.accounts:
            if each is not account and each.position is not None:
                used += each.position.quantity * each.position.price / leverage(each)
        return self.equity() - used

    def positions_taken(self, account: Account) -> bool:
        most = self.limits.max_positions
        return most is not None and sum(map(busy, self.others(account))) >= most

    def others(self, account: Account) -> Iterator[Account]:
        return (each for each in self.accounts if each is not account)

    def limit_broken(self, account: Account, order: Order, judge: Judge) -> str:
        """The code of the limit that an order would break, by itself and beside the others."""
        for most, own, measure, code in (
            (self.limits.max_total_risk, order.risk, risk_of, "portfolio_risk"),
            (self.limits.max_total_notional, order.notional, notional_of, "portfolio_notional"),
        ):
            if most is None:
                continue
            total = own + sum(measure(each) for each in self.others(account))
            if judge.above(total, most * self.equity(), code):
                return code
        return ""


def leverage(account: Account) -> float:
    return float(account.settings.account.leverage)


def busy(account: Account) -> bool:
    return account.position is not None or account.entry is not None


def risk_of(account: Account) -> float:
    """The loss at the stop of what is held or ordered; of a flip the larger."""
    held, order, now = account.position, account.entry, 0.0
    if held is not None:
        now = held.quantity * max(held.side * (held.raw - held.stop), 0.0)
    return max(now, 0.0 if order is None else order.risk)


def notional_of(account: Account) -> float:
    """Quantity at the last price of what is held or ordered; of a flip the larger."""
    held, order = account.position, account.entry
    now = 0.0 if held is None else held.quantity * account.mark
    return max(now, 0.0 if order is None else order.notional)


def replay(
    whole: Any,
    sheets: list[Sheet],
    spans: list[Span],
    judge: Judge,
    accepts: Accepts | None = None,
) -> Replayed:
    """Replay the assets together. accepts: whether the engine did the same at a stamp; it is asked
    only where a comparison was a tie.
    """
    accounts = [
        Account(k, sheet, sheet.settings.account.initial_cash) for k, sheet in enumerate(sheets)
    ]
    out = Replayed(ledgers=[[] for _ in sheets])
    for moment, present in stamps_of(sheets, spans):
        accounts, events, codes = judged(whole, accounts, present, spans, judge, accepts)
        out.events += events
        out.codes |= codes
        out.stamps.append(moment)
        for ledger, account in zip(out.ledgers, accounts, strict=True):
            ledger.append(account.equity())
    out.both_touched = [each.both_touched for each in accounts]
    return out


def stamps_of(sheets: list[Sheet], spans: list[Span]) -> Iterator[tuple[int, Stamp]]:
    """Every stamp at which an asset has a bar in its range, with the rows there."""
    at: dict[int, Stamp] = {}
    for asset, (sheet, (first, stop)) in enumerate(zip(sheets, spans, strict=True)):
        for row in range(first, stop):
            at.setdefault(sheet.open_time[row], []).append((asset, row))
    yield from sorted(at.items())


def judged(
    whole: Any,
    accounts: list[Account],
    present: Stamp,
    spans: list[Span],
    judge: Judge,
    accepts: Accepts | None,
) -> tuple[list[Account], list[Event], dict[tuple[int, int], str]]:
    """One stamp; where comparisons were ties, with the answers that make it what the engine did."""
    before = [each.snapshot() for each in accounts] if accepts else accounts
    judge.begin()
    own = one_stamp(whole, accounts, present, spans, judge)
    met = judge.met
    if not met or accepts is None or accepts(own[1], own[2], own[0]):
        return own
    counts = (judge.comparisons, judge.ties, dict(judge.kinds))
    for flipped in subsets(met):
        judge.begin(flipped)
        again = [each.snapshot() for each in before]
        other = one_stamp(whole, again, present, spans, judge)
        judge.comparisons, judge.ties, judge.kinds = counts[0], counts[1], dict(counts[2])
        if accepts(other[1], other[2], other[0]):
            judge.overruled += len(flipped)
            return other
    return own


def subsets(ties: int) -> Iterator[frozenset[int]]:
    """Which of a few ties to answer the other way, few first."""
    for count in range(1, min(ties, 6) + 1):
        yield from map(frozenset, combinations(range(ties), count))


def one_stamp(
    whole: Any, accounts: list[Account], present: Stamp, spans: list[Span], judge: Judge
) -> tuple[list[Account], list[Event], dict[tuple[int, int], str]]:
    """All fills at the open, exits inside the bar, closes of what is held, decisions, fills at the
    close: each for all assets before the next.
    """
    book = Portfolio(whole, accounts)
    rows = [(accounts[asset], row) for asset, row in present]
    events: list[Event] = []
    codes: dict[tuple[int, int], str] = {}
    for account, i in rows:
        account.mark = account.sheet.open[i]
    for account, i in rows:
        events += fill_orders(account, i, account.sheet.open[i], book, judge)
    for account, i in rows:
        events += inside_the_bar(account, i, judge)
    for account, i in rows:
        events += at_the_close(account, i, judge)
    for account, i in rows:
        account.mark = account.sheet.close[i]
    for account, i in rows:
        codes[account.asset, i], orders = decide(account, i, book, judge)
        events += orders
    for account, i in rows:
        if account.settings.execution.fill == "close":
            events += fill_orders(account, i, account.sheet.close[i], book, judge)
        if i == spans[account.asset][1] - 1:
            events += end_of_data(account, i, judge)
    return accounts, events, codes


def fill_orders(account: Account, i: int, raw: float, book: Portfolio, judge: Judge) -> list[Event]:
    """A pending exit, then a pending entry."""
    events = []
    if account.leaving:
        events.append(close_all(account, i, raw, account.leaving, judge))
    if account.entry is not None:
        events.append(open_position(account, i, raw, book.margin_for(account), judge))
    return events


def end_of_data(account: Account, i: int, judge: Judge) -> list[Event]:
    events = []
    if account.entry is not None:
        events.append(dropped(account, i, account.entry, "end_of_data"))
        account.entry = None
    if account.position is not None:
        close = account.sheet.close[i]
        events.append(close_all(account, i, close, "end_of_data", judge))
    return events

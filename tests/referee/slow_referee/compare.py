"""Where a run of the engine and the referee's replay of it differ, in words."""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .account import Account, Event
from .books import Trade, bars_held, metrics_of, trades_of
from .engine_side import EngineRun, Loaded, run_engine
from .gates import judge_gates
from .judge import Judge
from .lossy import lossy_candidates, shut_outside
from .replay import Replayed, replay
from .sheet import Sheet, sheet_of

RELATIVE = 1e-9
EXACT = ("position", "side", "entry_bar", "exit_bar", "legs", "reason")
MONEY = (
    "gross", "fees", "net", "raw_profit", "funding", "costs", "expectancy", "best_trade",
    "worst_trade", "long_net", "short_net",
)  # fmt: skip


@dataclass
class Verdict:
    """differences: the first few, in words. seen: events by kind and reason, to say what a set of
    cases has met.
    """

    differences: list[str]
    bars: int
    trades: int
    comparisons: int
    ties: int
    overruled: int
    kinds: dict[str, int]
    worst: float = 0.0  # largest difference of money as a share of what is allowed
    seen: dict[str, int] = field(default_factory=dict)


@dataclass
class Prepared:
    """A finished run of the engine, and the sheets on which the referee replays it."""

    whole: Any
    sheets: list[Sheet]
    theirs: EngineRun
    candidates: list[str]  # differences between the candidates of the policy `sentinel`


def prepared(
    whole: Any, loaded: Sequence[Loaded], start: str | None = None, end: str | None = None
) -> Prepared:
    theirs = run_engine(whole, loaded, start, end)
    sheets = [judge_gates(sheet_of(*each)) for each in loaded]
    judge, differences = Judge(), []
    for asset, found in enumerate(theirs.candidates):
        ours = lossy_candidates(sheets[asset], theirs.spans[asset], judge)
        if ours != found and not judge.ties:
            first = min(set(ours) ^ set(found))
            differences.append(f"candidates of asset {asset}: first differ at row {first}")
        shut_outside(sheets[asset], found)
    return Prepared(whole, sheets, theirs, differences)


def referee(
    whole: Any, loaded: Sequence[Loaded], start: str | None = None, end: str | None = None
) -> Verdict:
    """Run the engine, replay the same, compare everything."""
    return verdict_of(prepared(whole, loaded, start, end))


def verdict_of(case: Prepared) -> Verdict:
    """Replay a finished run of the engine, and compare everything."""
    theirs, judge = case.theirs, Judge(profit_of=case.theirs.profit_of)
    ours = replay(case.whole, case.sheets, theirs.spans, judge, accepting(theirs))
    found = Comparison(case.whole, case.sheets, ours, theirs)
    differences = [*case.candidates, *found.differences()]
    return Verdict(
        differences[:20], len(ours.codes), sum(map(len, theirs.trades)), judge.comparisons,
        judge.ties, judge.overruled, judge.kinds, found.worst, counted(ours),
    )  # fmt: skip


def counted(ours: Replayed) -> dict[str, int]:
    """Events by kind and reason, and decision codes."""
    words = [f"{event.kind} {event.reason}" for event in ours.events]
    words += [f"code {code}" for code in ours.codes.values()]
    return dict(Counter(words))


def accepting(theirs: EngineRun) -> Any:
    """Whether a stamp of the referee is, but for rounding, what the engine did there."""
    by_bar = theirs.events_by_bar()

    def accepts(
        events: list[Event], codes: dict[tuple[int, int], str], accounts: list[Account]
    ) -> bool:
        for (asset, bar), code in codes.items():
            mine = [each for each in events if (each.asset, each.bar) == (asset, bar)]
            yours = by_bar.get((asset, bar), [])
            if not theirs.says(asset, bar, code) or len(mine) != len(yours):
                return False
            if any(same_event(a, b, 1e-6) for a, b in zip(mine, yours, strict=True)):
                return False
        return True

    return accepts


def near(left: float, right: float, share: float) -> bool:
    return abs(left - right) <= share * max(abs(left), abs(right), 1e-300)


def same_event(mine: Event, yours: Event, share: float = RELATIVE) -> str:
    """Which field differs first, or nothing; money is judged elsewhere."""
    for name in ("asset", "kind", "bar", "side", "position", "reason"):
        if getattr(mine, name) != getattr(yours, name):
            return name
    for name in ("price", "raw", "quantity"):
        if not near(getattr(mine, name), getattr(yours, name), share):
            return name
    return ""


def impossible(events: list[Event]) -> Iterator[str]:
    """Fills that no market could make, also where both programs agree on them."""
    for event in events:
        if event.kind == "fill" and not (event.price > 0 and event.quantity > 0):
            yield f"no market fills like that: {event}"
            return


class Comparison:
    """Two runs side by side. worst: largest difference of money as a share of what is allowed."""

    def __init__(self, whole: Any, sheets: list[Sheet], ours: Replayed, theirs: EngineRun) -> None:
        self.whole, self.sheets, self.ours, self.theirs = whole, sheets, ours, theirs
        fills = [each for each in theirs.events if each.kind == "fill"]
        self.allowed = RELATIVE * (1.0 + sum(each.price * each.quantity for each in fills))
        self.worst = 0.0

    def money(self, left: float, right: float) -> bool:
        """Whether two amounts agree to 1e-9 of 1 + turnover."""
        self.worst = max(self.worst, abs(left - right) / self.allowed)
        return abs(left - right) <= self.allowed

    def differences(self) -> Iterator[str]:
        yield from self.of_events()
        yield from self.of_stamps({"drop"})
        yield from self.of_codes()
        yield from self.of_equity()
        for asset, sheet in enumerate(self.sheets):
            own = [each for each in self.ours.events if each.asset == asset]
            trades = trades_of(own)
            yield from self.of_trades(asset, trades)
            held, touched = bars_held(trades), self.ours.both_touched[asset]
            first, stop = self.theirs.spans[asset]
            rows = [sheet.open_time[row] for row in range(first, stop)]
            at = dict(zip(self.ours.stamps, self.ours.ledgers[asset], strict=True))
            curve = [at[each] for each in rows]
            initial = sheet.settings.account.initial_cash
            yield from self.of_metrics(asset, metrics_of(trades, curve, initial, held, touched))
        if len(self.sheets) > 1:
            yield from self.of_metrics(len(self.sheets), self.joined_metrics())

    def of_events(self) -> Iterator[str]:
        mine, yours = self.ours.events, self.theirs.events
        for k, (a, b) in enumerate(zip(mine, yours, strict=False)):
            wrong = same_event(a, b)
            if wrong:
                yield f"event {k}, {wrong}: referee {a}, engine {b}"
                return
            if not (self.money(a.cash, b.cash) and self.money(a.fee, b.fee)):
                yield f"event {k}, money: referee {a}, engine {b}"
                return
            if a.kind == "order" and a.distance and not near(a.score, b.score, 1e-9):
                yield f"event {k}, score: referee {a}, engine {b}"
        yield from impossible(yours)
        if len(mine) != len(yours):
            longer = mine if len(mine) > len(yours) else yours
            place = min(len(mine), len(yours))
            yield f"events: referee {len(mine)}, engine {len(yours)}; then {longer[place]}"

    def of_stamps(self, left_out: Set[str] = frozenset()) -> Iterator[str]:
        """Fills and funding have the open of their bar, what is decided its close."""
        for event, theirs in zip(self.theirs.events, self.theirs.stamps, strict=True):
            sheet = self.sheets[event.asset]
            times = sheet.open_time if event.kind in {"fill", "funding"} else sheet.close_time
            ours = datetime.fromtimestamp(times[event.bar] // 1_000_000_000, UTC)
            if event.kind not in left_out and theirs != ours.strftime("%Y-%m-%dT%H:%M:%SZ"):
                yield f"stamp of a {event.kind} at bar {event.bar}: referee {ours}, engine {theirs}"
                return

    def of_codes(self) -> Iterator[str]:
        for key in sorted(self.ours.codes.keys() | self.theirs.codes.keys()):
            mine, yours = self.ours.codes.get(key), self.theirs.codes.get(key)
            if not self.theirs.says(*key, mine):
                yield f"code of asset {key[0]}, row {key[1]}: referee {mine}, engine {yours}"
                return

    def of_equity(self) -> Iterator[str]:
        for asset, (mine, yours) in enumerate(
            zip(self.ours.ledgers, self.theirs.ledgers, strict=True)
        ):
            for k, (a, b) in enumerate(zip(mine, yours, strict=True)):
                if not self.money(a, b):
                    yield f"equity of asset {asset}, stamp {k}: referee {a!r}, engine {b!r}"
                    break
        for k, (a, b) in enumerate(zip(self.joined_equity(), self.theirs.equity, strict=True)):
            if not self.money(a, b):
                yield f"equity, stamp {k}: referee {a!r}, engine {b!r}"
                return

    def of_trades(self, asset: int, mine: list[Trade]) -> Iterator[str]:
        yours = self.theirs.trades[asset]
        if len(mine) != len(yours):
            yield f"trades of asset {asset}: referee {len(mine)}, engine {len(yours)}"
        for a, b in zip(mine, yours, strict=False):
            wrong = self.wrong_field(a, b)
            if wrong:
                yield f"trade {a.position} of asset {asset}, {wrong}: referee {a}, engine {b}"
                return

    def wrong_field(self, mine: Trade, yours: dict[str, Any]) -> str:
        for name, value in vars(mine).items():
            if name in EXACT:
                good = value == yours[name]
            elif name in MONEY:
                good = self.money(value, yours[name])
            else:  # R, mae and mfe divide a difference of prices by a distance
                good = near(value, yours[name], RELATIVE) or abs(value - yours[name]) < 1e-7
            if not good:
                return name
        return ""

    def of_metrics(self, which: int, mine: dict[str, float | None]) -> Iterator[str]:
        yours = self.theirs.metrics[which]
        for name, value in mine.items():
            if name.endswith(("win_rate", "profit_factor")) and self.rounding_wins(name):
                continue  # a profit of 0 but for rounding counts as either
            if not self.same_metric(name, value, yours[name]):
                yield f"metric {name} of {which}: referee {value!r}, engine {yours[name]!r}"

    def same_metric(self, name: str, mine: float | None, yours: float | None) -> bool:
        if mine is None or yours is None:
            return mine is yours
        if name in MONEY:
            return self.money(mine, yours)
        return near(mine, yours, 1e-7) or abs(mine - yours) < 1e-9

    def rounding_wins(self, name: str) -> bool:
        """Whether a position ended within rounding of a profit of 0, on different sides."""
        profit = "raw_profit" if name.startswith("raw_") else "net"
        for asset in range(len(self.sheets)):
            own = [each for each in self.ours.events if each.asset == asset]
            for a, b in zip(trades_of(own), self.theirs.trades[asset], strict=False):
                if (getattr(a, profit) > 0) != (b[profit] > 0):
                    return True
        return False

    def joined_equity(self) -> list[float]:
        shared = len(self.sheets) > 1 and self.whole.portfolio.capital == "shared"
        initial = self.whole.account.initial_cash
        rows = zip(*self.ours.ledgers, strict=True)
        if shared:
            return [initial + sum(each - initial for each in row) for row in rows]
        return [sum(row) for row in rows]

    def joined_metrics(self) -> dict[str, float | None]:
        trades, stamps = [], set()
        for asset, sheet in enumerate(self.sheets):
            own = trades_of([each for each in self.ours.events if each.asset == asset])
            trades += own
            for each in own:
                since, until = sheet.open_time[each.entry_bar], sheet.open_time[each.exit_bar]
                stamps |= {moment for moment in self.ours.stamps if since <= moment < until}
        return metrics_of(
            trades, self.joined_equity(), self.whole.account.initial_cash,
            len(stamps), sum(self.ours.both_touched),
        )  # fmt: skip

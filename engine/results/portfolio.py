"""The result of several assets in one run: each one's own, and that of all together."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.kernel import Floats, Ints, Table
from engine.prescreen.windows import Windows
from engine.replay.choice import Choice
from engine.replay.clock import Clock
from engine.replay.portfolio import Curves, PortfolioReplay
from engine.replay.settings import Settings
from engine.results.metrics.catalogue import Metrics
from engine.results.metrics.history import History, Part
from engine.results.metrics.totals import Totals, rate_of
from engine.results.outcome import Outcome
from engine.results.result import Result
from engine.results.sums import joined_sums


@dataclass(frozen=True)
class PortfolioResult:
    """events: EVENT[k] of all assets in step order. open_time: int64[s] and equity: float64[s], a
    row for each stamp at which any asset has a bar. ledgers: float64[s, a], the equity of each
    asset: of its sub-account, or of a shared account that only it had moved. metrics: of all.
    """

    events: Table
    open_time: Ints
    equity: Floats
    ledgers: Curves
    metrics: Metrics

    def digest(self) -> str:
        """sha256 over the bytes of every part but the metrics, which follow from them."""
        whole = hashlib.sha256()
        for array in (self.events, self.open_time, self.equity, self.ledgers):
            whole.update(array.tobytes())
        return whole.hexdigest()


@dataclass(frozen=True)
class PortfolioOutcome:
    """own: the outcome of each asset inside the portfolio, in config order. windows: over stamps of
    `clock`. timings: seconds of each stage, in order.
    """

    settings: Settings
    own: tuple[Outcome, ...]
    clock: Clock
    windows: Windows
    choice: Choice
    result: PortfolioResult
    timings: dict[str, float]

    def visits(self) -> dict[str, Any]:
        """What the replay looked at, in stamps; each asset's visits are its own outcome's."""
        size = self.clock.open_time.size
        bars = sum(each.size for each in self.own)
        visited = sum(each.visits()["visited"] for each in self.own)
        return {
            "stamps": size,
            "window_stamps": self.windows.bars,
            "coverage": self.windows.bars / size,
            "windows": self.windows.starts.size,
            "bars": bars,
            "visited": visited,
            "skipped": bars - visited,
            "candidates": sum(each.candidates.bar.size for each in self.own),
        }


def portfolio_result_of(
    replayed: PortfolioReplay, own: Sequence[Result], settings: Settings
) -> PortfolioResult:
    """Join the results of the assets; settings: those of the whole portfolio."""
    equity, initial = joined_equity(replayed.equity, settings)
    return PortfolioResult(
        events=replayed.events,
        open_time=replayed.clock.open_time,
        equity=equity,
        ledgers=replayed.equity,
        metrics=Metrics(joined_history(replayed.clock, own, equity, initial)),
    )


def joined_history(clock: Clock, own: Sequence[Result], equity: Floats, initial: float) -> History:
    """What the metrics of all together are computed from; a part for each asset."""
    each = [result.metrics.history for result in own]
    parts = [part_of(clock, asset, one) for asset, one in enumerate(each)]
    known = np.concatenate([one.totals.times[: end_of(one)] for one in each])
    totals = Totals(
        sums=joined_sums(
            [one.totals.sums for one in each], equity, positions_held(clock, parts), initial
        ),
        initial=np.array([initial]),
        bars=equity.size,
        periods=rate_of(np.unique(known)),
        times=clock.open_time,
    )
    return History(totals, parts, clock.open_time, equity, joined_market(each, parts, initial))


def end_of(alone: History) -> int:
    """The row behind the last in range."""
    return alone.parts[0].first + alone.equity.size


def part_of(clock: Clock, asset: int, alone: History) -> Part:
    """The only part of an asset's own history, in stamps of the clock."""
    return alone.parts[0]._replace(stamps=clock.stamps_of(asset))


def joined_market(own: Sequence[History], parts: Sequence[Part], initial: float) -> Floats:
    """float64[s]: equal parts of the cash in each asset from its first bar on."""
    share = initial / len(own)
    total = np.zeros(max(int(part.stamps[-1]) for part in parts) + 1)
    for history, part in zip(own, parts, strict=True):
        worth = np.concatenate(([share], history.market / history.initial * share))
        total += worth[np.searchsorted(part.stamps, np.arange(total.size), side="right")]
    return total


def joined_equity(ledgers: Curves, settings: Settings) -> tuple[Floats, float]:
    """float64[s], the equity of the portfolio, and what it began with: the sum of sub-accounts, or
    the shared account and the profits of all. Assets are added in config order.
    """
    initial = settings.account.initial_cash
    shared = settings.portfolio.capital == "shared"
    total = np.full(ledgers.shape[0], initial if shared else 0.0)
    for ledger in ledgers.T:
        total += ledger - initial if shared else ledger
    # Added like the ledgers: the `sum` of Python rounds otherwise from 3.12 on.
    shares = np.full(ledgers.shape[1], initial / ledgers.shape[1])
    return total, initial if shared else float(shares.cumsum()[-1])


def positions_held(clock: Clock, parts: Sequence[Part]) -> Ints:
    """int64[s]: how many positions are held after each stamp."""
    steps = np.zeros(clock.open_time.size, dtype=np.int64)
    for part in parts:
        np.add.at(steps, part.places(part.trades["entry_bar"]), 1)
        np.add.at(steps, part.places(part.trades["exit_bar"]), -1)
    return np.cumsum(steps)

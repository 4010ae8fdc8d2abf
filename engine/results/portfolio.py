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
from engine.results.metrics import Metrics, metrics
from engine.results.outcome import Outcome
from engine.results.result import Result


@dataclass(frozen=True)
class PortfolioResult:
    """events: EVENT[k] of all assets in step order. open_time: int64[s] and equity: float64[s], a
    row for each stamp at which any asset has a bar. ledgers: float64[s, a], the equity of each
    asset: of its sub-account, or of a shared account that only it had moved. metrics: over the
    trades of all; exposure is the share of stamps with any position.
    """

    events: Table
    open_time: Ints
    equity: Floats
    ledgers: Curves
    metrics: Metrics

    def digest(self) -> str:
        """sha256 over the bytes of every part."""
        whole = hashlib.sha256()
        for array in (self.events, self.open_time, self.equity, self.ledgers):
            whole.update(array.tobytes())
        whole.update(repr(self.metrics).encode())
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
    trades = np.concatenate([result.trades for result in own])
    equity, initial = joined_equity(replayed.equity, settings)
    held = stamps_held(replayed.clock, own)
    touched = sum(each.both_touched for each in replayed.own)
    return PortfolioResult(
        events=replayed.events,
        open_time=replayed.clock.open_time,
        equity=equity,
        ledgers=replayed.equity,
        metrics=metrics(trades, equity, initial, held, touched),
    )


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


def stamps_held(clock: Clock, own: Sequence[Result]) -> int:
    """Stamps after which any asset held a position."""
    steps = np.zeros(clock.open_time.size, dtype=np.int64)
    for asset, result in enumerate(own):
        stamps = clock.stamps_of(asset)
        first = clock.rows[stamps[0], asset]
        np.add.at(steps, stamps[result.trades["entry_bar"] - first], 1)
        np.add.at(steps, stamps[result.trades["exit_bar"] - first], -1)
    return int((np.cumsum(steps) > 0).sum())

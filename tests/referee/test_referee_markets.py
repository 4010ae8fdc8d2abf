"""Real markets, a few months of each; `long_run.py` has all of them in full length."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from slow_referee.compare import Verdict, referee
from slow_referee.real_cases import RealCase, money, own_modes, portfolios, real_case, rules

from engine.bars.series import Bars
from engine.inputs import presets

MONTHS = {"SPY": ("2015-01-02", "2015-12-31")}
CRYPTO = ("2025-04-01", "2025-09-30")


def judged(cases: Iterator[RealCase]) -> Iterator[tuple[str, Verdict]]:
    for case in cases:
        start, end = MONTHS.get(case.whole.asset, CRYPTO)
        loaded = [(own, cut(bars, start, end)) for own, bars in case.loaded]
        yield case.name, referee(case.whole, loaded, start, end)


def cut(bars: Bars, start: str, end: str) -> Bars:
    """The range, and before it enough for every column: 224 days of a stock market."""
    first = np.datetime64(start, "ns") - np.timedelta64(400, "D")
    last = np.datetime64(end, "ns") + np.timedelta64(2, "D")
    times = bars.open_time.astype("datetime64[ns]")
    rows = slice(*np.searchsorted(times, np.array([first, last])).tolist())
    names = ("open_time", "open", "high", "low", "close", "volume")
    return replace(bars, **{name: getattr(bars, name)[rows].copy() for name in names})


def assert_agreement(cases: Iterator[RealCase], least: int) -> None:
    """least: positions of all cases together, without which they prove little."""
    trades = comparisons = ties = 0
    for name, verdict in judged(cases):
        assert verdict.differences == [], f"{name}: {verdict.differences[0]}"
        assert verdict.trades > 0, name
        trades += verdict.trades
        comparisons, ties = comparisons + verdict.comparisons, ties + verdict.ties
    assert trades >= least
    assert ties * 10_000 < comparisons


def test_every_market_in_every_mode(shared_data: Path) -> None:
    assert_agreement(own_modes(shared_data), 600)


def test_every_shipped_configuration(shared_data: Path) -> None:
    cases = (real_case(shared_data, name, name, ("BTC",)) for name in presets())
    assert_agreement(cases, 300)


def test_every_sizing_and_cost_scenario(shared_data: Path) -> None:
    assert_agreement(money(shared_data, ("ETH",)), 600)


def test_every_exit_and_guard_and_real_macro_series(shared_data: Path) -> None:
    assert_agreement(rules(shared_data, ("SOL", "SPY")), 200)


def test_portfolios(shared_data: Path) -> None:
    cases = [each for each in portfolios(shared_data) if len({*each.whole.portfolio.assets}) == 3]
    assert_agreement(chain(cases[:4]), 400)

"""The demo market: the same bytes everywhere, plausible, two-sided."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.bars.checks import check
from engine.bars.dates import iso
from engine.bars.demo import demo_bars
from engine.errors import SettingsError

GOLDEN = "cd1d374b2a6c38c0452ba74627788c75ca1ce22244fc4cfe4a0fef2639484d15"


def test_golden_bytes() -> None:
    bars = demo_bars()
    assert bars.fingerprint() == GOLDEN
    assert replace(bars, close=np.nextafter(bars.close, 0)).fingerprint() != GOLDEN


def test_three_years_that_keep_the_rules() -> None:
    bars = demo_bars()
    check(bars, "DEMO")
    assert (bars.asset, bars.source, bars.size, bars.has_volume) == ("DEMO", "DEMO", 26_304, True)
    assert iso(int(bars.open_time[0])) == "2023-01-01T00:00:00Z"
    assert iso(int(bars.open_time[-1])) == "2025-12-31T23:00:00Z"


class Twin:
    """The generator as the specification writes it, in plain Python integers."""

    def __init__(self) -> None:
        self.x, self.price, self.left, self.drift, self.noise = 7, 150_000, 0, 0, 0

    def u(self, below: int) -> int:
        self.x = self.x * 48_271 % (2**31 - 1)
        return self.x % below

    def regime(self) -> None:
        kind = self.u(4)
        self.left = 96 + self.u(577)
        self.drift = (250 + self.u(401)) * (-1 if kind == 1 else 1) if kind < 2 else 0
        self.noise = 2_500 + self.u(2_001) + (5_000 if kind == 3 else 0)

    def shock(self) -> int:
        total = sum(self.u(2_001) - 1_000 for _ in range(4))
        return total * (4 if self.u(400) == 0 else 1) * self.noise // 1_000

    def wick(self) -> int:
        return self.u(1_001) * self.u(1_001) * self.noise // 10**6

    def bar(self) -> tuple[float, float, float, float, float]:
        if self.left == 0:
            self.regime()
        self.left -= 1
        open_ = self.price + self.price * (self.shock() // 25) // 10**6
        drift = -500 if self.price > 800_000 else 500 if self.price < 50_000 else self.drift
        drift += self.noise**2 * 2 // 3_000_000
        self.price = open_ + open_ * (drift + self.shock()) // 10**6
        high = max(open_, self.price) + open_ * self.wick() // 10**6
        low = min(open_, self.price) - open_ * self.wick() // 10**6
        volume = 500 + self.u(1_000)
        volume += (high - low) * 10**6 // open_ * (50 + self.u(101)) // 100
        if self.u(120) == 0:
            volume *= 3 + self.u(4)
        return open_ / 100, high / 100, low / 100, self.price / 100, float(volume)


def test_equal_to_the_specified_generator() -> None:
    bars, twin = demo_bars(), Twin()
    rows = list(zip(*(array.tolist() for array in bars.arrays()[1:]), strict=True))
    assert rows == [twin.bar() for _ in range(bars.size)]


@pytest.mark.parametrize("n", [1, 2, 97, 5_000])
def test_fewer_bars_are_the_first_ones(n: int) -> None:
    assert demo_bars(n).fingerprint() == demo_bars().fingerprint(n)


@pytest.mark.slow
def test_the_same_without_the_compiler() -> None:
    code = "from engine.bars.demo import demo_bars; print(demo_bars(500).fingerprint())"
    found = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )
    assert found.stdout.strip() == demo_bars(500).fingerprint()


def test_a_million_bars_stay_in_bounds() -> None:
    bars = demo_bars(1_000_000)
    check(bars, "DEMO")
    assert bars.low.min() > 200 and bars.high.max() < 20_000


def test_it_looks_like_an_hourly_market_with_trends_both_ways() -> None:
    bars = demo_bars()
    percent = 100 * (bars.high - bars.low) / bars.open
    assert 0.3 < np.median(percent) < 1.0 and 1.0 < np.percentile(percent, 95) < 4.0
    fortnight = np.log(bars.close[336:] / bars.close[:-336])
    assert 0.35 < np.mean(fortnight > 0) < 0.65
    assert np.percentile(fortnight, 10) < -0.10 and np.percentile(fortnight, 90) > 0.10
    wide = percent > np.percentile(percent, 75)
    assert bars.volume[wide].mean() > 2 * bars.volume[~wide].mean()
    assert np.all(bars.volume == np.floor(bars.volume))


@pytest.mark.parametrize("n", [0, -5])
def test_fewer_than_one_bar_is_refused(n: int) -> None:
    with pytest.raises(SettingsError, match="expected at least 1"):
        demo_bars(n)


def test_a_timeframe_only_changes_the_stamps() -> None:
    half_hours = demo_bars(10, "30m")
    assert np.all(np.diff(half_hours.open_time) == 1_800 * 10**9)
    assert np.array_equal(half_hours.close, demo_bars(10).close)

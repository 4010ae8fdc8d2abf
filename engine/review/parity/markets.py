"""Small markets of every kind, from a seed: for laws that must hold on all of them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.kernel import Ints

HOUR = 3_600 * 10**9
START = 1_704_067_200 * 10**9  # Monday 2024-01-01T00:00Z


def walk(
    seed: int, size: int, price: float, clock: Ints | None = None, volume: bool = True
) -> Bars:
    """A random walk with regimes, gaps at the open and wicks; `clock` in hours."""
    rng = np.random.default_rng(seed)
    drift = np.repeat(rng.normal(0, 0.002, size // 60 + 1), 60)[:size]
    close = price * np.exp(np.cumsum(drift + rng.normal(0, 0.008, size)))
    jump = np.where(rng.random(size) < 0.1, rng.normal(0, 0.02, size), 0.0)
    open_ = np.r_[close[:1], close[:-1]] * np.exp(jump)
    high = np.maximum(open_, close) * (1 + 0.004 * rng.random(size))
    low = np.minimum(open_, close) * (1 - 0.004 * rng.random(size))
    hours = np.arange(size) if clock is None else clock
    amounts = rng.gamma(2.0, 500.0, size) if volume else np.zeros(size)
    times = START + hours.astype(np.int64) * HOUR
    return Bars("WALK", HOUR, "DEMO", volume, times, open_, high, low, close, amounts)


def demo(seed: int, size: int) -> Bars:
    """A slice of the demo market, as if its file began there."""
    first, whole = (seed % 40) * 500, demo_bars(22_000)
    names = ("open_time", "open", "high", "low", "close", "volume")
    cut = {name: getattr(whole, name)[first : first + size].copy() for name in names}
    return replace(whole, **cut)


def gaps(seed: int, size: int) -> Bars:
    """One bar in ten is missing, some weeks too."""
    rng = np.random.default_rng(seed)
    steps = np.where(rng.random(size) < 0.1, rng.integers(2, 9, size), 1)
    steps[rng.integers(1, size, 3)] += 168
    return walk(seed, size, 100.0, np.cumsum(steps))


def sessions(seed: int, size: int) -> Bars:
    """Seven hours a day, five days a week."""
    days = np.arange(size // 5 + 8)
    hours = (days[days % 7 < 5, None] * 24 + np.arange(14, 21)).ravel()[:size]
    return walk(seed, size, 450.0, hours)


def tiny(seed: int, size: int) -> Bars:
    return walk(seed, size, 1e-6)


def huge(seed: int, size: int) -> Bars:
    return walk(seed, size, 1e9)


def silent(seed: int, size: int) -> Bars:
    """Without volume."""
    return walk(seed, size, 1.1, volume=False)


def standing(seed: int, size: int) -> Bars:
    """Spells without any movement, long enough to bring the ranges near 0."""
    rng = np.random.default_rng(seed)
    bars = walk(seed, size, 20.0)
    held = np.repeat(rng.random(size // 150 + 1) < 0.3, 150)[:size]
    last = np.maximum.accumulate(np.where(held, 0, np.arange(size)))
    still = {name: getattr(bars, name).copy() for name in ("open", "high", "low", "close")}
    for name in still:
        still[name][held] = bars.close[last[held]]
    return replace(bars, **still)


Maker = Callable[[int, int], Bars]  # of a seed and a number of bars
MARKETS: dict[str, Maker] = {
    each.__name__: each for each in (demo, gaps, sessions, tiny, huge, silent, standing)
}

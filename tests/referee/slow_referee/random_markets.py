"""Random markets: gaps in time and price, sessions, still stretches, jumps, some without volume."""

from math import exp
from random import Random

import numpy as np

from engine.bars.series import Bars

MINUTE = 60_000_000_000
DAY = 24 * 60 * MINUTE
TIMEFRAMES = {"15m": 15, "30m": 30, "1h": 60, "2h": 120, "4h": 240, "1d": 1440}
START = 1_704_067_200_000_000_000  # 2024-01-01T00:00Z, a Monday


def random_bars(random: Random, asset: str, timeframe: str, size: int, day: int = 0) -> Bars:
    """A market of `size` bars from about that day of 2024 on; every draw comes from `random`."""
    length = TIMEFRAMES[timeframe] * MINUTE
    opens = stamps(random, START + day * DAY, length, size)
    tick = random.choice([0.01, 0.05, 1e-4, 1e-6])
    prices = walk(random, len(opens), random.choice([4.0, 100.0, 2_500.0, 40_000.0]), tick)
    has_volume = random.random() < 0.85
    volume = volumes(random, prices) if has_volume else [0.0] * len(opens)
    columns = [np.array(each, dtype=np.float64) for each in (*zip(*prices, strict=True), volume)]
    return Bars(asset, length, asset, has_volume, np.array(opens, dtype=np.int64), *columns)


def stamps(random: Random, start: int, length: int, size: int) -> list[int]:
    """Open times: around the clock, by sessions of weekdays, or with holes."""
    kind = random.choice(["always", "always", "sessions", "holes"])
    first = start + random.randrange(0, 24) * 60 * MINUTE // length * length
    out, at = [], first
    while len(out) < size:
        hour, day = at // (60 * MINUTE) % 24, at // (DAY)
        closed = kind == "sessions" and (not 8 <= hour < 18 or (day + 3) % 7 >= 5)
        if length >= DAY and kind == "sessions":
            closed = (day + 3) % 7 >= 5
        if not closed:
            out.append(at)
        at += length
        if kind == "holes" and random.random() < 0.01:
            at += length * random.randrange(1, 60)
    return out


def walk(
    random: Random, size: int, start: float, tick: float
) -> list[tuple[float, float, float, float]]:
    """Open, high, low, close of each bar, in whole ticks."""
    noise, drift = 0.004, 0.0
    price, out = max(start, 2_000 * tick), []
    still = 0
    for _ in range(size):
        if random.random() < 0.01:
            noise, drift = random.uniform(0.001, 0.02), random.gauss(0.0, 0.0015)
        if random.random() < 0.001:
            still = random.randrange(2, 40)
        gap = random.gauss(0.0, noise) if random.random() < 0.05 else 0.0
        jump = random.gauss(0.0, 8 * noise) if random.random() < 0.004 else 0.0
        if still:
            still, change, wicks = still - 1, 0.0, (0.0, 0.0)
        else:
            change = random.gauss(drift, noise) + jump
            wicks = (random.expovariate(1.5 / noise), random.expovariate(1.5 / noise))
        opened = price * exp(gap)
        closed = min(max(opened * exp(change), 500 * tick), 1e7)
        high, low = max(opened, closed) * exp(wicks[0]), min(opened, closed) * exp(-wicks[1])
        bar = [round(each / tick) * tick for each in (opened, high, low, closed)]
        out.append((bar[0], max(bar), min(bar), bar[3]))
        price = bar[3]
    return out


def volumes(random: Random, prices: list[tuple[float, float, float, float]]) -> list[float]:
    """More on wide bars, now and then a multiple, sometimes none."""
    out = []
    for opened, high, low, _ in prices:
        volume = 100.0 + 1e5 * (high - low) / opened * random.uniform(0.3, 1.0)
        if random.random() < 0.02:
            volume *= random.uniform(3.0, 8.0)
        out.append(0.0 if random.random() < 0.005 else round(volume, 3))
    return out

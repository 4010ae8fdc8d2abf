"""Markets that the feature laws run on: demo-like, with gaps, standing still, and jumping."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engine.bars.series import Bars

HOUR = 3_600 * 10**9
START = 1_700_000_000 // 3_600 * HOUR  # 22:00 UTC: inside a 4 h and a 1 d bucket


def market(close, rng, spread=0.003, volume=None, clock=None) -> Bars:
    """Bars around a path of closes: each opens at the last close and overshoots a little."""
    size = close.size
    open_ = np.r_[close[:1], close[:-1]]
    high = np.maximum(open_, close) * (1 + spread * np.abs(rng.normal(size=size)))
    low = np.minimum(open_, close) / (1 + spread * np.abs(rng.normal(size=size)))
    clock = np.arange(size) if clock is None else clock
    volume = rng.gamma(2.0, 500.0, size) if volume is None else volume
    times = START + clock.astype(np.int64) * HOUR
    return Bars("TEST", HOUR, "DEMO", True, times, open_, high, low, close, volume)


def demo(size: int = 2_000, seed: int = 1) -> Bars:
    rng = np.random.default_rng(seed)
    return market(2_000 * np.exp(np.cumsum(rng.normal(0, 0.006, size))), rng)


def gaps(size: int = 2_000) -> Bars:
    """Sessions: about one bar in eight is missing, and now and then a week."""
    rng = np.random.default_rng(2)
    steps = np.where(rng.random(size) < 0.12, rng.integers(2, 9, size), 1)
    steps[rng.integers(1, size, 6)] += 168
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, size)))
    return market(close, rng, clock=np.cumsum(steps))


def flat(size: int = 600) -> Bars:
    """Nothing ever moves: every ratio is 0/0. Twenty volumes of 0.1 do not sum to 2."""
    return market(np.full(size, 0.1), np.random.default_rng(0), 0.0, np.full(size, 0.1))


def spells(size: int = 2_000) -> Bars:
    """Long still spells between moves: averages decay towards 0, windows are constant."""
    rng = np.random.default_rng(3)
    moving = (np.arange(size) // 300) % 2 == 0
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.01, size) * moving))
    bars = market(close, rng, 0.0, np.where(moving, rng.gamma(2.0, 500.0, size), 0.3))
    return replace(bars, open=bars.close.copy())


def jumps(size: int = 1_500) -> Bars:
    """Prices from 1e-6 to 1e6 within days, volumes over twelve decades."""
    rng = np.random.default_rng(4)
    close = 10.0 ** np.clip(np.cumsum(rng.normal(0, 0.7, size)), -6, 6)
    return market(close, rng, 0.5, 10.0 ** rng.uniform(-6, 6, size))


def rising(size: int = 900) -> Bars:
    """Every bar above the last: RSI and ADX at their bounds."""
    return market(1.01 ** np.arange(size), np.random.default_rng(5), 0.0)


MARKETS = {each.__name__: each for each in (demo, gaps, flat, spells, jumps, rising)}


def head(bars: Bars, rows: int) -> Bars:
    arrays = ("open_time", "open", "high", "low", "close", "volume")
    return replace(bars, **{name: getattr(bars, name)[:rows].copy() for name in arrays})


def read(path: Path, timeframe: int = HOUR, rows: int | None = None) -> Bars:
    """A file of the shared market data."""
    table = pq.read_table(path)[:rows]
    times = table["timestamp"].cast(pa.timestamp("ns", "UTC")).cast(pa.int64()).to_numpy()
    has_volume = "volume" in table.column_names
    names = ["open", "high", "low", "close"] + ["volume"] * has_volume
    fields = {name: table[name].to_numpy().astype(np.float64) for name in names}
    fields.setdefault("volume", np.zeros(times.size))
    return Bars(
        asset="REAL",
        timeframe=timeframe,
        source=path.name,
        has_volume=has_volume,
        open_time=times.copy(),
        **fields,
    )

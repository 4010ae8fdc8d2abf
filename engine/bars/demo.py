"""The embedded demo market: made of integers, so that every platform gets the same bytes."""

import re

import numpy as np

from engine.bars.series import Bars
from engine.bars.timeframe import nanoseconds
from engine.errors import SettingsError
from engine.kernel import Ints, kernel

HOURS_OF_THREE_YEARS = 26_304
_START = 1_672_531_200_000_000_000  # 2023-01-01T00:00:00Z
_SEED, _FIRST_PRICE = 7, 150_000
_FACTOR, _MODULUS = 48_271, 2_147_483_647  # of Lehmer's generator
_JUMP = 50_000_000  # numbers between the beginnings of two demo markets

# Slots of the generator's state, int64[5]. Prices are in ticks of 0.01, returns in ppm.
_RANDOM, _PRICE, _BARS_LEFT, _DRIFT, _NOISE, _SIZE = 0, 1, 2, 3, 4, 5
_FLOOR, _CEILING = 50_000, 800_000  # beyond them every drift points back


def demo_bars(n: int = HOURS_OF_THREE_YEARS, timeframe: str = "1h", number: int = 1) -> Bars:
    """The first bars of the demo market, from 2023-01-01T00:00Z, without gaps.

    n: how many; three years of hours by default. timeframe: as in "4h"; another one only changes
    the stamps. number: 1 is DEMO; 2, 3, … are other markets, DEMO2, DEMO3, …, from other parts of
    the same random sequence.

    Returns Bars, the same bytes on every platform. Raises SettingsError for n < 1 or a bad
    timeframe.

    >>> import barsieve
    >>> bars = barsieve.demo_bars(100, timeframe="4h", number=2)
    >>> bars.asset, bars.size, bars.close.shape
    ('DEMO2', 100, (100,))
    """
    if n < 1:
        raise SettingsError(f"demo bars: {n} asked for; expected at least 1")
    length = nanoseconds(timeframe)
    ticks, volume = np.empty((4, n), dtype=np.int64), np.empty(n, dtype=np.int64)
    state = np.zeros(_SIZE, dtype=np.int64)
    state[_RANDOM] = _SEED * pow(_FACTOR, _JUMP * (number - 1), _MODULUS) % _MODULUS
    state[_PRICE] = _FIRST_PRICE
    _walk(state, ticks, volume)
    open_, high, low, close = (row / 100.0 for row in ticks)
    name = demo_name(number)
    return Bars(
        asset=name,
        timeframe=length,
        source=name,
        has_volume=True,
        open_time=_START + length * np.arange(n, dtype=np.int64),
        open=open_,
        high=high,
        low=low,
        close=close,
        volume=volume.astype(np.float64),
    )


def demo_name(number: int) -> str:
    """`DEMO` for the first market, `DEMO2` for the second, and so on."""
    return "DEMO" if number == 1 else f"DEMO{number}"


def demo_number(asset: str) -> int | None:
    """Which demo market an asset is, None when it is none."""
    match = re.fullmatch(r"DEMO([2-9]?)", asset)
    return None if match is None else int(match[1] or 1)


@kernel
def _walk(state: Ints, ticks: Ints, volume: Ints) -> None:
    for i in range(volume.size):
        if state[_BARS_LEFT] == 0:
            _begin_regime(state)
        state[_BARS_LEFT] -= 1
        before = state[_PRICE]
        open_ = before + _ppm(before, _shock(state) // 25)
        close = open_ + _ppm(open_, _pulled_drift(state) + _shock(state))
        high = max(open_, close) + _ppm(open_, _wick(state))
        low = min(open_, close) - _ppm(open_, _wick(state))
        ticks[0, i], ticks[1, i], ticks[2, i], ticks[3, i] = open_, high, low, close
        volume[i] = _traded(state, (high - low) * 1_000_000 // open_)
        state[_PRICE] = close


@kernel
def _random(state: Ints) -> int:
    """The next number of Lehmer's generator, in [1, 2**31 - 2]; products stay below 2**47."""
    state[_RANDOM] = state[_RANDOM] * _FACTOR % _MODULUS
    drawn: int = state[_RANDOM]
    return drawn


@kernel
def _begin_regime(state: Ints) -> None:
    """Up, down, range or turmoil, for 4 to 28 days."""
    kind = _random(state) % 4
    state[_BARS_LEFT] = 96 + _random(state) % 577
    state[_DRIFT] = 250 + _random(state) % 401 if kind < 2 else 0
    if kind == 1:
        state[_DRIFT] = -state[_DRIFT]
    state[_NOISE] = 2_500 + _random(state) % 2_001
    if kind == 3:
        state[_NOISE] += 5_000


@kernel
def _pulled_drift(state: Ints) -> int:
    """The regime's drift, turned back at the edges, plus what keeps the median of noise at 0."""
    drift: int = state[_DRIFT]
    if state[_PRICE] > _CEILING:
        drift = -500
    elif state[_PRICE] < _FLOOR:
        drift = 500
    drift += state[_NOISE] * state[_NOISE] * 2 // 3_000_000
    return drift


@kernel
def _shock(state: Ints) -> int:
    """A bell of width 1.15 * noise, the sum of four uniform numbers; fourfold once in 400."""
    total: int = 0
    for _ in range(4):
        total += _random(state) % 2_001 - 1_000
    if _random(state) % 400 == 0:
        total *= 4
    shock: int = total * state[_NOISE] // 1_000
    return shock


@kernel
def _wick(state: Ints) -> int:
    wick: int = (_random(state) % 1_001) * (_random(state) % 1_001) * state[_NOISE] // 1_000_000
    return wick


@kernel
def _ppm(price: int, millionths: int) -> int:
    return price * millionths // 1_000_000


@kernel
def _traded(state: Ints, range_ppm: int) -> int:
    """A base and a share that grows with the bar's range; one bar in 120 trades a multiple."""
    base = 500 + _random(state) % 1_000
    volume = base + range_ppm * (50 + _random(state) % 101) // 100
    if _random(state) % 120 == 0:
        volume *= 3 + _random(state) % 4
    return volume

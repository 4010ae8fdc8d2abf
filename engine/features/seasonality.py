"""What the clock and old returns say about the next bar.

A move is the change of the close since the row before, in ATRs, within ±14: the ATR holds a
fourteenth of the row's own true range.
"""

from math import nan, sqrt

import numpy as np

from engine.features.feature import Feature
from engine.kernel import Floats, Ints, kernel

FEW = 12.0  # as many moves as this count half


@kernel
def move_of(close: float, before: float, atr: float) -> float:
    """(close − before) / atr; 0 when the ATR is 0, NaN while it is NaN."""
    return (close - before) / atr if atr != 0.0 else 0.0


@kernel
def season(clock: Ints, close: Floats, atr: Floats, slots: int, state: Floats, out: Floats) -> None:
    """How one-sided moves have been in the next row's slot, clock % slots; in [−1, 1].

    Σ moves / Σ |moves| · n / (n + 12) over the n moves of that slot so far, 0 without any; NaN
    while `atr` is. A move across missing bars belongs to no slot. state: rows seen, last clock,
    last close, then for each slot Σ moves, Σ |moves| and n.
    """
    rows, last_clock, before = state[0], state[1], state[2]
    moves, sizes = state[3 : 3 + slots], state[3 + slots : 3 + 2 * slots]
    counts = state[3 + 2 * slots :]
    for i in range(out.size):
        if rows > 0.0 and clock[i] - last_clock == 1.0 and atr[i] == atr[i]:
            slot = clock[i] % slots
            move = move_of(close[i], before, atr[i])
            moves[slot] += move
            sizes[slot] += abs(move)
            counts[slot] += 1.0
        rows, last_clock, before = rows + 1.0, clock[i], close[i]
        ahead = (clock[i] + 1) % slots
        lean = moves[ahead] / sizes[ahead] if sizes[ahead] > 0.0 else 0.0
        out[i] = lean * counts[ahead] / (counts[ahead] + FEW) if atr[i] == atr[i] else nan
    state[0], state[1], state[2] = rows, last_clock, before


@kernel
def autocorrelation(moves: Floats, row: int, lag: int, window: int) -> float:
    """Σ m[j]·m[j − lag] / sqrt(Σ m[j]² · Σ m[j − lag]²) over the `window` rows up to `row`.

    About zero, not about the mean: a market and its mirror have the same. 0 when nothing moved.
    """
    product, now, then = 0.0, 0.0, 0.0
    for j in range(row - window + 1, row + 1):
        product += moves[j] * moves[j - lag]
        now += moves[j] * moves[j]
        then += moves[j - lag] * moves[j - lag]
    size = sqrt(now) * sqrt(then)
    return product / size if size != 0.0 else 0.0


@kernel
def echo(close: Floats, atr: Floats, lag: int, window: int, out: Floats) -> None:
    """What the next row would do if it repeated the row `lag` rows before it; in [−1, 1].

    autocorrelation · m / (1 + |m|), with m the move of row i + 1 − lag. NaN for the first
    lag + window rows, and while a move of theirs is.
    """
    moves = np.empty(out.size)
    for i in range(out.size):
        moves[i] = move_of(close[i], close[i - 1], atr[i]) if i > 0 else nan
        out[i] = nan
        if i >= lag + window:
            old = moves[i + 1 - lag]
            out[i] = autocorrelation(moves, i, lag, window) * (old / (1.0 + abs(old)))


def _echo(lag: int, window: int) -> Feature:
    return Feature(
        name=f"echo_{lag}",
        inputs=("close", "atr_wilder_14"),
        memory="window",
        kernel=echo,
        constants=(lag, window),
        lookback=lag + window,
        low=-1.0,
        high=1.0,
        mirror="odd",
        says=f"the next row's move if it repeats the one {lag} rows before it",
    )


def _season(slots: int) -> Feature:
    return Feature(
        name=f"season_{slots}",
        inputs=("clock", "close", "atr_wilder_14"),
        memory="recursive",
        kernel=season,
        constants=(slots,),
        state_size=3 + 3 * slots,
        low=-1.0,
        high=1.0,
        mirror="odd",
        says=f"how one-sided moves of the next row's slot have been, {slots} slots",
    )


# 168 hours make a week: season_168@1h is the hour of the week, UTC.
FEATURES = (_season(168), _echo(30, 120), _echo(60, 120), _echo(90, 120))

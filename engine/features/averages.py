"""Moving averages of the close, and the trend they show."""

from dataclasses import replace
from math import nan

from engine.features.family import Family, rows
from engine.features.feature import Feature
from engine.kernel import Floats, Ints, kernel


@kernel
def window_sum(values: Floats, last: int, window: int) -> float:
    """values[last − window + 1] + … + values[last], oldest first."""
    total = 0.0
    for j in range(last - window + 1, last + 1):
        total += values[j]
    return total


@kernel
def sma(clock: Ints, values: Floats, window: int, out: Floats) -> None:
    """Simple moving average of `window` rows including row i, in the unit of `values`.

    NaN for the first window − 1 rows. The running sum starts again from its whole window at the
    first full window and wherever clock // window changes, so that rounding never accumulates
    and the bits do not depend on where the series begins.
    """
    total = 0.0
    next_restart = 0
    for i in range(out.size):
        if i < window - 1:
            out[i] = nan
            continue
        if i == window - 1 or clock[i] >= next_restart:
            total = window_sum(values, i, window)
            next_restart = (clock[i] // window + 1) * window
        else:
            # The difference first: in a flat market the sum then stays as it is.
            total += values[i] - values[i - window]
        out[i] = total / window


@kernel
def average(
    values: Floats, seed: int, skipped: int, keep: float, weight: float, state: Floats, out: Floats
) -> None:
    """Exponential average keep·s + weight·x, in the unit of `values`.

    Leading NaNs of `values` are passed over, then `skipped` rows; the mean of the next `seed` rows
    starts the average in the last of them; NaN before. state: rows used, the sum or the average.
    """
    rows, level = state[0], state[1]
    for i in range(out.size):
        out[i] = nan
        value = values[i]
        if rows == 0.0 and value != value:
            continue
        rows += 1.0
        if rows > seed + skipped:
            level = keep * level + weight * value
        elif rows > skipped:
            level += value
            if rows < seed + skipped:
                continue
            level /= seed
        else:
            continue
        out[i] = level
    state[0], state[1] = rows, level


def ema_weights(period: int) -> tuple[float, float]:
    """(keep, weight) of an exponential average with weight 2 / (period + 1)."""
    return (period - 1) / (period + 1), 2 / (period + 1)


def wilder_weights(period: int) -> tuple[float, float]:
    """(keep, weight) of Wilder's average, with weight 1 / period."""
    return (period - 1) / period, 1 / period


@kernel
def weighted_sum(values: Floats, last: int, window: int) -> float:
    """1·values[last − window + 1] + … + window·values[last], oldest first."""
    total = 0.0
    for j in range(1, window + 1):
        total += j * values[last - window + j]
    return total


@kernel
def wma(clock: Ints, values: Floats, window: int, out: Floats) -> None:
    """Weighted moving average: the newest of `window` rows weighs `window`, the oldest 1.

    In the unit of `values`, NaN for the first window − 1 rows. Both running sums start again as the
    one of `sma` does.
    """
    weighted = plain = 0.0
    next_restart = 0
    for i in range(out.size):
        if i < window - 1:
            out[i] = nan
            continue
        if i == window - 1 or clock[i] >= next_restart:
            weighted = weighted_sum(values, i, window)
            plain = window_sum(values, i, window)
            next_restart = (clock[i] // window + 1) * window
        else:
            weighted += window * values[i] - plain
            plain += values[i] - values[i - window]
        out[i] = weighted / (0.5 * window * (window + 1))


@kernel
def trend_of(close: float, average: float) -> float:
    """+1 above average·1.01, −1 below average·0.99, else 0; NaN while the average is."""
    if average != average:
        return nan
    if close > average * 1.01:
        return 1.0
    if close < average * 0.99:
        return -1.0
    return 0.0


@kernel
def trend(close: Floats, average: Floats, out: Floats) -> None:
    """`trend_of` each row: +1, 0 or −1; NaN while the average is."""
    for i in range(out.size):
        out[i] = trend_of(close[i], average[i])


def _sma(name: str, window: int) -> Feature:
    return Feature(
        name=name,
        inputs=("clock", "close"),
        memory="anchored",
        kernel=sma,
        constants=(window,),
        # A sum that restarted up to window − 1 rows ago read window − 1 rows before that.
        lookback=2 * window - 2,
        low=0.0,
        mirror="price",
    )


def _wma(name: str, window: int) -> Feature:
    return replace(_sma(name, window), kernel=wma)


def _ema(name: str, period: int) -> Feature:
    return Feature(
        name=name,
        inputs=("close",),
        memory="recursive",
        kernel=average,
        constants=(period, 0, *ema_weights(period)),
        state_size=2,
        low=0.0,
        mirror="price",
    )


FAMILIES = (
    Family(
        "sma",
        (rows(),),
        _sma,
        (30,),
        "simple moving average: mean of the last N closes",
        ("bb_middle",),
    ),
    Family("ema", (rows(),), _ema, (12,), "exponential moving average of closes", ("kc_middle",)),
    Family(
        "wma", (rows(),), _wma, (10,), "weighted moving average: the newest close N, the oldest 1"
    ),
)

FEATURES = (
    _sma("sma_20", 20),
    _sma("sma_50", 50),
    Feature(
        name="trend",
        inputs=("close", "sma_20"),
        memory="window",
        kernel=trend,
        low=-1.0,
        high=1.0,
        # Its bands are shares of the price, which c − p does not keep.
        mirror="none",
        says="+1 above 1.01 · sma_20, −1 below 0.99 · sma_20, else 0",
    ),
)

"""Moving averages of the close, and the trend they show."""

from math import nan

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


def _sma(window: int) -> Feature:
    return Feature(
        name=f"sma_{window}",
        inputs=("clock", "close"),
        memory="anchored",
        kernel=sma,
        constants=(window,),
        # A sum that restarted up to window − 1 rows ago read window − 1 rows before that.
        lookback=2 * window - 2,
        low=0.0,
        mirror="price",
    )


FEATURES = (
    _sma(20),
    _sma(50),
    Feature(
        name="trend",
        inputs=("close", "sma_20"),
        memory="window",
        kernel=trend,
        low=-1.0,
        high=1.0,
        # Its bands are shares of the price, which c − p does not keep.
        mirror="none",
    ),
)

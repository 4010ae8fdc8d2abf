"""Oscillators of the close: RSI and the MACD histogram."""

from math import nan

from engine.features.feature import Feature
from engine.kernel import Floats, kernel


@kernel
def strength_index(gains: float, losses: float) -> float:
    """100·gains / (gains + losses), in [0, 100]; 50 when nothing has moved."""
    total = gains + losses
    return 100.0 * (gains / total) if total > 0.0 else 50.0


@kernel
def rsi(close: Floats, period: int, state: Floats, out: Floats) -> None:
    """Relative strength index, in [0, 100]; 50 in a market that has never moved.

    NaN for the first `period` rows. Wilder, New Concepts in Technical Trading Systems (1978), as
    TA-Lib computes it, on Wilder sums (s·(period − 1)/period + x), whose ratio is that of the
    means. state: rows seen, last close, gains, losses.
    """
    rows, previous, gains, losses = state[0], state[1], state[2], state[3]
    keep = (period - 1.0) / period
    for i in range(out.size):
        change = close[i] - previous if rows > 0.0 else 0.0
        # The sign of a change cannot be predicted, so it is not branched on; both halves are exact.
        gain = 0.5 * (abs(change) + change)
        loss = 0.5 * (abs(change) - change)
        if rows > period:
            gains = keep * gains + gain
            losses = keep * losses + loss
        else:
            gains += gain
            losses += loss
        previous = close[i]
        out[i] = strength_index(gains, losses) if rows >= period else nan
        rows += 1.0
    state[0], state[1], state[2], state[3] = rows, previous, gains, losses


@kernel
def smoothed(before: float, value: float, weight: float) -> float:
    """One step of an exponential average: (1 − weight)·before + weight·value."""
    return (1.0 - weight) * before + weight * value


@kernel
def macd_hist(close: Floats, fast: int, slow: int, signal: int, state: Floats, out: Floats) -> None:
    """MACD histogram, in price units: (EMA fast − EMA slow) − EMA signal of that difference.

    NaN for the first slow + signal − 2 rows. k = 2/(period + 1). Seeds as in TA-Lib's MACD: both
    averages start at row slow − 1 from the mean of their last `period` closes, the signal from the
    mean of the first `signal` differences. state: rows seen, fast, slow, signal (sums, then means).
    """
    rows, quick, calm, trigger = state[0], state[1], state[2], state[3]
    quick_k, calm_k, trigger_k = 2.0 / (fast + 1.0), 2.0 / (slow + 1.0), 2.0 / (signal + 1.0)
    for i in range(out.size):
        out[i] = nan
        rows += 1.0
        if rows > slow:
            quick = smoothed(quick, close[i], quick_k)
            calm = smoothed(calm, close[i], calm_k)
        else:
            calm += close[i]
            if rows > slow - fast:
                quick += close[i]
            if rows < slow:
                continue
            quick, calm = quick / fast, calm / slow
        line = quick - calm
        seeding = slow + signal - 1 - rows
        if seeding < 0.0:
            trigger = smoothed(trigger, line, trigger_k)
        else:
            trigger += line
            if seeding > 0.0:
                continue
            trigger /= signal
        out[i] = line - trigger
    state[0], state[1], state[2], state[3] = rows, quick, calm, trigger


@kernel
def share_of_atr(value: float, atr: float, close: float) -> float:
    """The value in ATRs; 0 when the ATR is at most 1e-12 of the close: both are rounding then."""
    if value != value or atr != atr:
        return nan
    return value / atr if atr > 1e-12 * close else 0.0


@kernel
def in_atr(values: Floats, atr: Floats, close: Floats, out: Floats) -> None:
    """`share_of_atr` each row, in ATRs; NaN while `values` or `atr` is."""
    for i in range(out.size):
        out[i] = share_of_atr(values[i], atr[i], close[i])


FEATURES = (
    Feature(
        name="rsi_wilder_14",
        inputs=("close",),
        memory="recursive",
        kernel=rsi,
        constants=(14,),
        state_size=4,
        low=0.0,
        high=100.0,
        mirror="complement",
    ),
    Feature(
        name="macd_hist_12_26_9",
        inputs=("close",),
        memory="recursive",
        kernel=macd_hist,
        constants=(12, 26, 9),
        state_size=4,
        mirror="odd",
    ),
    Feature(
        name="macd_hist_atr",
        inputs=("macd_hist_12_26_9", "atr_wilder_14", "close"),
        memory="window",
        kernel=in_atr,
        # The neutral zone is a share of the price, but it is 1e-12 wide.
        mirror="odd",
    ),
)

"""Oscillators of the close: RSI and MACD."""

from math import nan

from engine.features.averages import average, ema_weights
from engine.features.family import Family, rows
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
def macd_line(close: Floats, fast: int, slow: int, state: Floats, out: Floats) -> None:
    """EMA fast − EMA slow, in price units, seeded as in `macd_hist`; NaN for the first slow − 1
    rows. state: rows seen, fast, slow (sums, then means).
    """
    rows, quick, calm = state[0], state[1], state[2]
    quick_k, calm_k = 2.0 / (fast + 1.0), 2.0 / (slow + 1.0)
    for i in range(out.size):
        rows += 1.0
        if rows > slow:
            quick = smoothed(quick, close[i], quick_k)
            calm = smoothed(calm, close[i], calm_k)
        else:
            calm += close[i]
            if rows > slow - fast:
                quick += close[i]
            if rows == slow:
                quick, calm = quick / fast, calm / slow
        out[i] = quick - calm if rows >= slow else nan
    state[0], state[1], state[2] = rows, quick, calm


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


def _rsi(name: str, period: int) -> Feature:
    return Feature(
        name=name,
        inputs=("close",),
        memory="recursive",
        kernel=rsi,
        constants=(period,),
        state_size=4,
        low=0.0,
        high=100.0,
        mirror="complement",
    )


def _macd_hist(name: str, fast: int, slow: int, signal: int) -> Feature:
    _refuse_slow_first(fast, slow)
    constants = (fast, slow, signal)
    return Feature(name, ("close",), "recursive", macd_hist, "odd", constants, state_size=4)


def _macd_line(name: str, fast: int, slow: int) -> Feature:
    _refuse_slow_first(fast, slow)
    return Feature(name, ("close",), "recursive", macd_line, "odd", (fast, slow), state_size=3)


def _macd_signal(name: str, fast: int, slow: int, signal: int) -> Feature:
    inputs = (f"macd_line_{fast}_{slow}",)
    constants = (signal, 0, *ema_weights(signal))
    return Feature(name, inputs, "recursive", average, "odd", constants, state_size=2)


def _refuse_slow_first(fast: int, slow: int) -> None:
    if fast >= slow:
        raise ValueError(f"the fast period {fast} is not below the slow one {slow}")


FAST_SLOW = (rows("the fast period"), rows("the slow period"))
FAST_SLOW_SIGNAL = (*FAST_SLOW, rows("the signal's period"))

FAMILIES = (
    Family("rsi_wilder", (rows(),), _rsi, (7,), "relative strength index, 0 to 100", ("rsi",)),
    Family(
        "macd_line", FAST_SLOW, _macd_line, (12, 26), "MACD: EMA N − EMA M of closes", ("macd",)
    ),
    Family("macd_signal", FAST_SLOW_SIGNAL, _macd_signal, (12, 26, 9), "EMA P of macd_line_N_M"),
    Family("macd_hist", FAST_SLOW_SIGNAL, _macd_hist, (8, 21, 5), "macd_line_N_M − its signal"),
)

FEATURES = (
    _rsi("rsi_wilder_14", 14),
    _macd_hist("macd_hist_12_26_9", 12, 26, 9),
    Feature(
        name="macd_hist_atr",
        inputs=("macd_hist_12_26_9", "atr_wilder_14", "close"),
        memory="window",
        kernel=in_atr,
        # The neutral zone is a share of the price, but it is 1e-12 wide.
        mirror="odd",
        says="macd_hist_12_26_9 / atr_wilder_14",
    ),
)

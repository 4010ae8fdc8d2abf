"""True range, its averages, and how the present one compares."""

from math import nan

from engine.features.feature import Feature
from engine.kernel import Floats, kernel


@kernel
def true_range_of(high: float, low: float, before: float) -> float:
    """Largest of high − low, high − before and before − low; `before` is the previous close."""
    upper = high if high > before else before
    lower = low if low < before else before
    return upper - lower


@kernel
def true_range(high: Floats, low: Floats, close: Floats, out: Floats) -> None:
    """Wilder's true range (1978), in price units, never NaN; high − low in row 0."""
    for i in range(out.size):
        if i == 0:
            out[i] = high[i] - low[i]
        else:
            out[i] = true_range_of(high[i], low[i], close[i - 1])


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


@kernel
def share_below(values: Floats, row: int, window: int) -> float:
    """Share of the `window` rows before `row` that are strictly below it, in [0, 1]."""
    value = values[row]
    before = values[row - window : row]
    below = 0
    # By index, and counted in a branch: only so does it compile to vector instructions.
    for j in range(before.size):
        if before[j] < value:
            below += 1
    return below / window


@kernel
def rank(values: Floats, window: int, out: Floats) -> None:
    """`share_below` each row, in [0, 1]; NaN until `window` finite values precede the row."""
    first = 0
    while first < out.size and values[first] != values[first]:
        first += 1
    for i in range(out.size):
        out[i] = share_below(values, i, window) if i >= first + window else nan


@kernel
def range_ratio_of(true_range: float, atr: float) -> float:
    """true_range / atr; 1 when the ATR is 0."""
    return true_range / atr if atr != 0.0 else 1.0


@kernel
def range_ratio(true_range: Floats, atr: Floats, out: Floats) -> None:
    """`range_ratio_of` each row, in ATRs; NaN while `atr` is."""
    for i in range(out.size):
        out[i] = range_ratio_of(true_range[i], atr[i])


FEATURES = (
    Feature(
        name="true_range",
        inputs=("high", "low", "close"),
        memory="window",
        kernel=true_range,
        lookback=1,
        low=0.0,
        mirror="even",
    ),
    Feature(
        name="atr_wilder_14",
        inputs=("true_range",),
        memory="recursive",
        kernel=average,
        # Row 0 has no previous close: Wilder's and TA-Lib's seed leaves it out.
        constants=(14, 1, 13 / 14, 1 / 14),
        state_size=2,
        low=0.0,
        mirror="even",
    ),
    Feature(
        name="atr_ema_20",
        inputs=("true_range",),
        memory="recursive",
        kernel=average,
        constants=(20, 0, 19 / 21, 2 / 21),
        state_size=2,
        low=0.0,
        mirror="even",
    ),
    Feature(
        name="atr_rank_100",
        inputs=("atr_wilder_14",),
        memory="window",
        kernel=rank,
        constants=(100,),
        lookback=100,
        low=0.0,
        high=1.0,
        mirror="even",
    ),
    Feature(
        name="range_ratio",
        inputs=("true_range", "atr_wilder_14"),
        memory="window",
        kernel=range_ratio,
        low=0.0,
        # The row's own range is a fourteenth of its ATR, so 14 to rounding.
        high=14.000001,
        mirror="even",
    ),
)

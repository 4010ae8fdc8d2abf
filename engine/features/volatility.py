"""True range, its averages, and how the present one compares."""

from math import nan

from engine.features.averages import average, ema_weights, wilder_weights
from engine.features.family import Family, rows
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


def _atr(name: str, period: int, skipped: int, weights: tuple[float, float]) -> Feature:
    return Feature(
        name=name,
        inputs=("true_range",),
        memory="recursive",
        kernel=average,
        constants=(period, skipped, *weights),
        state_size=2,
        low=0.0,
        mirror="even",
    )


def _atr_wilder(name: str, period: int) -> Feature:
    # Row 0 has no previous close: Wilder's and TA-Lib's seed leaves it out.
    return _atr(name, period, 1, wilder_weights(period))


def _atr_ema(name: str, period: int) -> Feature:
    return _atr(name, period, 0, ema_weights(period))


FAMILIES = (
    Family("atr_wilder", (rows(),), _atr_wilder, (10,), "average true range, Wilder's", ("atr",)),
    Family("atr_ema", (rows(),), _atr_ema, (10,), "average true range, exponential"),
)

FEATURES = (
    Feature(
        name="true_range",
        inputs=("high", "low", "close"),
        memory="window",
        kernel=true_range,
        lookback=1,
        low=0.0,
        mirror="even",
        says="range of the bar and of the gap before it",
    ),
    _atr_wilder("atr_wilder_14", 14),
    _atr_ema("atr_ema_20", 20),
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
        says="share of the last 100 rows with a smaller atr_wilder_14",
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
        says="true_range / atr_wilder_14",
    ),
)

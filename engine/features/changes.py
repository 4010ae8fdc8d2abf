"""What the close did over some rows: its change, its rate, its place in the range."""

from math import nan

from engine.features.averages import window_sum
from engine.features.family import Family, rows
from engine.features.feature import Feature
from engine.kernel import Floats, kernel


@kernel
def momentum(close: Floats, lag: int, out: Floats) -> None:
    """The close less that of `lag` rows before, in price units; NaN for the first `lag` rows."""
    for i in range(out.size):
        out[i] = close[i] - close[i - lag] if i >= lag else nan


@kernel
def change(close: Floats, lag: int, unit: float, out: Floats) -> None:
    """The change unit · (close / close `lag` rows before − 1); NaN for the first `lag` rows."""
    for i in range(out.size):
        out[i] = unit * (close[i] / close[i - lag] - 1.0) if i >= lag else nan


@kernel
def place_in_range(
    close: Floats, start: Floats, upper: Floats, lower: Floats, neutral: float, out: Floats
) -> None:
    """100 · (close − start) / (upper − lower), in percent; `neutral` where upper = lower.

    NaN while upper is.
    """
    for i in range(out.size):
        width = upper[i] - lower[i]
        out[i] = 100.0 * ((close[i] - start[i]) / width) if width != 0.0 else neutral


@kernel
def short_mean(values: Floats, window: int, out: Floats) -> None:
    """Mean of `window` rows including row i, summed anew, oldest first: never beyond its values.

    NaN for the first window − 1 rows, and where one of the rows is NaN.
    """
    for i in range(out.size):
        out[i] = window_sum(values, i, window) / window if i >= window - 1 else nan


def _momentum(name: str, lag: int) -> Feature:
    return Feature(name, ("close",), "window", momentum, "odd", (lag,), lookback=lag)


def _share(name: str, lag: int) -> Feature:
    # A share of the price, which c − p does not keep.
    return Feature(name, ("close",), "window", change, "none", (lag, 1.0), lookback=lag, low=-1.0)


def _percent(name: str, lag: int) -> Feature:
    constants = (lag, 100.0)
    return Feature(name, ("close",), "window", change, "none", constants, lookback=lag, low=-100.0)


def _place(name: str, start: str, window: int, neutral: float) -> Feature:
    return Feature(
        name=name,
        inputs=("close", f"{start}_{window}", f"high_{window}", f"low_{window}"),
        memory="window",
        kernel=place_in_range,
        constants=(neutral,),
        low=neutral - 50.0,
        high=neutral + 50.0,
        mirror="complement",
    )


def _stochastic(name: str, window: int) -> Feature:
    return _place(name, "low", window, 50.0)


def _williams(name: str, window: int) -> Feature:
    return _place(name, "high", window, -50.0)


def _smooth(name: str, values: str, window: int) -> Feature:
    return Feature(
        name=name,
        inputs=(values,),
        memory="window",
        kernel=short_mean,
        constants=(window,),
        lookback=window - 1,
        low=0.0,
        high=100.0,
        mirror="complement",
    )


def _slow_k(name: str, window: int, slowing: int) -> Feature:
    return _smooth(name, f"stochf_k_{window}", slowing)


def _slow_d(name: str, window: int, slowing: int, smoothing: int) -> Feature:
    return _smooth(name, f"stoch_k_{window}_{slowing}", smoothing)


SLOWING, SMOOTHING = rows("the slowing"), rows("the smoothing")

FAMILIES = (
    Family("mom", (rows(),), _momentum, (10,), "momentum: close − close of N rows before"),
    Family("change", (rows(),), _share, (1,), "close / close of N rows before − 1, as pct_change"),
    Family("roc", (rows(),), _percent, (10,), "rate of change, 100 · change_N"),
    Family(
        "stochf_k", (rows(),), _stochastic, (14,), "fast stochastic %K: the close in low_N … high_N"
    ),
    Family(
        "stoch_k",
        (rows(), SLOWING),
        _slow_k,
        (14, 3),
        "slow stochastic %K: mean of M rows of stochf_k_N",
    ),
    Family(
        "stoch_d",
        (rows(), SLOWING, SMOOTHING),
        _slow_d,
        (14, 3, 3),
        "slow stochastic %D: mean of P rows of stoch_k_N_M",
    ),
    Family("williams_r", (rows(),), _williams, (14,), "Williams %R, −100 to 0", ("willr",)),
)

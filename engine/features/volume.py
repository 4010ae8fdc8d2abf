"""Volume against the volume of the rows before. Without volume nothing here may be computed."""

from math import nan, sqrt

from engine.features.family import Family, rows
from engine.features.feature import Feature
from engine.kernel import Floats, kernel

# Rows taken together: neighbours add the same number of values in the same order, so the CPU adds
# for several rows at once, and each row's bits are those of its own loop.
BLOCK = 256


@kernel
def means_before(values: Floats, start: int, window: int, out: Floats) -> None:
    """Mean of the `window` values before each row from `start`: exact when they are all equal."""
    first = values[start - window : start - window + out.size]
    out[:] = 0.0
    for k in range(1, window):
        value = values[start - window + k : start - window + k + out.size]
        for j in range(out.size):
            out[j] += value[j] - first[j]
    for j in range(out.size):
        out[j] = first[j] + out[j] / window


@kernel
def mean(values: Floats, window: int, out: Floats) -> None:
    """Mean of rows i − window … i − 1, in the unit of `values`; NaN for the first `window` rows.

    first + Σ(value − first) / window, from the oldest row to the newest.
    """
    out[:window] = nan
    for start in range(window, out.size, BLOCK):
        means_before(values, start, window, out[start : start + BLOCK])


@kernel
def deviations_before(values: Floats, means: Floats, start: int, window: int, out: Floats) -> None:
    """Root mean square distance from the row's mean of the `window` values before each row."""
    centre = means[start : start + out.size]
    out[:] = 0.0
    for k in range(window):
        value = values[start - window + k : start - window + k + out.size]
        for j in range(out.size):
            distance = value[j] - centre[j]
            out[j] += distance * distance
    for j in range(out.size):
        out[j] = sqrt(out[j] / window)


@kernel
def deviation(values: Floats, means: Floats, window: int, out: Floats) -> None:
    """Standard deviation (ddof 0, second pass) of rows i − window … i − 1, in the input's unit.

    sqrt(Σ(value − mean)² / window), from the oldest row to the newest; NaN for the first `window`
    rows. means: float64[n], the first pass.
    """
    out[:window] = nan
    for start in range(window, out.size, BLOCK):
        deviations_before(values, means, start, window, out[start : start + BLOCK])


@kernel
def z_score(value: float, mean: float, deviation: float) -> float:
    """(value − mean) / deviation, in standard deviations; 0 when the deviation is 0."""
    return (value - mean) / deviation if deviation != 0.0 else 0.0


@kernel
def z_scores(values: Floats, means: Floats, deviations: Floats, out: Floats) -> None:
    """`z_score` each row; NaN while the deviation is."""
    for i in range(out.size):
        out[i] = z_score(values[i], means[i], deviations[i])


def _mean(name: str, window: int) -> Feature:
    return Feature(
        name=name,
        inputs=("volume",),
        memory="window",
        kernel=mean,
        constants=(window,),
        lookback=window,
        low=0.0,
        mirror="even",
    )


def _deviation(name: str, window: int) -> Feature:
    return Feature(
        name=name,
        inputs=("volume", f"volume_mean_{window}"),
        memory="window",
        kernel=deviation,
        constants=(window,),
        lookback=window,
        low=0.0,
        mirror="even",
    )


def _z(name: str, window: int) -> Feature:
    inputs = ("volume", f"volume_mean_{window}", f"volume_std_{window}")
    return Feature(name, inputs, "window", z_scores, "even")


FAMILIES = (
    Family("volume_mean", (rows(),), _mean, (10,), "mean of the N volumes before the row"),
    Family(
        "volume_std", (rows(low=2),), _deviation, (10,), "standard deviation of the same, ddof 0"
    ),
    Family("volume_z", (rows(low=2),), _z, (10,), "(volume − volume_mean_N) / volume_std_N"),
)

FEATURES = (
    _mean("volume_mean_20", 20),
    _deviation("volume_std_20", 20),
    _z("volume_z_20", 20),
)

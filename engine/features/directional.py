"""Wilder's directional movement system (1978): DI and ADX, with TA-Lib's seeding."""

from math import nan

from engine.features.family import Family, rows
from engine.features.feature import Feature
from engine.kernel import Floats, kernel


@kernel
def movement(ahead: float, behind: float) -> float:
    """Directional movement: `ahead` when it is positive and the larger of the two, else 0."""
    return ahead if ahead > 0.0 and ahead > behind else 0.0


@kernel
def directional_indicator(
    high: Floats,
    low: Floats,
    true_range: Floats,
    period: int,
    side: int,
    state: Floats,
    out: Floats,
) -> None:
    """100 · Wilder sum of the movement to `side` (+1 up, −1 down) / Wilder sum of true range.

    In [0, 100]; 0 when the range sum is 0; NaN for the first `period` rows. The sums start with
    rows 1 … period − 1. state: rows seen, last high, last low, movement, range.
    """
    rows, last_high, last_low, moved, ranged = state[0], state[1], state[2], state[3], state[4]
    keep = (period - 1.0) / period
    for i in range(out.size):
        if rows > 0.0:
            up, down = high[i] - last_high, last_low - low[i]
            # Summed before they decay: rows 1 … period − 1 weigh the same.
            decay = keep if rows >= period else 1.0
            moved = decay * moved + (movement(up, down) if side > 0 else movement(down, up))
            ranged = decay * ranged + true_range[i]
        last_high, last_low = high[i], low[i]
        if rows < period:
            out[i] = nan
        else:
            out[i] = 100.0 * (moved / ranged) if ranged > 0.0 else 0.0
        rows += 1.0
    state[0], state[1], state[2], state[3], state[4] = rows, last_high, last_low, moved, ranged


@kernel
def directional_index(plus: float, minus: float) -> float:
    """DX = 100·|plus − minus| / (plus + minus), in [0, 100]; 0 when neither side has moved."""
    total = plus + minus
    return 100.0 * (abs(plus - minus) / total) if total > 0.0 else 0.0


@kernel
def adx(high: Floats, low: Floats, period: int, state: Floats, out: Floats) -> None:
    """Average directional index, in [0, 100]; NaN for the first 2·period − 1 rows.

    DX is taken from the movement sums themselves, since the true range they are both divided by
    cancels; ADX is the Wilder sum of DX over period, started with rows period … 2·period − 1.
    state: rows seen, last high, last low, up movement, down movement, sum of DX.
    """
    rows, last_high, last_low = state[0], state[1], state[2]
    plus, minus, total = state[3], state[4], state[5]
    keep = (period - 1.0) / period
    for i in range(out.size):
        if rows > 0.0:
            up, down = high[i] - last_high, last_low - low[i]
            decay = keep if rows >= period else 1.0
            plus = decay * plus + movement(up, down)
            minus = decay * minus + movement(down, up)
        if rows >= period:
            decay = keep if rows >= 2 * period else 1.0
            total = decay * total + directional_index(plus, minus)
        last_high, last_low = high[i], low[i]
        rows += 1.0
        out[i] = total / period if rows >= 2 * period else nan
    state[0], state[1], state[2] = rows, last_high, last_low
    state[3], state[4], state[5] = plus, minus, total


def _indicator(name: str, period: int, side: int, counterpart: str) -> Feature:
    return Feature(
        name=name,
        inputs=("high", "low", "true_range"),
        memory="recursive",
        kernel=directional_indicator,
        constants=(period, side),
        state_size=5,
        low=0.0,
        high=100.0,
        mirror="even",
        mirrored_by=counterpart,
    )


def _plus(name: str, period: int) -> Feature:
    return _indicator(name, period, 1, f"minus_di_wilder_{period}")


def _minus(name: str, period: int) -> Feature:
    return _indicator(name, period, -1, f"plus_di_wilder_{period}")


def _adx(name: str, period: int) -> Feature:
    return Feature(
        name=name,
        inputs=("high", "low"),
        memory="recursive",
        kernel=adx,
        constants=(period,),
        state_size=6,
        low=0.0,
        high=100.0,
        mirror="even",
    )


# With a period of 1 nothing is smoothed, and the sums have no row to begin with.
FAMILIES = (
    Family(
        "plus_di_wilder",
        (rows(low=2),),
        _plus,
        (10,),
        "directional indicator +DI, 0 to 100",
        ("plus_di",),
    ),
    Family(
        "minus_di_wilder",
        (rows(low=2),),
        _minus,
        (10,),
        "directional indicator −DI, 0 to 100",
        ("minus_di",),
    ),
    Family("adx_wilder", (rows(low=2),), _adx, (10,), "directional index, 0 to 100", ("adx",)),
)

FEATURES = (
    _plus("plus_di_wilder_14", 14),
    _minus("minus_di_wilder_14", 14),
    _adx("adx_wilder_14", 14),
)

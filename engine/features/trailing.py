"""Stops that follow the price, as columns: Supertrend and Parabolic SAR."""

from math import inf, nan

from engine.features.family import Family, Number, multiple, rows
from engine.features.feature import Feature
from engine.kernel import Floats, kernel


@kernel
def side_beyond(side: float, close: float, upper: float, lower: float) -> float:
    """The side after this close: a close beyond the band that stops the side turns it round."""
    if side <= 0.0 and close > upper:
        return 1.0
    if side >= 0.0 and close < lower:
        return -1.0
    return side


@kernel
def supertrend(
    high: Floats, low: Floats, close: Floats, atr: Floats, multiple: float, wants_side: int,
    state: Floats, out: Floats,
) -> None:  # fmt: skip
    """The band that stops the side in force, in price units, or that side (`wants_side`): +1, −1.

    Bands lie `multiple` ATRs about the middle of the bar and only tighten, until a close was beyond
    them. Before the first such close the side is 0 and the value the middle of the bands. NaN while
    the ATR is. state: rows with an ATR, last close, upper band, lower band, side.
    """
    rows, before, upper, lower, side = state[0], state[1], state[2], state[3], state[4]
    for i in range(out.size):
        out[i] = nan
        if atr[i] != atr[i]:
            continue
        middle = 0.5 * (high[i] + low[i])
        above, below = middle + multiple * atr[i], middle - multiple * atr[i]
        if rows == 0.0 or above < upper or before > upper:
            upper = above
        if rows == 0.0 or below > lower or before < lower:
            lower = below
        side = side_beyond(side, close[i], upper, lower)
        before = close[i]
        rows += 1.0
        if wants_side:
            out[i] = side
        else:
            out[i] = lower if side > 0.0 else upper if side < 0.0 else 0.5 * (upper + lower)
    state[0], state[1], state[2], state[3], state[4] = rows, before, upper, lower, side


@kernel
def ahead(side: float, high: float, low: float) -> float:
    """The bar's extreme in the direction of the side, times the side."""
    return high if side > 0.0 else -low


@kernel
def behind(side: float, high: float, low: float) -> float:
    """The bar's extreme against the direction of the side, times the side."""
    return low if side > 0.0 else -high


@kernel
def at_most(value: float, first: float, second: float) -> float:
    """The smallest of the three."""
    lower = first if first < second else second
    return value if value < lower else lower


@kernel
def first_side(high: float, low: float, last_high: float, last_low: float) -> float:
    """−1 where the low fell by more than the high rose, else +1: TA-Lib's start."""
    up, down = high - last_high, last_low - low
    return -1.0 if down > 0.0 and down > up else 1.0


@kernel
def parabolic_sar(
    high: Floats, low: Floats, step: float, most: float, wants_side: int, state: Floats, out: Floats
) -> None:
    """Wilder's parabolic stop and reverse (1978), as TA-Lib: the stop of the row, in price units,
    or the side after it (`wants_side`), +1 or −1.

    NaN in row 0. Everything is told for a rising price; a falling one has all signs turned, which
    is exact. state: rows seen, last high, last low, side, acceleration; stop and extreme times the
    side.
    """
    rows, last_high, last_low, side = state[0], state[1], state[2], state[3]
    speed, stop, best = state[4], state[5], state[6]
    for i in range(out.size):
        out[i] = nan
        if rows == 1.0:
            side, speed = first_side(high[i], low[i], last_high, last_low), step
            stop, best = behind(side, last_high, last_low), ahead(side, high[i], low[i])
            # TA-Lib's first row has itself as the row before.
            last_high, last_low = high[i], low[i]
        if rows > 0.0:
            turns = behind(side, high[i], low[i]) <= stop
            side = -side if turns else side
            here, there = behind(side, high[i], low[i]), behind(side, last_high, last_low)
            reached = ahead(side, high[i], low[i])
            if turns:
                stop, best, speed = at_most(-best, there, here), reached, step
            out[i] = side if wants_side else side * stop
            if reached > best:
                best = reached
                speed = speed + step if speed + step < most else most
            stop = at_most(stop + speed * (best - stop), there, here)
        last_high, last_low = high[i], low[i]
        rows += 1.0
    state[0], state[1], state[2], state[3] = rows, last_high, last_low, side
    state[4], state[5], state[6] = speed, stop, best


def _supertrend(name: str, period: int, multiple: float, wants_side: int = 0) -> Feature:
    return Feature(
        name=name,
        inputs=("high", "low", "close", f"atr_wilder_{period}"),
        memory="recursive",
        kernel=supertrend,
        constants=(multiple, wants_side),
        state_size=5,
        low=-1.0 if wants_side else -inf,
        high=1.0 if wants_side else inf,
        mirror="odd" if wants_side else "price",
    )


def _supertrend_side(name: str, period: int, multiple: float) -> Feature:
    return _supertrend(name, period, multiple, 1)


def _sar(name: str, step: float, most: float, wants_side: int = 0) -> Feature:
    if step > most:
        raise ValueError(f"the step {step:g} is above the largest acceleration {most:g}")
    return Feature(
        name=name,
        inputs=("high", "low"),
        memory="recursive",
        kernel=parabolic_sar,
        constants=(step, most, wants_side),
        state_size=7,
        low=-1.0 if wants_side else 0.0,
        high=1.0 if wants_side else inf,
        mirror="odd" if wants_side else "price",
    )


def _sar_side(name: str, step: float, most: float) -> Feature:
    return _sar(name, step, most, 1)


BANDS = (rows("the ATR's period"), multiple())
STEPS = (
    Number("the step", 0.0001, 1.0, whole=False),
    Number("the largest acceleration", 0.0001, 1.0, whole=False),
)

FAMILIES = (
    Family(
        "supertrend",
        BANDS,
        _supertrend,
        (10, 3),
        "the band M · atr_wilder_N away that stops the side",
    ),
    Family("supertrend_side", BANDS, _supertrend_side, (10, 3), "side of the supertrend, +1 or −1"),
    Family("psar", STEPS, _sar, (0.02, 0.2), "parabolic SAR of step N, at most M"),
    Family("psar_side", STEPS, _sar_side, (0.02, 0.2), "side of the parabolic SAR, +1 or −1"),
)

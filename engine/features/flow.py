"""Volume by the direction and the price it was traded at. Needs volume."""

from math import nan

from engine.features.family import Family, rows
from engine.features.feature import Feature
from engine.kernel import Floats, Ints, kernel

STILL = 1e-12  # of the price: a smaller move is rounding


@kernel
def typical_price(high: Floats, low: Floats, close: Floats, out: Floats) -> None:
    """(high + low + close) / 3, in price units, never NaN."""
    for i in range(out.size):
        out[i] = (high[i] + low[i] + close[i]) / 3.0


@kernel
def obv(close: Floats, volume: Floats, state: Floats, out: Floats) -> None:
    """On-balance volume: volume added where the close rises, taken off where it falls.

    Granville (1963); 0 in row 0, which has no close before it (TA-Lib begins with its volume).
    state: rows seen, last close, total.
    """
    rows, before, total = state[0], state[1], state[2]
    for i in range(out.size):
        if rows > 0.0 and close[i] > before:
            total += volume[i]
        elif rows > 0.0 and close[i] < before:
            total -= volume[i]
        before = close[i]
        rows += 1.0
        out[i] = total
    state[0], state[1], state[2] = rows, before, total


@kernel
def flow_share(typical: Floats, volume: Floats, last: int, window: int) -> float:
    """Share of the money of `window` rows up to `last` that came while the price rose, in percent;
    50 where there was none.
    """
    up = down = 0.0
    for j in range(last - window + 1, last + 1):
        money, move = typical[j] * volume[j], typical[j] - typical[j - 1]
        # A third of the same sum of three prices may differ in its last bit: that is no move.
        up += money if move > STILL * typical[j] else 0.0
        down += money if -move > STILL * typical[j] else 0.0
    return 100.0 * (up / (up + down)) if up + down > 0.0 else 50.0


@kernel
def mfi(typical: Floats, volume: Floats, window: int, out: Floats) -> None:
    """Money flow index (Quong and Soudack, 1989), in [0, 100]; NaN for the first `window` rows."""
    for i in range(out.size):
        out[i] = flow_share(typical, volume, i, window) if i >= window else nan


@kernel
def vwap(typical: Floats, volume: Floats, day: Ints, state: Floats, out: Floats) -> None:
    """Average price of the day so far, weighted by volume; the plain one while it has none.

    NaN in the file's first day, whose beginning may be missing. state: rows seen, day, days begun,
    rows of the day, their volume, Σ (price − the day's first) · volume, Σ price − the day's first,
    the day's first price.
    """
    rows, today, begun, count = state[0], state[1], state[2], state[3]
    amount, money, plain, first = state[4], state[5], state[6], state[7]
    for i in range(out.size):
        if rows == 0.0 or day[i] != today:
            begun += 1.0 if rows > 0.0 else 0.0
            today, first = day[i], typical[i]
            count = amount = money = plain = 0.0
        rows += 1.0
        count += 1.0
        amount += volume[i]
        money += (typical[i] - first) * volume[i]
        plain += typical[i] - first
        if begun == 0.0:
            out[i] = nan
        else:
            out[i] = first + (money / amount if amount > 0.0 else plain / count)
    state[0], state[1], state[2], state[3] = rows, today, begun, count
    state[4], state[5], state[6], state[7] = amount, money, plain, first


def _mfi(name: str, window: int) -> Feature:
    return Feature(
        name=name,
        inputs=("typical_price", "volume"),
        memory="window",
        kernel=mfi,
        constants=(window,),
        lookback=window,
        low=0.0,
        high=100.0,
        # Money is price times volume, and c − p has another.
        mirror="none",
    )


FAMILIES = (Family("mfi", (rows(),), _mfi, (14,), "money flow index, 0 to 100"),)

FEATURES = (
    Feature(
        name="typical_price",
        inputs=("high", "low", "close"),
        memory="window",
        kernel=typical_price,
        low=0.0,
        mirror="price",
        says="(high + low + close) / 3",
    ),
    Feature(
        name="obv",
        inputs=("close", "volume"),
        memory="recursive",
        kernel=obv,
        state_size=3,
        mirror="odd",
        says="on-balance volume",
    ),
    Feature(
        name="vwap",
        inputs=("typical_price", "volume", "day"),
        memory="recursive",
        kernel=vwap,
        state_size=8,
        low=0.0,
        mirror="price",
        says="average price of the day so far, weighted by volume",
    ),
)

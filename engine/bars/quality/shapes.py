"""Bars that look wrong beside their neighbours, stand still, or change their unit."""

import numpy as np
import numpy.typing as npt

from engine.bars.dates import DAY
from engine.bars.quality.finding import Subject
from engine.bars.quality.order import NO_ROWS
from engine.bars.series import Bars
from engine.kernel import Floats, Ints

Mask = npt.NDArray[np.bool_]

RUN = 5  # bars in a row
OUTLIER = 8.0  # medians of the true range beyond both neighbours
LAST_SHARE = 0.2  # of the usual volume
LEVEL = 1.8  # a ratio of prices from one bar to the next that stays
VOLUME_LEVEL = 1_000.0
_SIDE = 50  # rows on each side whose median true range is the measure
_WHOLE_FROM, _WHOLE_ROWS = 10_000.0, 20


def standing_still(subject: Subject) -> list[tuple[str, Ints]]:
    """Runs of bars without volume, without range, or equal to the one before."""
    bars = subject.bars
    flat = bars.high == bars.low
    same = np.all([np.diff(column, prepend=np.nan) == 0 for column in bars.arrays()[1:5]], axis=0)
    found = [
        _runs(flat, "without range (high = low)"),
        _runs(same & ~flat, "equal to the one before"),
    ]
    if bars.has_volume:
        found.append(_runs(bars.volume == 0, "without volume"))
    return [each for runs in found for each in runs]


def _runs(mask: Mask, what: str) -> list[tuple[str, Ints]]:
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    rows = starts[lengths >= RUN]
    if not rows.size:
        return []
    plural = "" if rows.size == 1 else "s"
    said = f"{rows.size:,} run{plural} of {RUN} or more bars {what}, the longest {lengths.max():,}"
    return [(said, rows)]


def outliers(subject: Subject) -> list[tuple[str, Ints]]:
    """Highs and lows far beyond those of the two bars on each side."""
    bars = subject.bars
    if bars.size < 2 * RUN:
        return []
    measure = _median_range(bars)
    above = bars.high - _extreme(bars.high, np.maximum)
    below = _extreme(bars.low, np.minimum) - bars.low
    beyond = np.maximum(above, below)
    rows = np.flatnonzero((measure > 0) & (beyond > OUTLIER * measure))
    if not rows.size:
        return []
    plural = "" if rows.size == 1 else "s"
    worst = int(rows[np.argmax(beyond[rows] / measure[rows])])
    said = f"high {bars.high[worst]}, low {bars.low[worst]} at row {worst + 1}"
    return [(f"{rows.size:,} bar{plural} far beyond both neighbours, the farthest: {said}", rows)]


def _median_range(bars: Bars) -> Floats:
    import pandas as pd

    before = np.concatenate([bars.open[:1], bars.close[:-1]])
    ranges = np.maximum(bars.high, before) - np.minimum(bars.low, before)
    window = pd.Series(ranges).rolling(2 * _SIDE + 1, center=True, min_periods=RUN)
    return np.nan_to_num(window.median().to_numpy())


def _extreme(values: Floats, pick: np.ufunc) -> Floats:
    """Of the two rows on each side, as far as they exist."""
    padded = np.pad(values, 2, mode="edge")
    n = values.size
    sides: Floats = pick.reduce([padded[:n], padded[1 : n + 1], padded[3 : n + 3], padded[4:]])
    # At the edges the padding is the row itself: nothing is beyond itself there.
    return sides


def last_bar(subject: Subject) -> list[tuple[str, Ints]]:
    """A last bar with far less volume than usual at its time of day: perhaps unfinished."""
    bars = subject.bars
    last = bars.size - 1
    if last < RUN:
        return []
    usual = float(np.median(bars.volume[_comparable(bars)]))
    if bars.has_volume and bars.volume[last] < LAST_SHARE * usual:
        share = bars.volume[last] / usual
        said = f"the last bar has {share:.0%} of the usual volume: perhaps it was still forming"
        return [(said, np.array([last]))]
    return []


def _comparable(bars: Bars) -> Ints:
    """Up to 20 earlier bars at the time of day of the last one, else the last 100."""
    last = bars.size - 1
    time_of_day = bars.open_time % DAY
    same = np.flatnonzero(time_of_day[:last] == time_of_day[last])[-20:]
    return (
        same if bars.timeframe < DAY and same.size >= RUN else np.arange(max(last - 100, 0), last)
    )


def units(subject: Subject) -> list[tuple[str, Ints]]:
    """Prices that look scaled, and levels of price or volume that change at once."""
    bars = subject.bars
    found = _whole_prices(bars)
    jump = bars.open[1:] / bars.close[:-1]
    found += _levels(bars.close, np.abs(np.log(jump)) >= np.log(LEVEL), LEVEL, 10, "price")
    if bars.has_volume:
        everywhere = np.ones(bars.size - 1, bool)
        found += _levels(bars.volume, everywhere, VOLUME_LEVEL, _SIDE, "volume")
    return found


def _whole_prices(bars: Bars) -> list[tuple[str, Ints]]:
    prices = np.array(bars.arrays()[1:5])
    if bars.size < _WHOLE_ROWS or prices.max() < _WHOLE_FROM or np.any(prices != np.floor(prices)):
        return []
    return [
        (
            f"all prices are whole, up to {prices.max():,.0f}: perhaps scaled (--price-scale)",
            NO_ROWS,
        )
    ]


def _levels(
    values: Floats, candidates: Mask, ratio: float, rows: int, what: str
) -> list[tuple[str, Ints]]:
    """Rows whose next `rows` have a median `ratio` times that of the last, or the inverse."""
    import pandas as pd

    if values.size < 2 * rows:
        return []
    medians = pd.Series(values).rolling(rows).median().to_numpy()
    before, after = medians[rows - 1 : -rows], medians[2 * rows - 1 :]
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = after / before
        changed = (factors >= ratio) | (factors <= 1 / ratio)
    at = np.flatnonzero(changed & candidates[rows - 1 : rows - 1 + changed.size])
    at = at[np.diff(at, prepend=-2 * rows) > rows]  # one change is seen from several rows
    if not at.size:
        return []
    first = int(at[0])
    said = f"{what} changes its level ×{factors[first]:.4g} at row {first + rows + 1}"
    more = f" (and {at.size - 1} more)" if at.size > 1 else ""
    return [(f"{said}{more}: a split, or another unit?", at + rows)]

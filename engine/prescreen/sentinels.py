"""Sentinels: cheap causal events. A sentinel says that something happened, never a side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.bars.series import Bars
from engine.features.catalogue import COLUMNS, Catalogue, needs_volume
from engine.features.columns import Columns
from engine.kernel import Codes, Floats, Ints, inlined, kernel


@dataclass(frozen=True)
class Sentinel:
    """kernel(*fields, *columns, *constants, out) writes uint8[n], 1 where the event happened; the
    first valid bar and NaN fire nothing. name: new among the sentinels. fields: names of arrays of
    the bars themselves. columns: names of columns, NaN in their warm-up. constants: floats.

    >>> from barsieve.strategy import Sentinel, kernel
    >>> @kernel
    ... def wide(high, low, least, out):
    ...     for i in range(out.size):
    ...         out[i] = high[i] - low[i] > least
    >>> Sentinel("wide_bar", ("high", "low"), (), wide, (50.0,)).constants
    (50.0,)
    """

    name: str
    fields: tuple[str, ...]
    columns: tuple[str, ...]
    kernel: Callable[..., None]
    constants: tuple[float, ...] = ()


@inlined
def crossed(before: float, now: float, level: float) -> bool:
    """Either way: before <= level < now, or before >= level > now."""
    return before <= level < now or before >= level > now


@kernel
def average_cross(close: Floats, average: Floats, out: Codes) -> None:
    out[0] = 0
    for i in range(1, out.size):
        out[i] = crossed(close[i - 1] - average[i - 1], close[i] - average[i], 0.0)


@kernel
def level_cross(values: Floats, level: float, out: Codes) -> None:
    out[0] = 0
    for i in range(1, out.size):
        out[i] = crossed(values[i - 1], values[i], level)


@kernel
def spike(volume: Floats, mean: Floats, std: Floats, deviations: float, out: Codes) -> None:
    out[0] = 0
    for i in range(1, out.size):
        first = std[i - 1] != std[i - 1]
        out[i] = not first and std[i] > 0.0 and volume[i] > mean[i] + deviations * std[i]


@kernel
def above(values: Floats, level: float, out: Codes) -> None:
    for i in range(out.size):
        out[i] = values[i] > level


SENTINELS: tuple[Sentinel, ...] = (
    Sentinel("sma20_cross", ("close",), ("sma_20",), average_cross),
    Sentinel("sma50_cross", ("close",), ("sma_50",), average_cross),
    Sentinel("atr_regime_change", (), ("atr_rank_100",), level_cross, (0.75,)),
    Sentinel("volume_spike", ("volume",), ("volume_mean_20", "volume_std_20"), spike, (2.0,)),
    Sentinel("session_break", (), ("bars_since_previous",), above, (2.0,)),
)


def active_sentinels(
    names: tuple[str, ...],
    has_volume: bool,
    known: tuple[Sentinel, ...] = SENTINELS,
    columns: Catalogue = COLUMNS,
) -> list[Sentinel]:
    """The selected sentinels in catalogue order, without those that need a volume there is not."""
    return [
        sentinel
        for sentinel in known
        if sentinel.name in names
        and (has_volume or not any(needs_volume(name, columns) for name in sentinel.columns))
    ]


def fired_bits(bars: Bars, columns: Columns, sentinels: Sequence[Sentinel]) -> Ints:
    """int64[n]: bit k is set where sentinel k fired."""
    bits = np.zeros(bars.size, dtype=np.int64)
    for k, sentinel in enumerate(sentinels):
        bits |= fire(sentinel, bars, columns).astype(np.int64) << k
    return bits


def fire(sentinel: Sentinel, bars: Bars, columns: Columns) -> Codes:
    """uint8[n]: 1 at the bars at which the sentinel fired."""
    inputs: list[Floats] = [getattr(bars, name) for name in sentinel.fields]
    inputs += [columns[name] for name in sentinel.columns]
    out = np.empty(inputs[0].size, dtype=np.uint8)
    sentinel.kernel(*inputs, *sentinel.constants, out)
    return out

"""A market whose future is cut off, or is another one.

Rows before the cut are the same; what the rest of the file says must not matter to them.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from engine.bars.funding import read_funding
from engine.bars.macro import Macro, MacroSeries
from engine.bars.macro_reader import read_macro
from engine.bars.series import Bars
from engine.kernel import Floats, Ints, Table
from engine.prescreen.bound import with_scores
from engine.prescreen.rows import Rows, build_rows
from engine.replay.parameters import parameter_record
from engine.replay.settings import Settings

PRICES = ("open", "high", "low", "close")
SCALES = (1e-6, 0.5, 2.0, 1e6)  # legal prices, and nothing like the ones before
ILLEGAL = (np.nan, np.inf, -np.inf, 1e300, -7.7e-115)  # no file of bars holds them, arrays can
LATER = 1_000  # bars by which the clock jumps in illegal arrays
REVISED = (-3.0, 0.1, 10.0)


@dataclass(frozen=True)
class Timeline:
    """A market whose future can be another one: bars and settings (which name the files of macro
    values and funding), and the rows first … stop − 1 that are replayed.
    """

    settings: Settings
    bars: Bars
    first: int
    stop: int

    @cached_property
    def rows(self) -> Rows:
        """The row table of all bars."""
        return build_rows(self.bars, self.settings)

    @cached_property
    def params(self) -> Table:
        """One record: the settings as the step reads them."""
        return parameter_record(self.settings, self.bars.has_volume)

    @cached_property
    def table(self) -> Table:
        """The same as replays of a check see it: dear scores at their highest, asking nobody."""
        rows = self.rows
        return with_scores(rows.table, rows.limits, 1) if rows.limits else rows.table


def prefix(market: Timeline, cut: int) -> Timeline:
    """Only the first `cut` bars; the other files stay whole."""
    return replace(market, bars=head(market.bars, cut), stop=min(market.stop, cut))


def head(bars: Bars, count: int) -> Bars:
    """The first `count` bars, as a file that ends there would give them."""
    return bars.part(slice(None, count))


def tail(bars: Bars, row: int) -> Bars:
    """The bars from `row` on, as a file that begins there would give them."""
    return bars.part(slice(row, None))


def poisoned(market: Timeline, cut: int, folder: Path) -> Timeline:
    """The first `cut` bars, and after them other legal bars, macro values and funding rates.

    folder: where the changed files go. What was published by the close of bar cut − 1 is kept.
    """
    known = int(market.bars.close_time[cut - 1])
    series = {
        # By number: a name is somebody else's, and may be a path.
        name: _poisoned_series(each, known, folder / f"series_{k}.parquet")
        for k, (name, each) in enumerate(market.settings.macro.series.items())
    }
    macro = market.settings.macro.model_copy(update={"series": series})
    data = market.settings.data
    if data.funding is not None:
        path = _poisoned_funding(Path(data.funding), known, folder / "funding.parquet")
        data = data.model_copy(update={"funding": str(path)})
    settings = market.settings.model_copy(update={"macro": macro, "data": data})
    return replace(market, settings=settings, bars=poisoned_bars(market.bars, cut))


def poisoned_bars(bars: Bars, cut: int) -> Bars:
    """The first `cut` bars, and after them legal ones that have nothing to do with them."""
    rng = np.random.default_rng(cut)
    scale = np.where(np.arange(bars.size) >= cut, rng.choice(SCALES, bars.size), 1.0)
    prices = {name: getattr(bars, name) * scale for name in PRICES}
    return replace(bars, **prices, volume=bars.volume * scale)


def illegal(market: Timeline, cut: int, number: float) -> Timeline:
    """The first `cut` bars, and after them numbers that no file of bars can hold."""
    return replace(market, bars=illegal_bars(market.bars, cut, number))


def illegal_bars(bars: Bars, cut: int, number: float) -> Bars:
    """After the first `cut` bars every price and volume is `number`, and the clock jumps."""
    later = np.arange(bars.size) >= cut
    names = (*PRICES, "volume") if bars.has_volume else PRICES
    fields: dict[str, Any] = {name: np.where(later, number, getattr(bars, name)) for name in names}
    return replace(bars, open_time=bars.open_time + later * (LATER * bars.timeframe), **fields)


def _poisoned_series(series: MacroSeries, known: int, path: Path) -> MacroSeries:
    """The series in a file of its own, with other values after the instant `known`."""
    macro, _ = read_macro(series)
    values = poisoned_values(macro, known)
    _write(path, {"date": macro.date, "published": macro.published}, {"value": values})
    changes = {
        "path": str(path),
        "value_column": "value",
        "date_format": None,
        "publication_lag_hours": None,
        "publication_column": "published",
    }
    return series.model_copy(update=changes)


def poisoned_values(macro: Macro, known: int) -> Floats:
    """float64[m]: other values wherever the publication is later than `known`, ns UTC."""
    rng = np.random.default_rng(macro.value.size)
    other = (macro.value + 1.0) * rng.choice(REVISED, macro.value.size)
    values: Floats = np.where(macro.published > known, other, macro.value)
    return values


def _poisoned_funding(path: Path, known: int, into: Path) -> Path:
    """The same stamps, other rates from the instant `known` on: it ends the last known bar."""
    stamp, rate, _ = read_funding(path)
    other = np.random.default_rng(rate.size).uniform(-0.01, 0.01, rate.size)
    _write(into, {"timestamp": stamp}, {"funding_rate": np.where(stamp >= known, other, rate)})
    return into


def _write(path: Path, stamps: dict[str, Ints], values: dict[str, Floats]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    instant = pa.timestamp("ns", "UTC")
    columns = {name: pa.array(times).cast(instant) for name, times in stamps.items()}
    pq.write_table(pa.table({**columns, **values}), path)

"""One asset, ready to be screened and replayed, and what its settings come to on its data."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.bars.dates import bar_range
from engine.bars.series import Bars
from engine.fusion.domain import Domain
from engine.kernel import Table
from engine.prescreen.row import SELDOM_READ
from engine.prescreen.rows import Rows, build_rows, refuse_untradable
from engine.prescreen.sentinels import Sentinel
from engine.replay.clock import Clock, merged_clock
from engine.replay.costs import refuse_impossible_costs
from engine.replay.parameters import fields_read, parameter_record
from engine.replay.pip import given_pip, with_pip
from engine.replay.settings import Settings

Span = tuple[int, int]  # rows first … stop − 1


@dataclass(frozen=True)
class Market:
    """settings: of this asset. rows: those of its whole file. span: its rows in range.

    What follows from the three is computed once, when it is first asked for.
    """

    settings: Settings
    rows: Rows
    span: Span

    @property
    def bars(self) -> Bars:
        return self.rows.bars

    @property
    def table(self) -> Table:
        """ROW[stop]: what a replay of the range sees, from the first row of the file on."""
        return self.rows.table[: self.span[1]]

    @cached_property
    def params(self) -> Table:
        """One record: the settings as the step reads them, read-only."""
        return parameter_record(self.settings, self.bars.has_volume)

    @cached_property
    def domains(self) -> list[Domain]:
        """Those of the run: with a weight, and on data that has what they read."""
        return self.settings.domains_of(self.bars.has_volume)

    @cached_property
    def sentinels(self) -> list[Sentinel]:
        """Those of the run, in catalogue order; bit k of `rows.fired` is that of the k-th."""
        return self.settings.sentinels_of(self.bars.has_volume)


def prepare(
    settings: Settings,
    bars: Bars,
    start: str | None,
    end: str | None,
    whole_rows: bool = False,
) -> Market:
    """Compute the rows of a market, and find those of a range of dates. Its settings have the pip
    of cost scenario B, from the data where nobody gave one.

    whole_rows: also the fields that these settings do not read, for others that will.
    """
    span = bar_range(bars, start, end)
    rows = build_rows(bars, settings, SELDOM_READ if whole_rows else fields_read(settings))
    refuse_untradable(rows, span)
    market = Market(*with_pip(settings, rows, span[0]), span)
    refuse_impossible_costs(market.params, rows, span)
    return market


def piped(market: Market) -> Market:
    """The market with a pip, for settings of cost scenario B that follow from its own."""
    if market.settings.costs.pip is not None:
        return market
    return Market(*given_pip(market.settings, market.rows, market.span[0]), market.span)


def clock_of(markets: Sequence[Market]) -> Clock:
    """The stamps of their bars in range, merged."""
    times = [each.bars.open_time[slice(*each.span)] for each in markets]
    return merged_clock(times, [each.span[0] for each in markets])

"""The record of a domain engine: columns in, one score in [-1, 1] a bar out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.kernel import Floats
from engine.settings import Section


@dataclass(frozen=True)
class Domain:
    """A domain engine: what it reads, what can be set, and how it scores every bar.

    name: new among the domains; its parameters are `domains.NAME`, its weight
    `fusion.weights.NAME`. default_weight: the default of that. columns: names of those it reads.
    settings: a Section with its parameters. score(columns, settings) gives float64[n] in [−1, 1]
    from float64[n] columns, in the order of `reads`; the sign is the side, NaN only where a column
    is NaN. Row i reads row i. at_timeframes: the columns are those of each of
    `settings.timeframes`, not of the bars. reads_macro: its one column is the tilt of the macro
    series, which no bar decides. A score of None is written by somebody else: bar by bar when it is
    dear, or by a plug-in.

    >>> from barsieve.strategy import Domain, Section
    >>> def score(columns, settings):
    ...     return (columns[0] - 50.0) / 50.0
    >>> Domain("strength", ("rsi_wilder_14",), Section, score, 0.2).reads(Section())
    ('rsi_wilder_14',)
    """

    name: str
    columns: tuple[str, ...]
    settings: type[Section]
    score: Callable[[Sequence[Floats], Section], Floats] | None
    default_weight: float
    at_timeframes: bool = False
    reads_macro: bool = False

    def reads(self, settings: Section) -> tuple[str, ...]:
        """The full names of the columns that it reads with these settings."""
        if not self.at_timeframes:
            return self.columns
        timeframes: tuple[str, ...] = getattr(settings, "timeframes")  # noqa: B009
        return tuple(f"{name}@{timeframe}" for timeframe in timeframes for name in self.columns)

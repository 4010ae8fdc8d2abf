"""Parity inside one process, for tests: the same comparison as `barsieve parity`, in a second.

It shares compiled code and columns between the replays; `barsieve parity` shares nothing.
"""

from collections import Counter
from collections.abc import Sequence

from engine.bars.series import Bars
from engine.experiment import run_experiment
from engine.kernel import Table
from engine.portfolio import Loaded, run_portfolio
from engine.replay.codes import code_names
from engine.replay.records import FILL, REASON_NAMES
from engine.replay.settings import Settings
from engine.results.outcome import Outcome
from engine.results.portfolio import PortfolioOutcome
from engine.review.parity.check import Comparison, Parity, judged, refuse_lossy, window_bars
from engine.review.parity.divergence import replay_divergence, same_replay

Dates = tuple[str | None, str | None]


def compare_replays(
    settings: Settings, bars: Bars, start: str | None, end: str | None, windows: Sequence[str]
) -> Parity:
    """The full replay against a focused one for each window: bars beside a candidate, or `all`.

    Raises SettingsError for a policy that is lossy by design, or a window that is neither.
    """
    refuse_lossy(settings)
    widths = [window_bars(text) for text in windows]
    full = run_experiment(settings, bars, start, end, "full")
    compared = []
    for text, width in zip(windows, widths, strict=True):
        focused = run_experiment(with_window(settings, width), bars, start, end, "focused")
        compared.append(_compare(text, full, focused))
    trades = full.result.metrics.trades
    kinds = fill_reasons(full.result.events)
    return judged(full.size, full.candidates.bar.size, trades, kinds, compared)


def compare_portfolios(
    settings: Settings, loaded: Sequence[Loaded], dates: Dates, windows: Sequence[str]
) -> Parity:
    """The same of several markets in one run; `loaded` are their own settings and bars."""
    refuse_lossy(settings)
    widths = [window_bars(text) for text in windows]
    full = run_portfolio(settings, loaded, *dates, "full")
    compared = []
    for text, width in zip(windows, widths, strict=True):
        wide = [(with_window(own, width), bars) for own, bars in loaded]
        focused = run_portfolio(with_window(settings, width), wide, *dates, "focused")
        compared.append(_compare_together(text, full, focused))
    visits, trades = full.visits(), full.result.metrics.trades
    kinds = fill_reasons(full.result.events)
    return judged(visits["bars"], visits["candidates"], trades, kinds, compared)


def with_window(settings: Settings, bars: int) -> Settings:
    wide = settings.batch_mode.model_copy(update={"candidate_window_bars": bars})
    return settings.model_copy(update={"batch_mode": wide})


def fill_reasons(events: Table) -> dict[str, int]:
    """How many fills had each reason."""
    fills = events[events["kind"] == FILL]
    return dict(Counter(REASON_NAMES[each] for each in fills["reason"].tolist()))


def _compare(window: str, full: Outcome, focused: Outcome) -> Comparison:
    """By the replays, and by the results that are made of them."""
    visits = focused.visits()
    ours, theirs = full.replayed, focused.replayed
    same = full.result.digest() == focused.result.digest() and same_replay(ours, theirs)
    where = None if same else replay_divergence(ours, theirs, full.bars, code_names(full.settings))
    return Comparison(window, visits["visited"], visits["skipped"], same, where)


def _compare_together(window: str, full: PortfolioOutcome, focused: PortfolioOutcome) -> Comparison:
    each = [_compare(window, *pair) for pair in zip(full.own, focused.own, strict=True)]
    same = full.result.digest() == focused.result.digest() and all(one.identical for one in each)
    where = next((one.divergence for one in each if one.divergence is not None), None)
    visited, skipped = sum(one.visited for one in each), sum(one.skipped for one in each)
    return Comparison(window, visited, skipped, same, where)

"""Parity inside one process, for tests: the same comparison as `barsieve parity`, in a second.

It shares compiled code and columns between the replays; `barsieve parity` shares nothing.
"""

from collections import Counter
from collections.abc import Sequence

from engine.bars.series import Bars
from engine.experiment import run_experiment
from engine.replay.records import REASON_NAMES
from engine.replay.settings import Settings
from engine.results.outcome import Outcome
from engine.review.parity.check import Comparison, Parity, judged, refuse_lossy, window_bars
from engine.review.parity.divergence import replay_divergence, same_replay


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
        wide = settings.batch_mode.model_copy(update={"candidate_window_bars": width})
        asked = settings.model_copy(update={"batch_mode": wide})
        focused = run_experiment(asked, bars, start, end, "focused")
        compared.append(_compare(text, full, focused))
    trades = full.result.metrics.trades
    reasons = [REASON_NAMES[each] for each in full.result.fills["reason"].tolist()]
    kinds = dict(Counter(reasons))
    return judged(full.size, full.candidates.bar.size, trades, kinds, compared)


def _compare(window: str, full: Outcome, focused: Outcome) -> Comparison:
    """By the replays, and by the results that are made of them."""
    visits = focused.visits()
    ours, theirs = full.replayed, focused.replayed
    same = full.result.digest() == focused.result.digest() and same_replay(ours, theirs)
    where = None if same else replay_divergence(ours, theirs, full.bars)
    return Comparison(window, visits["visited"], visits["skipped"], same, where)

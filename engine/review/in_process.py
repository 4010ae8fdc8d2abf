"""Parity inside one process, for tests: the same comparison as `barsieve parity`, in a second.

It shares compiled code and columns between the replays; `barsieve parity` shares nothing.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from engine.bars.series import Bars
from engine.experiment import run_experiment
from engine.replay.settings import Settings
from engine.results.outcome import Outcome
from engine.results.run_directory import write_run
from engine.review.compare import Divergence, first_divergence
from engine.review.parity import Comparison, Parity, judged, refuse_lossy, window_bars


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
    return judged(full.size, full.candidates.bar.size, trades, compared)


def _compare(window: str, full: Outcome, focused: Outcome) -> Comparison:
    ours, theirs = full.replayed.codes, focused.replayed.codes
    both = (ours != 0) & (theirs != 0)
    same = full.result.digest() == focused.result.digest() and bool((ours == theirs)[both].all())
    visits = focused.visits()
    where = None if same else _divergence(full, focused)
    return Comparison(window, visits["visited"], visits["skipped"], same, where)


def _divergence(full: Outcome, focused: Outcome) -> Divergence | None:
    """Where they part, as `barsieve parity` finds it in stored runs."""
    with tempfile.TemporaryDirectory(prefix="barsieve-") as folder:
        stored = [
            write_run(outcome, Path(folder) / name, replace=False)[0]
            for name, outcome in (("full", full), ("focused", focused))
        ]
        return first_divergence(*stored)

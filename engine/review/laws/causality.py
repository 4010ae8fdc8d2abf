"""Causality: what a record says about a bar does not change with the bars that come after it."""

import tempfile
from collections.abc import Iterator
from math import isclose
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine.fusion.dear import DearDomain
from engine.kernel import Ints
from engine.plugins.records import BarStrategy, Record
from engine.review.laws.finding import Finding, at
from engine.review.laws.values import FAILS, WrongError, columns_for, options, values_of
from engine.review.lookahead.judged import judged
from engine.review.lookahead.known import Change, Known, first_change
from engine.review.lookahead.poison import Timeline, poisoned, prefix

LAW = "causality"
CUTS = 10
ASKED = 6  # bars before a cut that a dear function is asked about
SEED = 11
FIX = (
    "read rows <= i only: no shift(-1), no centred window, no mean, maximum, rank or fit over the "
    "whole file; a decision at the close of bar i knows that close and no later one"
)
LAST_DIGITS = (
    "only the last digits differ: the number of rows changes how it is summed, as in the matrix "
    "product of a model; compute each row by itself, or make it a DearDomain"
)


class Seen(NamedTuple):
    """The first thing that another future changed. name: of what; cut: from which row on."""

    name: str
    future: str
    cut: int
    change: Change


def causality(record: Record, market: Timeline, name: str, cuts: int = CUTS) -> Finding:
    """The law on one market."""
    try:
        seen = first_seen(record, market, cuts)
    except WrongError as wrong:
        return Finding(record.name, LAW, "inconclusive", name, wrong.says)
    if seen is None:
        return Finding(record.name, LAW, "holds", name)
    row = seen.change.row
    says = f"{seen.name} looks ahead: {seen.future} from bar {seen.cut:,} on changes it"
    return Finding(
        record.name, LAW, "broken", name, says, row, at(market, row), *seen.change[1:], advice(seen)
    )


def first_seen(record: Record, market: Timeline, cuts: int, asked: int = ASKED) -> Seen | None:
    """The earliest row that some other future changes; None where there is none.

    asked: bars before a cut that a dear function is asked about. Raises WrongError where the record
    fails on the whole market, and shows no look ahead elsewhere.
    """
    found: list[Seen] = []
    failures: list[str] = []
    known = values_of(record, market)
    for cut in cuts_beside(known, market, cuts):
        answers = asked_before(record, market, cut, asked)
        failures += failed(answers)
        here = {**known, **answers}
        for future, other in futures(market, cut):
            try:
                changed = {**values_of(record, other), **asked_before(record, other, cut, asked)}
            except WrongError as wrong:
                change = Change(cut - 1, "as on the whole market", wrong.says)
                found.append(Seen(record.name, future, cut, change))
                continue
            found += compared(here, changed, future, cut)
    if failures and not found:
        raise WrongError(failures[0], FAILS)  # the same failure on both is no answer
    return min(found, key=lambda each: each.change.row, default=None)


def failed(answers: dict[str, Known]) -> list[str]:
    texts = (text for each in answers.values() for text in each.values.tolist())
    return [text for text in texts if text.startswith("failed: ")]


def advice(seen: Seen) -> str:
    """How to put it right: a sum in another order is another mistake than a look at the future."""
    try:
        known, changed = float(seen.change.known), float(seen.change.changed)
    except ValueError:
        return FIX
    return LAST_DIGITS if isclose(known, changed, rel_tol=1e-9, abs_tol=1e-12) else FIX


def compared(
    known: dict[str, Known], changed: dict[str, Known], future: str, cut: int
) -> Iterator[Seen]:
    for name, values in known.items():
        other = changed.get(name)
        if other is None:
            yield Seen(name, future, cut, Change(cut - 1, "an array", "no array"))
            continue
        change = first_change(values, other, cut)
        if change is not None:
            yield Seen(name, future, cut, change)


def futures(market: Timeline, cut: int) -> Iterator[tuple[str, Timeline]]:
    yield "no bar", prefix(market, cut)
    with tempfile.TemporaryDirectory(prefix="barsieve-") as folder:
        yield "other bars", poisoned(market, cut, Path(folder))


def cuts_beside(known: dict[str, Known], market: Timeline, count: int) -> list[int]:
    """Ascending rows: at random, and just behind bars at which something that is said changes,
    where a look at the next bar is likeliest to show.
    """
    rng = np.random.default_rng(SEED)
    first, size = max(market.first, market.bars.size // 5), market.bars.size
    queues = [rng.permutation(np.arange(first, size)).tolist(), [size - 1]]
    for values in known.values():
        rows = _changes(values) + 1
        queues.append(rng.permutation(rows[(rows >= first) & (rows < size)]).tolist())
    chosen: dict[int, None] = {}
    while len(chosen) < count and any(queues):
        for queue in queues:
            if queue:
                chosen[queue.pop()] = None
    return sorted(list(chosen)[:count])


def _changes(known: Known) -> Ints:
    values = np.nan_to_num(known.values, nan=0.0)
    found: Ints = np.flatnonzero(np.diff(values) != 0) + 1
    return found


def asked_before(record: Record, market: Timeline, cut: int, asked: int) -> dict[str, Known]:
    """What is judged bar by bar, at the last bars before a cut."""
    if not isinstance(record, DearDomain | BarStrategy):
        return {}
    columns = columns_for(record, market)
    rows = np.arange(max(columns.warmup, cut - asked, 0), cut)
    texts = judged(
        record, options(record, market.settings), market.bars, columns.values, rows.tolist()
    )
    kind = "the judged score" if isinstance(record, DearDomain) else "on_bar"
    return {kind: Known(np.array(texts, dtype=str), rows)}

"""Purity: a dear function gives the same bits at the same bar, in another process and order."""

import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np

from engine.fusion.dear import DearDomain
from engine.plugins.precompute import in_workers
from engine.plugins.records import Record
from engine.plugins.worker_data import Failure, write_data
from engine.review.laws.contract import SEED, rows_to_ask
from engine.review.laws.finding import Finding, at
from engine.review.laws.values import columns_for, options
from engine.review.lookahead.judged import judged
from engine.review.lookahead.poison import Timeline

LAW = "purity"
FIX = "let it depend on the past and its settings alone: no counter, cache of answers, clock, file"


def purity(record: Record, market: Timeline, name: str) -> Finding:
    """Asked here in order, and in a fresh process in random order."""
    assert isinstance(record, DearDomain)
    columns, own = columns_for(record, market), options(record, market.settings)
    rows = list(rows_to_ask(record, market, columns))
    here = dict(zip(rows, judged(record, own, market.bars, columns.values, rows), strict=True))
    there = in_a_fresh_process(record, market, rows)
    for row in rows:
        if here[row] != there[row]:
            says = "another answer in a fresh process and another order"
            return Finding(
                record.name, LAW, "broken", name, says, row, at(market, row),
                here[row], there[row], FIX,
            )  # fmt: skip
    return Finding(record.name, LAW, "holds", name)


def in_a_fresh_process(record: DearDomain, market: Timeline, rows: list[int]) -> dict[int, str]:
    """The answers by row, as text."""
    order = np.random.default_rng(SEED).permutation(rows).tolist()
    settings = market.settings
    found: dict[int, str] = {}
    with tempfile.TemporaryDirectory(prefix="barsieve-", ignore_cleanup_errors=True) as folder:
        brief = write_data(
            Path(folder), settings.plugins, settings.plugged.source, market.bars,
            columns_for(record, market).values, [(record, options(record, settings))],
        )  # fmt: skip
        with closing(in_workers(brief, order, 1)) as chunks:
            for chunk, given in chunks:
                texts = [repr(scores[0]) for scores in given.scores]
                found |= dict(zip(chunk, texts, strict=False))
                if given.failure is not None:
                    found[given.failure.row] = _failure(given.failure)
                    rest = chunk[len(texts) + 1 :]
                    found |= dict.fromkeys(rest, "not asked: an earlier bar failed")
    return found


def _failure(failure: Failure) -> str:
    return f"failed: {failure.error}"

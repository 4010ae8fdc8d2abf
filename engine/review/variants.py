"""Parity beyond windows: random supersets of the candidates, and replays in chunks.

A candidate too many, or a replay that stops and goes on, must change nothing. In one process, since
candidate files vouch for exactly what a screen found.
"""

from collections.abc import Sequence

import numpy as np

from engine.experiment import Market, Span, visit
from engine.kernel import Ints
from engine.prescreen.windows import Windows, around
from engine.replay.loop import Replay
from engine.review.divergence import replay_divergence, same_replay
from engine.review.parity import Comparison

Draw = np.random.Generator
WIDEST = 9  # bars on each side of a member of a superset


def compare_variants(
    market: Market, candidates: Ints, full: Replay, draw: Draw, count: int
) -> list[Comparison]:
    """`count` random supersets, and as many focused replays in chunks, against a full replay."""
    found = []
    for _ in range(count):
        windows, label = superset(candidates, market.span, draw)
        found.append(compared(label, market, full, visit(market, windows)))
    narrow = around(candidates, 0, *market.span)
    for _ in range(count):
        cuts = random_cuts(market.span, draw)
        label = f"in {len(cuts) + 1} chunks"
        found.append(compared(label, market, full, visit(market, narrow, cuts)))
    return found


def superset(candidates: Ints, span: Span, draw: Draw) -> tuple[Windows, str]:
    """Windows around the candidates and up to a tenth of all other bars, and its description."""
    size = span[1] - span[0]
    extra = draw.integers(*span, int(draw.integers(1, max(size // 10, 2))))
    rows, width = np.union1d(candidates, extra), int(draw.integers(WIDEST + 1))
    more = rows.size - candidates.size
    return around(rows, width, *span), f"+{more:,} bars, window {width}"


def random_cuts(span: Span, draw: Draw) -> Sequence[int]:
    """Up to nine ascending rows inside the range."""
    rows: list[int] = np.unique(draw.integers(span[0], span[1], int(draw.integers(1, 10)))).tolist()
    return rows


def compared(label: str, market: Market, full: Replay, other: Replay) -> Comparison:
    visited = int((other.codes != 0).sum())
    same = same_replay(full, other)
    where = None if same else replay_divergence(full, other, market.rows.bars)
    return Comparison(label, visited, other.codes.size - visited, same, where)

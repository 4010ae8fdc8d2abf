"""Parity beyond windows: random supersets of the candidates, and replays in chunks.

A candidate too many, or a replay that stops and goes on, must change nothing. In one process, since
candidate files vouch for exactly what a screen found.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from engine.bars.series import Bars
from engine.experiment import candidates_of, windows_around
from engine.kernel import Ints
from engine.plugins.visit import visit, visit_together
from engine.portfolio import candidate_file
from engine.prescreen.windows import Windows, around, whole
from engine.replay.codes import code_names
from engine.replay.loop import Replay
from engine.replay.market import Market, Span, clock_of, prepare
from engine.replay.settings import Settings
from engine.review.parity.check import Comparison, Parity, judged, window_bars
from engine.review.parity.divergence import cause_lines, replay_divergence, same_replay

Draw = np.random.Generator
WIDEST = 9  # bars on each side of a member of a superset


def with_variants(
    found: Parity,
    loaded: Sequence[tuple[Settings, Bars]],
    dates: tuple[str | None, str | None],
    path: Path | None,
    count: int,
    seed: int,
) -> Parity:
    """A finished comparison with `count` supersets and chunked replays more, and, where it found a
    difference, what both sides knew there. Of several assets, supersets alone.
    """
    markets = [prepare(own, bars, *dates) for own, bars in loaded]
    draw = np.random.default_rng(seed)
    if len(markets) > 1:
        more = compare_together(markets, path, draw, count)
        return judged_with(found, [*found.comparisons, *more])
    market = markets[0]
    candidates = candidates_of(market, path).bar
    full = visit(market, None)
    more = compare_variants(market, candidates, full, draw, count)
    return judged_with(found, list(explained([*found.comparisons, *more], market, candidates)))


def judged_with(found: Parity, comparisons: Sequence[Comparison]) -> Parity:
    return judged(found.bars, found.candidates, found.entries, found.kinds, comparisons)


def compare_variants(
    market: Market, candidates: Ints, full: Replay, draw: Draw, count: int
) -> list[Comparison]:
    """`count` random supersets, and as many focused replays in chunks, against a full replay."""
    found = []
    for _ in range(count):
        windows, label = superset(candidates, market.span, draw)
        found.append(compared(label, market, full, visit(market, windows)))
    if market.rows.limits:
        return found  # scores that are asked for are replayed in one piece
    narrow = around(candidates, 0, *market.span)
    for _ in range(count):
        cuts = random_cuts(market.span, draw)
        label = f"0 in {len(cuts) + 1} chunks"
        found.append(compared(label, market, full, visit(market, narrow, cuts)))
    return found


def superset(candidates: Ints, span: Span, draw: Draw) -> tuple[Windows, str]:
    """Windows around the candidates and up to a tenth of all other bars, and its description."""
    size = span[1] - span[0]
    extra = draw.integers(*span, int(draw.integers(1, max(size // 10, 2))))
    rows, width = np.union1d(candidates, extra), int(draw.integers(WIDEST + 1))
    more = rows.size - candidates.size
    return around(rows, width, *span), f"{width} around {more:,} bars more"


def random_cuts(span: Span, draw: Draw) -> Sequence[int]:
    """Up to nine ascending rows inside the range."""
    rows: list[int] = np.unique(draw.integers(span[0], span[1], int(draw.integers(1, 10)))).tolist()
    return rows


def compared(label: str, market: Market, full: Replay, other: Replay) -> Comparison:
    visited = int((other.codes != 0).sum())
    same = same_replay(full, other)
    where = (
        None
        if same
        else replay_divergence(full, other, market.rows.bars, code_names(market.settings))
    )
    return Comparison(label, visited, other.codes.size - visited, same, where)


def compare_together(
    markets: Sequence[Market], path: Path | None, draw: Draw, count: int
) -> list[Comparison]:
    """`count` random supersets of the stamps in windows, against the full replay of a portfolio."""
    clock = clock_of(markets)
    files = [candidates_of(each, candidate_file(path, each)) for each in markets]
    narrow = [windows_around(*pair) for pair in zip(files, markets, strict=True)]
    stamps = np.flatnonzero(clock.focus(clock.union(narrow)))
    full = visit_together(markets, clock, None)
    found = []
    for _ in range(count):
        windows, label = superset(stamps, (0, clock.open_time.size), draw)
        other = visit_together(markets, clock, windows)
        each = [compared(label, *three) for three in zip(markets, full.own, other.own, strict=True)]
        same = all(one.identical for one in each) and (
            full.events.tobytes() == other.events.tobytes()
        )
        where = next((one.divergence for one in each if one.divergence is not None), None)
        visited, skipped = sum(one.visited for one in each), sum(one.skipped for one in each)
        found.append(Comparison(label, visited, skipped, same, where))
    return found


def explained(
    comparisons: Sequence[Comparison], market: Market, candidates: Ints
) -> Iterator[Comparison]:
    """Each comparison; beside a divergence of plain windows, both sides' state and input."""
    for each in comparisons:
        if each.divergence is None or not (each.window.isdecimal() or each.window == "all"):
            yield each
            continue
        focused = around(candidates, window_bars(each.window), *market.span)
        bar = each.divergence.bar
        lines = cause_lines(market, whole(*market.span), focused, candidates, bar)
        yield each.because(lines)

"""Parity of random legal markets and settings, and how much of what can go wrong they contain.

A case counts when its full replay has an entry. Each is replayed in full, around its candidates
with a random window, around a random superset of them, and in chunks.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.bars.series import Bars
from engine.errors import BarsieveError
from engine.plugins.visit import visit
from engine.prescreen.screen import screen
from engine.prescreen.windows import around
from engine.replay.loop import Replay
from engine.replay.market import Market, prepare
from engine.replay.records import (
    FILL,
    FLIP,
    PARTIAL,
    PARTIAL_GAP,
    STOP_GAP,
    TARGET_GAP,
)  # fmt: skip
from engine.replay.settings import Settings
from engine.review.parity.check import Comparison, Verdict
from engine.review.parity.fuzz_settings import random_settings
from engine.review.parity.markets import MARKETS
from engine.review.parity.variants import compare_variants, compared

LEAST, MOST = 700, 1_100  # bars of a market
WIDTHS = (0, 0, 3, 6, 48)
TRIES = 20  # cases drawn for each that counts, before the settings are to blame
KINDS = ("gap-filled", "partial", "flipped", "both touched")
LEAST_SHARE = 0.05  # of the cases, for each kind


@dataclass(frozen=True)
class Fuzz:
    """cases: those with an entry; drawn: all. kinds: cases with at least one of each kind.
    failures: descriptions of those that differ, by seed.
    """

    cases: int
    drawn: int
    entries: int
    skipped: int
    kinds: dict[str, int]
    failures: dict[int, list[str]]

    @property
    def verdict(self) -> Verdict:
        if self.failures:
            return "different"
        scarce = any(self.kinds[kind] < LEAST_SHARE * self.cases for kind in KINDS)
        return "inconclusive" if scarce or not self.skipped else "identical"

    def as_dict(self) -> dict[str, Any]:
        failures = {str(seed): lines for seed, lines in self.failures.items()}
        return {"verdict": self.verdict, **vars(self), "failures": failures}


def run_fuzz(cases: int, seed: int, progress: Callable[[str], None]) -> Fuzz:
    """Draw from `seed` on until `cases` of them have an entry.

    Raises BarsieveError when hardly a case has one.
    """
    kinds, failures = Counter[str](), dict[int, list[str]]()
    counted = entries = skipped = drawn = 0
    while counted < cases:
        if drawn >= TRIES * cases + TRIES:
            raise BarsieveError(f"of {drawn:,} random cases only {counted:,} had an entry")
        market, full, found = random_case(seed + drawn)
        drawn += 1
        if not full.events.size:
            continue
        counted += 1
        happened = kinds_of(full)
        kinds.update(happened)
        entries += positions(full)
        skipped += sum(each.skipped for each in found)
        differ = [each for each in found if not each.identical]
        if differ:
            failures[seed + drawn - 1] = failure_lines(market, differ)
        if counted % max(cases // 10, 1) == 0:
            progress(f"{counted:,} of {cases:,} cases, {len(failures)} different")
    return Fuzz(counted, drawn, entries, skipped, {k: kinds[k] for k in KINDS}, failures)


def random_case(seed: int) -> tuple[Market, Replay, list[Comparison]]:
    """A random market under random settings, its full replay, and the others against it."""
    draw = np.random.default_rng(seed)
    settings, bars = random_setup(seed, draw)
    market = prepare(settings, bars, None, None)
    full = visit(market, None)
    if not full.events.size:
        return market, full, []
    found = screen(market.rows, settings, *market.span).candidates.bar
    width = WIDTHS[draw.integers(len(WIDTHS))]
    focused = visit(market, around(found, width, *market.span))
    first = compared(f"window {width}", market, full, focused)
    return market, full, [first, *compare_variants(market, found, full, draw, 1)]


def random_setup(seed: int, draw: np.random.Generator) -> tuple[Settings, Bars]:
    name = list(MARKETS)[draw.integers(len(MARKETS))]
    bars = MARKETS[name](seed, int(draw.integers(LEAST, MOST)))
    return random_settings(draw, float(bars.close[0])), bars


def kinds_of(full: Replay) -> set[str]:
    """Which of KINDS a replay contains."""
    reasons = set(full.events["reason"].tolist())
    words = {
        "gap-filled": bool(reasons & {STOP_GAP, TARGET_GAP, PARTIAL_GAP}),
        "partial": bool(reasons & {PARTIAL, PARTIAL_GAP}),
        "flipped": FLIP in reasons,
        "both touched": full.both_touched > 0,
    }
    return {word for word, happened in words.items() if happened}


def positions(full: Replay) -> int:
    fills = full.events[full.events["kind"] == FILL]
    return int((fills["stop_distance"] > 0).sum())


def failure_lines(market: Market, differ: list[Comparison]) -> list[str]:
    lines = [f"{market.rows.bars.size} bars, settings {market.settings.model_dump_json()}"]
    for each in differ:
        lines.append(f"{each.window}: DIFFERENT")
        lines += each.divergence.lines() if each.divergence is not None else []
    return lines


def fuzz_lines(found: Fuzz) -> list[str]:
    """Counts, shares of each kind, and every case that differs with its seed."""
    lines = [
        f"{found.cases:,} cases with an entry of {found.drawn:,} drawn, {found.entries:,} "
        f"positions, {found.skipped:,} bars skipped",
        "Cases with: " + ", ".join(f"{k} {found.kinds[k] / found.cases:.1%}" for k in KINDS),
    ]
    for seed, said in found.failures.items():
        lines += [f"seed {seed}: {said[0]}", *(f"  {line}" for line in said[1:])]
    scarce = f"a kind occurs in less than {LEAST_SHARE:.0%} of the cases"
    reason = {
        "identical": "full, focused, superset and chunked replays are the same bytes",
        "different": f"{len(found.failures):,} cases differ",
        "inconclusive": scarce if found.skipped else "no replay skipped a bar",
    }[found.verdict]
    return [*lines, f"Verdict: {found.verdict} ({reason})"]

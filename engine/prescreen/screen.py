"""The screen: every bar once, without lookahead, to the bars at which the strategy could enter.

rows → bound per side → may_enter → (policy) → candidates in range, with their reasons
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.kernel import Codes, Floats, Ints
from engine.prescreen.bound import bounds
from engine.prescreen.box import NO_BOX, Box
from engine.prescreen.rows import Rows
from engine.prescreen.sentinels import Sentinel
from engine.prescreen.settings import ScreenSettings

SIDE_NAMES = {LONG_BIT: "long", SHORT_BIT: "short", LONG_BIT | SHORT_BIT: "both"}


@dataclass(frozen=True)
class Candidates:
    """m candidates in row order. bar: int64[m], the row in the data file. sides: uint8[m] of side
    bits. bound_long, bound_short: float64[m] in [0, 1]. reasons: sentinel names, or `proto`.
    """

    bar: Ints
    sides: Codes
    bound_long: Floats
    bound_short: Floats
    reasons: tuple[str, ...]

    @property
    def size(self) -> int:
        return self.bar.size

    @property
    def score(self) -> Floats:
        """float64[m]: the larger bound."""
        return np.maximum(self.bound_long, self.bound_short)


@dataclass(frozen=True)
class Screen:
    """Arrays over every row of the file, and the candidates of rows first … stop − 1."""

    bound_long: Floats
    bound_short: Floats
    may_enter: Codes
    candidates: Candidates
    sentinel_counts: dict[str, int]


def screen(
    rows: Rows, settings: ScreenSettings, first: int, stop: int, box: Box = NO_BOX
) -> Screen:
    """Screen the bars of a row table for every point of the box around `settings`."""
    bars = rows.bars
    long, short, may = bounds(rows.table, settings, bars.has_volume, box, rows.limits)
    sentinels = settings.sentinels_of(bars.has_volume)
    fired = rows.fired
    sides = may
    if settings.batch_mode.policy == "sentinel":
        sides = sentinel_policy(rows, settings, long, short, fired)
    chosen = np.flatnonzero(sides[first:stop]) + first
    candidates = Candidates(
        bar=chosen,
        sides=sides[chosen],
        bound_long=long[chosen],
        bound_short=short[chosen],
        reasons=reasons(fired[chosen], sentinels),
    )
    counts = {
        sentinel.name: int(((fired[chosen] >> k) & 1).sum()) for k, sentinel in enumerate(sentinels)
    }
    return Screen(long, short, may, candidates, counts)


def sentinel_policy(
    rows: Rows, settings: ScreenSettings, long: Floats, short: Floats, fired: Ints
) -> Codes:
    """uint8[n] of side bits under the lossy heuristic: an event, a score, a trend and a side."""
    mode = settings.batch_mode
    proto = np.maximum(long, short)
    chosen = (fired != 0) & (proto >= mode.min_fusion_score) & (proto > 0)
    chosen &= rows.columns["adx_wilder_14"] >= mode.min_adx
    side = np.where(long >= short, LONG_BIT, SHORT_BIT).astype(np.uint8)
    return chosen.view(np.uint8) * side


def reasons(fired: Ints, sentinels: Sequence[Sentinel]) -> tuple[str, ...]:
    """Names of the sentinels that fired, joined by commas, or `proto`."""
    words = {
        bits: ",".join(s.name for k, s in enumerate(sentinels) if bits >> k & 1) or "proto"
        for bits in np.unique(fired).tolist()
    }
    return tuple(words[bits] for bits in fired.tolist())

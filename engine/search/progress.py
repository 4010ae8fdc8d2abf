"""Progress lines: how many are done, how long the rest may take, and the best so far."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from engine.kernel import Floats

if TYPE_CHECKING:
    from engine.search.terminal import Bar

Report = Callable[[int, int, float, Floats], None]  # done, all, seconds, scores of a block


def silent(done: int, total: int, elapsed: float, scores: Floats) -> None:
    """Nobody wants to know."""


DAY, HOUR, MINUTE = 86_400, 3_600, 60


def duration(seconds: float) -> str:
    """`45s`, `1m 45s`, `2h 02m`, `1d 3h`."""
    whole = max(round(seconds), 0)
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE}m {whole % MINUTE}s"
    if whole < DAY:
        return f"{whole // HOUR}h {whole % HOUR // MINUTE:02}m"
    return f"{whole // DAY}d {whole % DAY // HOUR}h"


def progress_line(done: int, total: int, elapsed: float, best: float | None, eta: bool) -> str:
    """`Progress: 50/1,152 | 2h 30m remaining | best: 0.032892`, parts that are not known left out.

    The rest is expected to go on at the rate so far.
    """
    parts = [f"Progress: {done:,}/{total:,}"]
    if eta and done:
        parts.append(f"{duration(elapsed / done * (total - done))} remaining")
    if best is not None:
        parts.append(f"best: {best:.6f}")
    return " | ".join(parts)


class Best:
    """The best score so far, None until there is one; it never gets worse."""

    def __init__(self) -> None:
        self.score: float | None = None

    def of(self, scores: Floats) -> float | None:
        """The best with float64[p] scores taken in, of which NaN is none."""
        known = scores[~np.isnan(scores)]
        if known.size:
            self.score = max(float(known.max()), -inf if self.score is None else self.score)
        return self.score


class Progress:
    """Says a line every so many points, and a last one."""

    def __init__(self, every: int, eta: bool, say: Callable[[str], None]) -> None:
        self.every, self.eta, self.say = every, eta, say
        self.next = every
        self.best = Best()

    def __call__(self, done: int, total: int, elapsed: float, scores: Floats) -> None:
        best = self.best.of(scores)
        if done >= self.next or done == total:
            self.say(progress_line(done, total, elapsed, best, self.eta))
            self.next = done - done % self.every + self.every


def every_refined(every: int, total: int) -> int:
    """From line to line of a second stage of so many points, which is short: a fifth of them."""
    return min(every, max(1, total // 5))


@contextmanager
def shown(
    every: int, eta: bool, say: Callable[[str], None], terminal: bool
) -> Iterator["Progress | Bar"]:
    """What is told of each block: a bar on a terminal, else lines."""
    if not terminal:
        yield Progress(every, eta, say)
        return
    from engine.search.terminal import Bar

    with Bar(eta) as bar:
        yield bar

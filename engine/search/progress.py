"""Progress lines: how many are done, how long the rest may take, and the best so far."""

from collections.abc import Callable
from math import inf

from engine.kernel import Floats

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


class Progress:
    """Says a line every so many points, and a last one."""

    def __init__(self, every: int, eta: bool, say: Callable[[str], None]) -> None:
        self.every, self.eta, self.say = every, eta, say
        self.next = every
        self.best: float | None = None

    def __call__(self, done: int, total: int, elapsed: float, scores: Floats) -> None:
        if scores.size:
            self.best = max(float(scores.max()), -inf if self.best is None else self.best)
        if done >= self.next or done == total:
            self.say(progress_line(done, total, elapsed, self.best, self.eta))
            self.next = done - done % self.every + self.every

"""Comparisons of computed numbers, and what happens when two of them are as good as equal.

Two sides that were computed in another order of additions may differ in the last bits. Within a
relative margin of 1e-9 a comparison is a tie: it is counted, and a replay may give it the other
answer when that, and nothing else, makes the bar what the engine says. Comparisons of numbers that
both programs are given (columns, prices, settings) are exact and do not come here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

MARGIN = 1e-9


@dataclass
class Judge:
    """comparisons, ties: how many so far. overruled: ties that were decided the engine's way.

    flipped: which ties of the present stamp, by their order, get the other answer. profit_of: the
    raw profit that the engine reports of (asset, position), for ties that only later bars show.
    """

    comparisons: int = 0
    ties: int = 0
    overruled: int = 0
    flipped: frozenset[int] = frozenset()
    met: int = 0  # ties at the present stamp
    kinds: dict[str, int] = field(default_factory=dict)
    profit_of: Callable[[int, int], float | None] = lambda asset, position: None

    def begin(self, flipped: frozenset[int] = frozenset()) -> None:
        """A stamp is judged, or judged again with some ties the other way."""
        self.flipped, self.met = flipped, 0

    def at_least(self, left: float, right: float, what: str, scale: float = 0.0) -> bool:
        """Left >= right; scale: what the sides were computed from, where they nearly cancel."""
        return self._answer(left >= right, left, right, what, scale)

    def above(self, left: float, right: float, what: str, scale: float = 0.0) -> bool:
        """Left > right."""
        return self._answer(left > right, left, right, what, scale)

    def _answer(self, own: bool, left: float, right: float, what: str, scale: float) -> bool:
        self.comparisons += 1
        size = max(abs(left), abs(right), scale)
        if size == inf or not abs(left - right) < MARGIN * size:
            return own
        self.ties += 1
        self.kinds[what] = self.kinds.get(what, 0) + 1
        place, self.met = self.met, self.met + 1
        return own != (place in self.flipped)

    def sign_of_profit(self, profit: float, scale: float, asset: int, position: int) -> int:
        """+1, 0 or −1. A tie is shown by later entries only, so the engine is asked at once."""
        self.comparisons += 1
        if abs(profit) < MARGIN * scale:
            self.ties += 1
            self.kinds["raw profit"] = self.kinds.get("raw profit", 0) + 1
            theirs = self.profit_of(asset, position)
            if theirs is not None and abs(theirs) < MARGIN * scale:
                self.overruled += (theirs > 0) - (theirs < 0) != (profit > 0) - (profit < 0)
                profit = theirs
        return (profit > 0) - (profit < 0)

"""Where a replay has to stop and ask: scores that are judged one bar at a time."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from engine.fusion.fuse import LONG_BIT, SHORT_BIT, side_bit
from engine.kernel import Codes, Record, inlined, typed
from engine.replay.decide import is_cooling
from engine.replay.records import NO_REASON

# The joints of the step, in order.
OPEN, MANAGE, JUDGE, DECIDE, CLOSE = typed(*range(5))
HELD = 4  # in `ask`: also while a position is held, by the exits that read the score


@inlined
def asks(phase: int, i: int, ask: int, state: Record, params: Record) -> bool:
    """Whether the coming turn reads the score: of a side that could act, or to judge what is held.

    The rule of `decide` up to the score, so that nobody is asked in vain.
    """
    if phase == JUDGE:
        return ask & HELD != 0 and state["side"] != 0
    if phase != DECIDE or state["exit_reason"] != NO_REASON:
        return False
    if state["side"] != 0:
        return ask & side_bit(-state["side"]) != 0
    full = state["others_positions"] >= params["max_positions"]
    return ask & (LONG_BIT | SHORT_BIT) != 0 and not is_cooling(i, state) and not full


class Asking(Protocol):
    """Who answers for scores that are not known as columns."""

    @property
    def ask(self) -> Sequence[Codes]:
        """uint8[n] for each asset: bits of the sides to ask for at each row, and HELD."""

    def answer(self, asset: int, row: int) -> Mapping[int, float]:
        """The scores of a row, by their place among the domains."""

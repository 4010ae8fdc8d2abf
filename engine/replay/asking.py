"""Where a replay has to stop and ask: scores that are judged one bar at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.fusion.fuse import LONG_BIT, SHORT_BIT, side_bit
from engine.kernel import Codes, Record, inlined, typed
from engine.replay.decide import is_cooling
from engine.replay.records import NO_REASON

# The joints of the step, in order.
OPEN, MANAGE, JUDGE, DECIDE, CLOSE = typed(*range(5))
# In `ask`, beside the bits of the sides: also while a position is held, by the exits that read the
# score; and at every bar that is visited, since who answers decides all by itself.
HELD, ALWAYS = 4, 8


@inlined
def asks(phase: int, i: int, ask: int, state: Record, params: Record) -> bool:
    """Whether the coming turn reads the score: of a side that could act, or to judge what is held.

    The rule of `decide` up to the score, so that nobody is asked in vain.
    """
    if phase == JUDGE:
        return ask & (HELD | ALWAYS) != 0 and state["side"] != 0
    if phase != DECIDE or state["exit_reason"] != NO_REASON:
        return False
    if ask & ALWAYS != 0:
        return True
    if state["side"] != 0:
        return ask & side_bit(-state["side"]) != 0
    full = state["others_positions"] >= params["max_positions"]
    return ask & (LONG_BIT | SHORT_BIT) != 0 and not is_cooling(i, state) and not full


@dataclass(frozen=True)
class Answer:
    """scores: by their place among the domains. fields: others of the row, by name."""

    scores: Mapping[int, float]
    fields: Mapping[str, float] = field(default_factory=dict)


class Asking(Protocol):
    """Who answers for scores that are not known as columns."""

    @property
    def ask(self) -> Sequence[Codes]:
        """uint8[n] for each asset: bits of the sides to ask for at each row, and HELD."""

    def answer(self, asset: int, row: int, state: Record) -> Answer:
        """What is decided at a row, when the account is as in `state`."""

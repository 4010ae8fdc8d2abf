"""What a replay of several assets walks over: their rows in one table, and who is where when."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.kernel import Codes, Table
from engine.prescreen.windows import Mask, Windows
from engine.replay.clock import Clock

# An asset at a stamp.
PLACE = np.dtype(
    [
        ("row", np.int64),  # in its own table, NO_ROW where it has no bar
        ("at", np.int64),  # in the table of all
        ("is_last", np.uint8),
        ("within", np.uint8),  # whether it decides there while it holds and orders nothing
        ("ask", np.uint8),  # whether a dear score is asked for: bits of the sides and HELD
        ("known", np.uint8),  # whether it has been answered
    ],
    align=True,
)


class Ground(NamedTuple):
    """What is replayed. table: ROW[n], those of all assets, one asset after the other; places:
    PLACE[s, a]; focus: bool[s], stamps to visit. Kernels are handed the arrays one by one: as
    fields of a tuple they cost a sweep half its time more.
    """

    table: Table
    places: Table
    focus: Mask


def joined(
    tables: Sequence[Table], clock: Clock, windows: Windows, ask: Sequence[Codes] | None = None
) -> Ground:
    """The ground of a replay; its table is a copy, into which answers are written."""
    table = np.concatenate(tables)
    offsets = np.cumsum([0, *(each.size for each in tables)])
    places = np.zeros(clock.rows.shape, dtype=PLACE)
    places["row"] = clock.rows
    places["at"] = clock.rows + offsets[:-1]
    places["is_last"] = places["at"] + 1 == offsets[1:]
    places["within"] = 1
    places["known"] = ask is None
    if ask is not None:
        places["ask"] = np.concatenate(ask)[places["at"]]
    return Ground(table, places, clock.focus(windows))

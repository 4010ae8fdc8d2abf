"""The record of a pattern stream: births and deaths that never change, and one vote a bar.

A row of the stream is written when something becomes known: a birth at the bar at which the pattern
may first be used, a death at the bar that ends it. No row ever changes, and a birth does not hold
its own death, so nothing that is read at bar i can know a later bar.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.kernel import Floats, Ints, Table, typed
from engine.settings import Section

# Why a pattern's row was written.
BIRTH, VIOLATED, AGED, CROWDED_OUT, ENDED = typed(*range(5))
WHY_NAMES = ("birth", "violated", "aged", "crowded_out", "ended")

STREAM = np.dtype(
    [
        ("row", np.int64),  # the bar at which this became known
        ("id", np.int64),  # counts births from 1; a death carries the id of its birth
        ("low", np.float64),
        ("high", np.float64),
        ("strength", np.float64),  # in [0, 1], fixed at birth
        ("why", np.uint8),  # BIRTH, or how it died
        ("kind", np.uint8),  # index into the pattern's kinds
        ("side", np.int8),  # +1 long, −1 short
        ("reserved", np.uint8, (5,)),
    ]
)
Inputs = tuple[Floats, ...]
NO_STREAM = np.zeros(0, dtype=STREAM)  # given to a kernel when only the votes are wanted


@dataclass(frozen=True)
class Pattern:
    """One kind of pattern on the bars of one timeframe, and its vote: float64[n] in [−1, 1].

    kernel(columns, rules, states, stream, out): the vote of row i from rows <= i of its columns,
    NaN while a number it needs is NaN. rules: a table of one record, the values of `settings`
    and what is fixed, as floats by their names.
    states: zeros of `state`[sets] before the first row, left as the next chunk of rows needs them.
    stream: STREAM[k], filled from its beginning until it is full; the rows are counted in
    states[0]["zones"]["written"] either way. Mirrored bars give the negated vote.
    """

    name: str
    inputs: tuple[str, ...]
    kinds: tuple[str, ...]
    settings: type[Section]
    kernel: Callable[..., None]
    state: np.dtype[np.void]
    sets: int = 1
    fixed: tuple[tuple[str, float], ...] = ()  # where several patterns share a kernel


def rules_of(pattern: Pattern, settings: Section) -> Table:
    """The settings as the kernel reads them: one record, a float64 by each name."""
    values = dict(pattern.fixed) | settings.model_dump()
    rules = np.zeros(1, dtype=[(name, np.float64) for name in values])
    for name, value in values.items():
        rules[name] = value
    rules.flags.writeable = False
    return rules


def run_pattern(
    pattern: Pattern,
    inputs: Sequence[Floats | Ints],
    settings: Section,
    states: Table | None = None,
    stream: Table = NO_STREAM,
) -> Floats:
    """The votes for these rows, read-only; `states` is carried on when given."""
    out = np.empty(inputs[0].size)
    carried = np.zeros(pattern.sets, dtype=pattern.state) if states is None else states
    pattern.kernel(tuple(inputs), rules_of(pattern, settings), carried, stream, out)
    out.flags.writeable = False
    return out


def active(stream: Table, row: int) -> Table:
    """The births that live at `row`: born at or before it, and not dead by then, oldest first."""
    known = stream[stream["row"] <= row]
    dead = known["id"][known["why"] != BIRTH]
    births = known[known["why"] == BIRTH]
    return births[~np.isin(births["id"], dead)]

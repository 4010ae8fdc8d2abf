"""The words for decision codes: the gates' and the step's."""

from collections.abc import Mapping

import numpy as np

from engine.kernel import Codes, Table
from engine.prescreen.gates import GATES, OUTSIDE_WINDOW
from engine.prescreen.settings import ScreenSettings
from engine.prescreen.windows import Windows, inside
from engine.replay.records import STEP_CODES

CODE_NAMES: dict[int, str] = {
    **{gate.code: gate.name for gate in GATES},
    OUTSIDE_WINDOW: "outside_window",
    **STEP_CODES,
}


def code_names(settings: ScreenSettings) -> Mapping[int, str]:
    """The words of a run, gates of plug-ins included."""
    return CODE_NAMES | {gate.code: gate.name for gate in settings.gates.catalogue}


def code_counts(codes: Codes, names: Mapping[int, str] = CODE_NAMES) -> dict[str, int]:
    """How often each decision code was given, most frequent first; skipped bars are left out."""
    values, counts = np.unique(codes[codes != 0], return_counts=True)
    pairs = zip((names[value] for value in values.tolist()), counts.tolist(), strict=True)
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def shut_outside(table: Table, windows: Windows) -> Table:
    """A copy of the row table on which no side may be entered outside the windows.

    For the lossy policy `sentinel`: positions are managed everywhere, entered only inside.
    """
    shut = ~inside(windows, table.size)
    copy = table.copy()
    for gate in ("gate_long", "gate_short"):
        copy[gate][shut & (copy[gate] == 0)] = OUTSIDE_WINDOW
    copy.flags.writeable = False
    return copy

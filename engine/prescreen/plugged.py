"""The seam for plug-ins: what they read beside the catalogues, and what they say of each row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.bars.series import Bars
from engine.features.columns import Columns
from engine.kernel import Codes, Floats


@dataclass(frozen=True)
class Said:
    """What plug-ins say of all rows. scores: float64[n] by the place of the domain. fields: of the
    row, by name: exits, and where a strategy names them, stop levels and targets.
    """

    scores: Mapping[int, Floats] = field(default_factory=dict)
    fields: Mapping[str, Floats | Codes] = field(default_factory=dict)


def say_nothing(bars: Bars, columns: Columns, settings: Any) -> Said:
    return Said()


def reads_nothing(settings: Any) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Plugged:
    """reads(settings): names of further columns, which the warm-up waits for. says(bars, columns,
    settings): own scores, exits, stop levels and targets, row i from rows <= i. strategies: those
    that are a class with on_bar. source: fingerprint of the files' text, empty without plug-ins.
    """

    reads: Callable[[Any], tuple[str, ...]] = reads_nothing
    says: Callable[[Bars, Columns, Any], Said] = say_nothing
    strategies: tuple[Any, ...] = ()
    source: str = ""


NOTHING_PLUGGED = Plugged()

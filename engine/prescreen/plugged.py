"""The seam for plug-ins: what they read beside the catalogues, and what they write into rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.bars.series import Bars
from engine.features.columns import Columns
from engine.kernel import Table


def write_nothing(table: Table, bars: Bars, columns: Columns, settings: Any) -> None:
    """Without plug-ins the row is complete."""


def reads_nothing(settings: Any) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Plugged:
    """reads(settings): names of further columns, which the warm-up waits for. write(table, bars,
    columns, settings): fills own scores, exits, stop levels and targets, row i from rows <= i.
    strategies: those that are a class with on_bar. source: fingerprint of the files' text, empty
    without plug-ins.
    """

    reads: Callable[[Any], tuple[str, ...]] = reads_nothing
    write: Callable[[Table, Bars, Columns, Any], None] = write_nothing
    strategies: tuple[Any, ...] = ()
    source: str = ""


NOTHING_PLUGGED = Plugged()

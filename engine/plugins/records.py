"""What a plug-in may add. Each is one record with one function; names must be new."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.bars.series import Bars
from engine.features.feature import Feature
from engine.fusion.domain import Domain
from engine.kernel import Floats
from engine.prescreen.sentinels import Sentinel
from engine.settings import Section

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
Sides = tuple[Mask, Mask]  # long, short


@dataclass(frozen=True)
class OwnGate:
    """shut(bars, columns, settings) gives two bool[n]: where long, where short may not be entered.

    It is off until the configuration has `gates.NAME`, `{}` for its defaults. columns: what it
    reads, in the order it gets them.
    """

    name: str
    shut: Callable[[Bars, Sequence[Floats], Any], Sides]
    columns: tuple[str, ...] = ()
    settings: type[Section] = Section


@dataclass(frozen=True)
class OwnExit:
    """leave(bars, columns, settings) gives two bool[n]: at whose close a long, a short is left.

    It is off until the configuration has `exits.NAME`, `{}` for its defaults.
    """

    name: str
    leave: Callable[[Bars, Sequence[Floats], Any], Sides]
    columns: tuple[str, ...] = ()
    settings: type[Section] = Section


@dataclass(frozen=True)
class Signals:
    """A whole strategy: signals(bars, columns, settings) gives arrays by name, each of n rows.

    `enter_long, enter_short, exit_long, exit_short`: bool, any subset; or `signal`: a number whose
    sign is the side to be in. An exit comes before an entry: where both stand, the position is left
    and the other side waits for a later bar; an entry alone turns it round. `stop_distance,
    target_distance`: price units >= 0, NaN and 0 where the configuration decides. columns: a
    mapping of those named in `columns`. names_stop: whether it gives `stop_distance`.
    """

    name: str
    signals: Callable[[Bars, Mapping[str, Floats], Any], Mapping[str, Any]]
    columns: tuple[str, ...] = ()
    settings: type[Section] = Section
    names_stop: bool = False


@dataclass(frozen=True)
class BarStrategy:
    """A whole strategy as a class: strategy(settings).on_bar(context) is called at every bar, and
    returns `'long'`, `'short'`, `'leave'`, an Order, or None for no change.

    It may remember what it saw, so every bar is replayed; unless may_act(bars, columns, settings)
    gives bool[n], the bars at which a flat account could enter, and it remembers nothing while it
    is flat. names_stop: whether its orders have a stop.
    """

    name: str
    strategy: Callable[[Any], Any]
    columns: tuple[str, ...] = ()
    settings: type[Section] = Section
    may_act: Callable[[Bars, Mapping[str, Floats], Any], Any] | None = None
    names_stop: bool = False


Record = Feature | Sentinel | Domain | OwnGate | OwnExit | Signals | BarStrategy
IMPORTED: dict[type[object], str] = {
    OwnGate: "Gate",
    OwnExit: "Exit",
}  # the names in barsieve.strategy


def kind_name(kind: type[object]) -> str:
    """The name under which a kind of record is imported."""
    return IMPORTED.get(kind, kind.__name__)


@dataclass(frozen=True)
class Plugins:
    """Everything that the files of one configuration add, in their order. source: fingerprint of
    the files' text.
    """

    features: tuple[Feature, ...] = ()
    sentinels: tuple[Sentinel, ...] = ()
    domains: tuple[Domain, ...] = ()
    gates: tuple[OwnGate, ...] = ()
    exits: tuple[OwnExit, ...] = ()
    signals: tuple[Signals, ...] = ()
    strategies: tuple[BarStrategy, ...] = ()
    source: str = ""

    def records(self) -> tuple[Record, ...]:
        """All of them, kind by kind."""
        return (
            *self.features, *self.sentinels, *self.domains, *self.gates, *self.exits,
            *self.signals, *self.strategies,
        )  # fmt: skip

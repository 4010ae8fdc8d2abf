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

    It is off until the configuration has `gates.NAME`, `{}` for its defaults. name: new among the
    gates. columns: names of those it reads, float64[n] each in that order, NaN in their warm-up.
    settings: a Section with its parameters.

    >>> from barsieve.strategy import Gate
    >>> def quiet(bars, columns, settings):
    ...     still = bars.volume < 1.0
    ...     return still, still
    >>> Gate("quiet", quiet).name
    'quiet'
    """

    name: str
    shut: Callable[[Bars, Sequence[Floats], Any], Sides]
    columns: tuple[str, ...] = ()
    settings: type[Section] = Section


@dataclass(frozen=True)
class OwnExit:
    """leave(bars, columns, settings) gives two bool[n]: at whose close a long, a short is left.

    It is off until the configuration has `exits.NAME`, `{}` for its defaults. name: new among the
    exits. columns, settings: as of a Gate.

    >>> from barsieve.strategy import Exit
    >>> def turned(bars, columns, settings):
    ...     (rsi,) = columns
    ...     return rsi > 80.0, rsi < 20.0
    >>> Exit("turned", turned, ("rsi_wilder_14",)).columns
    ('rsi_wilder_14',)
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
    target_distance`: price units >= 0, NaN and 0 where the configuration decides. name: that of its
    section, `domains.NAME`. columns: names of those it reads; it gets a mapping to float64[n], NaN
    in their warm-up. settings: a Section with its parameters. names_stop: whether it gives
    `stop_distance`.

    >>> import barsieve
    >>> from barsieve.strategy import Signals
    >>> def cross(bars, columns, settings):
    ...     fast, slow = columns["sma_20"], columns["sma_50"]
    ...     return {"enter_long": fast > slow, "enter_short": fast < slow}
    >>> own = Signals("cross", cross, ("sma_20", "sma_50"))
    >>> run = barsieve.run(barsieve.demo_bars(3_000), plugins=[own])
    >>> run.stats["trades"] > 0
    True
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
    is flat. name: that of its section, `domains.NAME`. columns: names of those that the context
    shows. settings: a Section with its parameters, handed to the class. names_stop: whether its
    orders have a stop.

    >>> import barsieve
    >>> from barsieve.strategy import BarStrategy
    >>> class Higher:
    ...     def __init__(self, settings):
    ...         pass
    ...     def on_bar(self, context):
    ...         return "long" if context.close[-1] > context.close[:24].max() else "leave"
    >>> own = BarStrategy("higher", Higher)
    >>> barsieve.run(barsieve.demo_bars(600), plugins=[own]).outcome.choice.mode
    'full'
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

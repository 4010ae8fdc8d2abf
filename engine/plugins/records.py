"""What a plug-in may add. Each is one record with one function; names must be new."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
    sign is the side to be in. `stop_distance, target_distance`: price units, NaN where the
    configuration decides. columns: a mapping of those named in `columns`. names_stop: whether it
    gives `stop_distance`.
    """

    name: str
    signals: Callable[[Bars, Mapping[str, Floats], Any], Mapping[str, Any]]
    columns: tuple[str, ...] = ()
    settings: type[Section] = Section
    names_stop: bool = False


Record = Feature | Sentinel | Domain | OwnGate | OwnExit | Signals


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
    signals: tuple[Signals, ...] = field(default=())
    source: str = ""

"""What a strategy file adds, applied by the referee itself: it reads the file, calls its functions
and keeps their answers as lists. Of the engine it takes the records, which are the file's format.
"""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from barsieve.strategy import (
    BarStrategy,
    DearDomain,
    Domain,
    Exit,
    Feature,
    Gate,
    Order,
    Sentinel,
    Signals,
)
from engine.bars.series import Bars

Columns = dict[str, list[float]]
PRICES = ("open", "high", "low", "close", "volume")
FLAT_ROW = -1
WAYS = {"long": 1, "short": -1}


@dataclass
class OwnRules:
    """Answers for n rows. scores: of cheap domains and of a strategy's entries. dear: what is asked
    bar by bar. shut: gates by name, in order, with a list for longs and one for shorts. left: exits
    likewise. fires: sentinels. stops, targets: distances, 0 where the configuration decides.
    strategy: one with `on_bar`, asked at each close. names_stop: where it gives none, ATR decides.
    limits: of dear scores, the lowest and the highest at each row.
    """

    scores: dict[str, list[float]] = field(default_factory=dict)
    dear: dict[str, Callable[[int], float]] = field(default_factory=dict)
    shut: dict[str, tuple[list[bool], list[bool]]] = field(default_factory=dict)
    left: list[tuple[list[bool], list[bool]]] = field(default_factory=list)
    fires: dict[str, list[bool]] = field(default_factory=dict)
    stops: list[float] = field(default_factory=list)
    targets: list[float] = field(default_factory=list)
    strategy: "Asked | None" = None
    names_stop: bool = False
    limits: dict[str, tuple[list[float], list[float]]] = field(default_factory=dict)


def records_of(settings: Any) -> list[Any]:
    """The records of every file that the configuration names, in their order."""
    kinds = (BarStrategy, DearDomain, Domain, Exit, Feature, Gate, Sentinel, Signals)
    found = []
    for number, path in enumerate(settings.plugins):
        spec = importlib.util.spec_from_file_location(f"refereed_{number}_{Path(path).stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found += [each for each in vars(module).values() if isinstance(each, kinds)]
    return found


def in_use(record: Any, settings: Any) -> bool:
    """Whether this configuration reads the record."""
    if isinstance(record, Feature):
        return False  # read through the records that name it
    if isinstance(record, Sentinel):
        return record.name in settings.batch_mode.sentinels
    if isinstance(record, Gate):
        return getattr(settings.gates, record.name) is not None
    if isinstance(record, Exit):
        return getattr(settings.exits, record.name) is not None
    return bool(getattr(settings.fusion.weights, record.name) > 0)


def read_columns(records: Sequence[Any], settings: Any) -> Iterator[str]:
    """The names of all columns that records in use read."""
    for record in records:
        if in_use(record, settings):
            yield from record.columns


def own_columns(records: Sequence[Any], bars: Bars, known: Columns) -> Columns:
    """The features of the file, from bars, known columns and each other."""
    found: Columns = {}
    for record in records:
        if not isinstance(record, Feature):
            continue
        out = np.empty(bars.size)
        inputs = [
            getattr(bars, name) if hasattr(bars, name) else np.array((known | found)[name])
            for name in record.inputs
        ]
        record.kernel(*inputs, *record.constants, out)
        found[record.name] = out.tolist()
    return found


def rules_of(records: Sequence[Any], settings: Any, bars: Bars, columns: Columns) -> OwnRules:
    """Every answer of the records in use."""
    out = OwnRules(stops=[0.0] * bars.size, targets=[0.0] * bars.size)
    for record in records:
        if in_use(record, settings):
            named = {name: np.array(columns[name]) for name in record.columns}
            ADDS[type(record)](out, record, settings, bars, named)
    return out


def add_domain(out: OwnRules, record: Any, settings: Any, bars: Bars, named: Any) -> None:
    own = getattr(settings.domains, record.name)
    out.scores[record.name] = np.asarray(record.score(list(named.values()), own)).tolist()


def add_dear(out: OwnRules, record: Any, settings: Any, bars: Bars, named: Any) -> None:
    own = getattr(settings.domains, record.name)
    known: dict[int, float] = {}

    def ask(i: int) -> float:
        if i not in known:
            known[i] = float(record.judge(Seen(i, bars, named), own))
        return known[i]

    out.dear[record.name] = ask
    if record.bound is None:
        bounds = [np.full(bars.size, each) for each in (record.low, record.high)]
    else:
        bounds = record.bound(bars, list(named.values()), own)
    lowest, highest = np.fmax(bounds[0], record.low), np.fmin(bounds[1], record.high)
    out.limits[record.name] = lowest.tolist(), highest.tolist()


def add_gate(out: OwnRules, record: Any, settings: Any, bars: Bars, named: Any) -> None:
    own = getattr(settings.gates, record.name)
    long, short = record.shut(bars, list(named.values()), own)
    out.shut[record.name] = truths(long), truths(short)


def add_exit(out: OwnRules, record: Any, settings: Any, bars: Bars, named: Any) -> None:
    own = getattr(settings.exits, record.name)
    long, short = record.leave(bars, list(named.values()), own)
    out.left.append((truths(long), truths(short)))


def add_sentinel(out: OwnRules, record: Any, settings: Any, bars: Bars, named: Any) -> None:
    fired = np.zeros(bars.size, dtype=np.uint8)
    fields = [getattr(bars, name) for name in record.fields]
    record.kernel(*fields, *named.values(), *record.constants, fired)
    out.fires[record.name] = truths(fired)


def add_signals(out: OwnRules, record: Any, settings: Any, bars: Bars, named: Any) -> None:
    told = record.signals(bars, named, getattr(settings.domains, record.name))
    silent = np.zeros(bars.size, dtype=bool)
    if "signal" in told:
        wanted = np.sign(np.asarray(told["signal"], dtype=float))
        out.scores[record.name] = wanted.tolist()
        out.left.append((truths(wanted <= 0), truths(wanted >= 0)))
    else:
        ways = [np.asarray(told.get(f"enter_{side}", silent)) for side in ("long", "short")]
        out.scores[record.name] = (ways[0].astype(float) - ways[1].astype(float)).tolist()
    leaving = [truths(told.get(f"exit_{side}", silent)) for side in ("long", "short")]
    out.left.append((leaving[0], leaving[1]))
    out.names_stop = record.names_stop
    if record.names_stop:
        out.stops = distances(told.get("stop_distance", silent))
    out.targets = distances(told.get("target_distance", silent))


def add_strategy(out: OwnRules, record: Any, settings: Any, bars: Bars, named: Any) -> None:
    out.names_stop = record.names_stop
    made = record.strategy(getattr(settings.domains, record.name))
    # Nothing is known of its wishes before it is asked.
    out.limits[record.name] = [-1.0] * bars.size, [1.0] * bars.size
    out.strategy = Asked(record.name, made, bars, named)


ADDS: dict[type[Any], Callable[[OwnRules, Any, Any, Bars, Any], None]] = {
    Domain: add_domain,
    DearDomain: add_dear,
    Gate: add_gate,
    Exit: add_exit,
    Sentinel: add_sentinel,
    Signals: add_signals,
    BarStrategy: add_strategy,
}


def truths(values: Any) -> list[bool]:
    return [bool(each) for each in np.asarray(values).tolist()]


def distances(values: Any) -> list[float]:
    """Distances; 0 where there is none."""
    given = [float(each) for each in np.asarray(values).tolist()]
    return [each if isfinite(each) else 0.0 for each in given]


class Seen:
    """The past of a bar, as a function of the file is handed it: copies, cut off behind it."""

    def __init__(self, row: int, bars: Bars, columns: Any) -> None:
        self.row, self._columns = row, columns
        self.open_time = bars.open_time[: row + 1].copy()
        for name in PRICES:
            setattr(self, name, getattr(bars, name)[: row + 1].copy())

    def column(self, name: str) -> Any:
        return self._columns[name][: self.row + 1].copy()

    def frame(self, rows: int | None = None) -> pd.DataFrame:
        first = 0 if rows is None else max(self.row + 1 - rows, 0)
        values = {name: getattr(self, name)[first:] for name in PRICES}
        index = pd.to_datetime(self.open_time[first:], utc=True)
        return pd.DataFrame(values, index=index)


class Asked:
    """A strategy with `on_bar`, asked once a close with what is held then."""

    def __init__(self, name: str, made: Any, bars: Bars, columns: Any) -> None:
        self.name, self.made, self.bars, self.columns = name, made, bars, columns
        self.side, self.leaves = 0, False
        self.stop = self.target = 0.0

    def ask(self, i: int, held: Any, cash: float) -> None:
        """Ask at the close of row i. held: the position, None when flat."""
        seen: Any = Seen(i, self.bars, self.columns)
        seen.side = 0 if held is None else held.side
        seen.quantity = 0.0 if held is None else held.quantity
        seen.entry_price = 0.0 if held is None else held.price
        seen.entry_row = FLAT_ROW if held is None else held.entry_bar
        seen.cash = cash
        answer = self.made.on_bar(seen)
        # No answer is to stay as one is.
        stays = {1: "long", -1: "short", 0: "stay flat"}[seen.side]
        order = answer if isinstance(answer, Order) else Order(answer or stays)
        self.leaves, self.side = order.wish == "leave", WAYS.get(order.wish, 0)
        self.stop, self.target = float(order.stop or 0.0), float(order.target or 0.0)

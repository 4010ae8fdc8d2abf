"""What a record of a plug-in gives on a market, by name, checked for shape and kind alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from engine.bars.locate import anchor_ns
from engine.bars.series import Bars
from engine.errors import BarsieveError, PluginError
from engine.features.catalogue import needs_volume
from engine.features.columns import Columns, compute
from engine.features.feature import Feature
from engine.fusion.dear import DearDomain
from engine.fusion.domain import Domain
from engine.plugins.guard import let_stops_pass, said
from engine.plugins.on_bar import may_act_bound
from engine.plugins.records import BarStrategy, OwnExit, OwnGate, Record, Signals
from engine.plugins.rows import signals_of
from engine.prescreen.sentinels import Sentinel, fire
from engine.review.lookahead.known import Array, Known
from engine.review.lookahead.poison import Timeline

Arrays = Mapping[str, Array]


class WrongError(Exception):
    """The contract that a record broke: what was found, and how to put it right. row: where."""

    def __init__(self, says: str, fix: str, row: int | None = None) -> None:
        super().__init__(says)
        self.says, self.fix, self.row = says, fix, row


def reads(record: Record, settings: Any) -> tuple[str, ...]:
    """Names of the columns that it is handed; a feature is itself one."""
    if isinstance(record, Feature):
        return (record.name,)
    if isinstance(record, Domain):
        return record.reads(options(record, settings))
    return record.columns


def options(record: Record, settings: Any) -> Any:
    """Its section of the settings; of a gate or an exit that is off, the defaults."""
    if isinstance(record, Feature | Sentinel):
        return None
    places = {OwnGate: settings.gates, OwnExit: settings.exits}
    found = getattr(places.get(type(record), settings.domains), record.name)
    return record.settings() if found is None else found


def wants_volume(record: Record, settings: Any) -> bool:
    catalogue = settings.patterns.columns
    names = (name.partition("@")[0] for name in reads(record, settings))
    fields = record.fields if isinstance(record, Sentinel) else ()
    return "volume" in fields or any(needs_volume(name, catalogue) for name in names)


def columns_for(record: Record, market: Timeline) -> Columns:
    """What it is handed, computed on this market."""
    settings = market.settings
    patterns = settings.patterns
    anchor = anchor_ns(settings.data.anchor)
    return compute(market.bars, reads(record, settings), anchor, patterns, patterns.columns)


def arrays_of(record: Record, market: Timeline) -> Arrays:
    """Everything that it gives for all bars at once, as it gives it.

    Raises WrongError where it fails, or gives something that is not one value a bar.
    """
    try:
        given = dict(_given(record, market))
    except PluginError as error:
        raise WrongError(str(error).removeprefix(f"{record.name}: "), CONTRACT) from error
    except BarsieveError:
        raise
    except BaseException as error:
        let_stops_pass(error)
        raise WrongError(f"failed: {said(error)}", FAILS) from error
    return {name: _one_a_bar(name, values, market.bars.size) for name, values in given.items()}


FAILS = "let the function work on every market, or say in the record what it needs"
CONTRACT = "return what the docstring of the record says, one value for each bar"
SIDES = ("long", "short")


def values_of(record: Record, market: Timeline) -> dict[str, Known]:
    """The same as numbers, so that only values are compared, never kinds."""
    given = arrays_of(record, market)
    return {name: Known(array.astype(np.float64)) for name, array in given.items()}


def _one_a_bar(name: str, values: Any, size: int) -> Array:
    if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
        row = int(np.argmax(np.ma.getmaskarray(values)))
        raise WrongError(f"{name} is masked", CONTRACT, row)
    array = np.asarray(values)
    if array.shape != (size,):
        raise WrongError(f"{name} has the shape {array.shape}, expected ({size},)", CONTRACT)
    if array.dtype.kind not in "biuf":
        raise WrongError(f"{name} holds {array.dtype} values, expected numbers or bool", CONTRACT)
    return array


def _given(record: Record, market: Timeline) -> Iterator[tuple[str, Any]]:
    bars, columns = market.bars, columns_for(record, market)
    named = [columns[name] for name in reads(record, market.settings)]
    own = options(record, market.settings)
    if isinstance(record, Feature):
        yield "column", columns[record.name]
    elif isinstance(record, Sentinel):
        yield "event", fire(record, bars, columns)
    elif isinstance(record, DearDomain):
        yield from zip(("low limit", "high limit"), record.limits(bars, named, own), strict=True)
    elif isinstance(record, Domain):
        if record.score is not None:
            yield "score", record.score(named, own)
    elif isinstance(record, OwnGate):
        yield from _sides("shut", record.shut(bars, named, own))
    elif isinstance(record, OwnExit):
        yield from _sides("leave", record.leave(bars, named, own))
    elif isinstance(record, Signals):
        yield from signals_of(record, bars, columns, own).items()
    else:
        yield from _may_act(record, bars, named, own)


def _sides(verb: str, given: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(given, tuple | list) or len(given) != len(SIDES):
        raise WrongError(f"gave {type(given).__name__}, expected two arrays: long, short", CONTRACT)
    for side, values in zip(SIDES, given, strict=True):
        yield f"{verb} {side}", values


def _may_act(
    record: BarStrategy, bars: Bars, named: Sequence[Any], own: Any
) -> Iterator[tuple[str, Any]]:
    if record.may_act is not None:
        yield "may_act", may_act_bound(record)(bars, named, own)[1]

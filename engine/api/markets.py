"""What a call works on: tables, Bars or files, by market, and the settings of each."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from engine.api.configuration import Configuration
from engine.api.frames import frame_bars, frame_timeframe, is_frame
from engine.bars.reader import Label
from engine.bars.series import Bars
from engine.bars.timeframe import timeframe_name
from engine.errors import DataError, SettingsError
from engine.inputs import load_bars, markets_of
from engine.portfolio import Loaded
from engine.replay.settings import Settings
from engine.settings import Tree, override

if TYPE_CHECKING:
    import pandas as pd

One = Union["pd.DataFrame", Bars, str, Path]
Data = Union[One, "Mapping[str, One]", None]
Markets = tuple[Settings, list[Loaded]]


def load(data: Data, config: Configuration, timeframe: str | None, stamp: Label | None) -> Markets:
    """The settings of the run, and settings and bars of each market.

    Raises SettingsError and DataError, one line each.
    """
    given = _by_name(data)
    changes: Tree = {} if stamp is None else {"data.stamp": stamp}
    found = timeframe or config.tree.get("timeframe") or _timeframe(given)
    if found is not None:
        changes["timeframe"] = found
    tree = override(config.tree, changes)
    names = [name for name in given if name]
    whole, own = markets_of(tree, config.where, config.validated, names, changes)
    tables = list(given.values())
    if len(own) > len(tables):
        tables = tables * len(own) if _holds_several(tables[0]) else _refuse_one(own)
    for table in tables:
        _refuse_moved(table, stamp)
    return whole, [
        (each, _bars(table, each, f"DataFrame {name}".strip()))
        for each, table, name in zip(own, tables, _labels(data, own), strict=True)
    ]


def _labels(data: Data, own: tuple[Settings, ...]) -> list[str]:
    """The name of each market where messages need it."""
    return [each.asset if isinstance(data, Mapping) else "" for each in own]


def _by_name(data: object) -> dict[str, Any]:
    """Tables by market; one without a name has the empty one, and is the configuration's."""
    if isinstance(data, Mapping):
        if not data:
            raise DataError("data: an empty dict; expected {symbol: DataFrame}")
        return {str(name): _checked(table, f"data[{name!r}]") for name, table in data.items()}
    if isinstance(data, Bars):
        return {data.asset: data}
    return {"": None if data is None else _checked(data, "data")}


def _checked(table: Any, where: str) -> Any:
    if is_frame(table) or isinstance(table, Bars | str | Path):
        return table
    kind = type(table)
    hint = "; pass df.to_pandas()" if hasattr(table, "to_pandas") else ""
    raise DataError(
        f"{where}: expected a pandas DataFrame, {{symbol: DataFrame}}, Bars or a path, "
        f"found {kind.__module__}.{kind.__name__}{hint}"
    )


def _timeframe(given: Mapping[str, Any]) -> str | None:
    """That of the first table that shows one; each is checked against it when it is read."""
    for name, table in given.items():
        if isinstance(table, Bars):
            return timeframe_name(table.timeframe)
        if is_frame(table):
            return frame_timeframe(table, f"DataFrame {name}".strip())
    return None


def _holds_several(table: Any) -> bool:
    """The files that the configuration or a folder has for each market."""
    return table is None or (isinstance(table, str | Path) and Path(table).is_dir())


def _refuse_one(own: tuple[Settings, ...]) -> list[Any]:
    names = ", ".join(each.asset for each in own)
    raise DataError(
        f"data: one market, and the configuration names {len(own)} ({names}); "
        "expected {symbol: DataFrame}, or a folder of files"
    )


def _refuse_moved(table: Any, stamp: Label | None) -> None:
    if isinstance(table, Bars) and stamp is not None:
        raise SettingsError("stamp: expected none beside Bars, which are open-labelled")


def _bars(table: Any, settings: Settings, where: str) -> Bars:
    if is_frame(table):
        return frame_bars(table, where, settings.asset, settings.timeframe, settings.data.stamp)
    if isinstance(table, Bars):
        found = timeframe_name(table.timeframe)
        if found != settings.timeframe:
            raise DataError(
                f"Bars {table.asset}: bars of {found}, and the timeframe of the run is "
                f"{settings.timeframe}; pass timeframe={found!r}"
            )
        return replace(table, asset=settings.asset)
    return load_bars(settings, None if table is None else Path(table))[0]

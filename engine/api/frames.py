"""A pandas DataFrame as checked bars: the rules of files, and stamps that must name their zone."""

import sys
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from engine.bars.checks import most_common_step
from engine.bars.columns import find_columns
from engine.bars.reader import Label, table_bars
from engine.bars.series import Bars
from engine.bars.stamps import parse_stamps
from engine.bars.timeframe import nanoseconds, timeframe_name
from engine.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

STAMP = "timestamp"
SOURCE = "DataFrame"


def is_frame(data: object) -> "TypeGuard[pd.DataFrame]":
    """Whether it is a pandas DataFrame; whoever has one has imported pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(data, pandas.DataFrame)


def frame_timeframe(frame: "pd.DataFrame", where: str) -> str:
    """The most common step between stamps, as `1h`; raises DataError for fewer than two bars."""
    table = frame_table(frame, where)
    name = find_columns(table.column_names, where)["stamp"]
    length = most_common_step(np.sort(parse_stamps(table.column(name), where)[0]))
    if length == 0:
        bars = len(frame)
        raise DataError(
            f"{where}: {bars} bar{'' if bars == 1 else 's'}, so no step to see the timeframe by; "
            'pass timeframe="1h"'
        )
    return timeframe_name(length)


def frame_bars(frame: "pd.DataFrame", where: str, asset: str, timeframe: str, stamp: Label) -> Bars:
    """The bars of a DataFrame; `stamp` says whether it labels them by their open or their close.

    Its index is a DatetimeIndex, or one of its columns is `timestamp`; open, high, low, close and,
    if there is one, volume are found in any case. Raises DataError as `read_bars`, and for stamps
    without a zone.
    """
    table = frame_table(frame, where)
    return table_bars(table, where, SOURCE, asset, nanoseconds(timeframe), stamp)[0]


def frame_table(frame: "pd.DataFrame", where: str) -> Any:
    """The stamp and the columns of bars as a pyarrow table."""
    import pandas as pd
    import pyarrow as pa

    if frame.columns.nlevels > 1:
        raise DataError(
            f"{where}: columns of {frame.columns.nlevels} levels; expected one, as in "
            "df.columns = df.columns.get_level_values(0)"
        )
    names = [str(name) for name in frame.columns]
    if isinstance(frame.index, pd.DatetimeIndex):
        # The index is the stamp, whatever a column says.
        others = [name for name in names if name.strip().lower() != STAMP]
        roles = find_columns([STAMP, *others], where)
        columns = {roles.pop("stamp"): frame.index.to_series()}
        _refuse_naive(frame.index.dtype, "df.index", 'df.index.tz_localize("UTC")', where)
    else:
        roles = find_columns(names, f"{where} without a DatetimeIndex")
        name = roles.pop("stamp")
        columns = {name: frame.iloc[:, names.index(name)]}
        _refuse_naive_column(columns[name].dtype, f'df["{name}"]', where)
    columns |= {name: frame.iloc[:, names.index(name)] for name in roles.values()}
    return pa.table({name: _arrow(column, name, where) for name, column in columns.items()})


def _refuse_naive_column(kind: Any, text: str, where: str) -> None:
    from pandas.api.types import is_datetime64_dtype, is_numeric_dtype

    if is_numeric_dtype(kind):  # s, ms, µs or ns since 1970 UTC
        return
    localized = f'{text}.dt.tz_localize("UTC")'
    fix = localized if is_datetime64_dtype(kind) else f"pd.to_datetime({text}, utc=True)"
    _refuse_naive(kind, text, fix, where)


def _refuse_naive(kind: Any, text: str, fix: str, where: str) -> None:
    """Whether local or UTC was meant cannot be seen, and a wrong guess moves every session."""
    if getattr(kind, "tz", None) is None:
        raise DataError(
            f"{where}: stamps without a zone ({kind}); expected UTC stamps: {text} = {fix}"
        )


def _arrow(column: "pd.Series[Any]", name: str, where: str) -> Any:
    import pyarrow as pa

    try:
        return pa.array(column, from_pandas=True)
    except pa.ArrowException as error:
        said = str(error).splitlines()[0][:160]
        raise DataError(f"{where}: column {name} cannot be read ({said})") from error

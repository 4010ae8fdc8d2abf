"""Trades and equity as Parquet, for the tools people already have."""

from pathlib import Path
from typing import Any

import numpy as np

from engine.bars.series import Bars
from engine.kernel import Floats, Ints
from engine.replay.records import REASON_NAMES
from engine.results.logs import SIDE_NAMES
from engine.results.result import Result

NUMBERS = (
    "quantity", "entry_raw", "entry_price", "exit_price", "initial_stop",
    "gross", "fees", "net", "raw_profit", "r", "mae", "mfe", "funding", "legs",
)  # fmt: skip


def write_trades(path: Path, result: Result, bars: Bars) -> None:
    """One row a position, times as UTC, sides and reasons as words."""
    trades = result.trades
    _write(
        path,
        {
            "position": _numbers(trades["position"]),
            "side": _words([SIDE_NAMES[side] for side in trades["side"].tolist()]),
            "entry_time": _instants(bars.open_time[trades["entry_bar"]]),
            "exit_time": _instants(bars.open_time[trades["exit_bar"]]),
            "entry_bar": _numbers(trades["entry_bar"]),
            "exit_bar": _numbers(trades["exit_bar"]),
            **{name: _numbers(trades[name]) for name in NUMBERS},
            "reason": _words([REASON_NAMES[reason] for reason in trades["reason"].tolist()]),
        },
    )


def write_equity(path: Path, result: Result) -> None:
    """One row a bar in range: its open time, and the equity after the whole step."""
    _write(path, {"timestamp": _instants(result.open_time), "equity": _numbers(result.equity)})


# Arrow's own conversions from NumPy and lists import pandas, a quarter of a second; buffers do not.


def _numbers(values: Floats | Ints) -> Any:
    import pyarrow as pa

    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(
        kind, values.size, [None, pa.py_buffer(np.ascontiguousarray(values))]
    )


def _instants(times: Ints) -> Any:
    import pyarrow as pa

    return _numbers(times).cast(pa.timestamp("ns", tz="UTC"))


def _words(words: list[str]) -> Any:
    import pyarrow as pa

    encoded = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.utf8(), len(words), buffers)


def _write(path: Path, columns: dict[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)

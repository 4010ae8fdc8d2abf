"""Trades and equity as Parquet, for the tools people already have."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.bars.series import Bars
from engine.kernel import Floats, Ints, Table
from engine.replay.records import REASON_NAMES
from engine.results.logs import SIDE_NAMES

NUMBERS = (
    "quantity", "entry_raw", "entry_price", "exit_price", "initial_stop", "ordered_quantity",
    "raw_profit", "spread", "slippage", "gross", "fees", "funding", "net", "r", "raw_r",
    "mae", "mfe", "legs",
)  # fmt: skip


def trade_columns(trades: Table, bars: Bars) -> dict[str, Any]:
    """One row a position, times as UTC, sides and reasons as words."""
    return {
        "position": _numbers(trades["position"]),
        "side": _words([SIDE_NAMES[side] for side in trades["side"].tolist()]),
        "entry_time": _instants(bars.open_time[trades["entry_bar"]]),
        "exit_time": _instants(bars.open_time[trades["exit_bar"]]),
        "entry_bar": _numbers(trades["entry_bar"]),
        "exit_bar": _numbers(trades["exit_bar"]),
        **{name: _numbers(trades[name]) for name in NUMBERS},
        "reason": _words([REASON_NAMES[reason] for reason in trades["reason"].tolist()]),
    }


def equity_columns(open_time: Ints, equity: Floats) -> dict[str, Any]:
    """One row a bar in range: its open time, and the equity after the whole step."""
    return {"timestamp": _instants(open_time), "equity": _numbers(equity)}


def portfolio_trade_columns(parts: Sequence[tuple[str, Table, Bars]]) -> dict[str, Any]:
    """The positions of several assets, in config order, the asset's name in front."""
    import pyarrow as pa

    names = [name for name, trades, _ in parts for _ in range(trades.size)]
    each = [trade_columns(trades, bars) for _, trades, bars in parts]
    joined = {key: pa.concat_arrays([columns[key] for columns in each]) for key in each[0]}
    return {"asset": _words(names), **joined}


def portfolio_equity_columns(
    open_time: Ints, equity: Floats, ledgers: Mapping[str, Floats]
) -> dict[str, Any]:
    """One row a stamp: the equity of all, and the ledger of each asset."""
    own = {name: _numbers(ledger) for name, ledger in ledgers.items()}
    return equity_columns(open_time, equity) | own


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


def parquet_bytes(columns: dict[str, Any]) -> bytes:
    """A Parquet file of these columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content

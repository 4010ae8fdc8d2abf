"""The record of one feature, and how its kernel is called."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

import numpy as np

from engine.kernel import Floats, Ints

# How far back a row remembers. `window`: `lookback` rows, in no particular order or recomputed for
# each row. `anchored`: the same rows, but a running sum that restarts by the clock. `recursive`:
# everything since the first row, or since a saved state. `whole`: everything, and no state is kept.
Memory = Literal["window", "anchored", "recursive", "whole"]

# What the column becomes when every price p is replaced by c − p (highs and lows change places),
# compared with the column of the counterpart: `even` the same, `odd` negated, `complement`
# low + high − value (RSI: 100 − value), `price` c − value, `none` no such relation.
Mirror = Literal["even", "odd", "complement", "price", "none"]

OF_BARS = ("open", "high", "low", "close", "volume")
COUNTED = ("clock", "day")  # int64
FIELDS = (*OF_BARS, *COUNTED)
DAY = 86_400_000_000_000  # ns


@dataclass(frozen=True)
class Feature:
    """One column of a timeframe: float64[n], NaN before its warm-up and finite after it.

    name: new among the columns. memory: `window`, `anchored` or `recursive`, how far back a row
    remembers. constants: numbers that the kernel takes. mirror: what becomes of it in a market
    turned upside down: `even`, `odd`, `complement`, `price` or `none`. inputs: bar fields
    (`FIELDS`; int64: clock = open_time // timeframe, and day, counted from the anchor of higher
    timeframes) or other features, all of the same timeframe. The kernel is called as
    `kernel(*inputs, *constants, out)`, a recursive one as `kernel(*inputs, *constants, state,
    out)`; it writes every row of `out`, row i from input rows <= i only. state_size: of a recursive
    one; its state is float64[state_size], zeros before the first row; the kernel leaves in it what
    the next chunk needs. lookback: how many input rows before row i decide row i (window,
    anchored); a chunk is computed with that many rows in front of it. low, high: bounds of the
    finite values. mirrored_by: the counterpart in a mirrored market, itself when empty. says: one
    line for lists.

    >>> from barsieve.strategy import Feature, kernel
    >>> @kernel
    ... def change(close, bars, out):
    ...     for i in range(out.size):
    ...         out[i] = close[i] - close[i - bars] if i >= bars else float("nan")
    >>> Feature("change_5", ("close",), "window", change, "odd", (5,), lookback=5).inputs
    ('close',)
    """

    name: str
    inputs: tuple[str, ...]
    memory: Memory
    kernel: Callable[..., None]
    mirror: Mirror
    constants: tuple[int | float, ...] = ()
    state_size: int = 0
    lookback: int = 0
    low: float = -inf
    high: float = inf
    mirrored_by: str = ""
    says: str = ""


def count_of(name: str, open_time: Any, timeframe: int, anchor: int) -> Any:
    """The field `clock` or `day` of open_time, one or many, in ns."""
    return open_time // timeframe if name == "clock" else (open_time - anchor) // DAY


def run(feature: Feature, inputs: Sequence[Floats | Ints], state: Floats | None = None) -> Floats:
    """The feature's column for these rows, read-only; `state` is carried on when given."""
    out = np.empty(inputs[0].size)
    if feature.memory == "recursive":
        carried = np.zeros(feature.state_size) if state is None else state
        feature.kernel(*inputs, *feature.constants, carried, out)
    else:
        feature.kernel(*inputs, *feature.constants, out)
    # Frozen before it is an input: a kernel compiles once more for a writable array.
    out.flags.writeable = False
    return out

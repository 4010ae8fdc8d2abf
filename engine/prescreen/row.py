"""The row: the few fields that the step reads of a bar, in one record of one table.

A record of a table costs 4 ns a call, a tuple of arrays hundreds; and a step that is handed row i
cannot look at row i + 1.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.fusion.fuse import fusion_row
from engine.kernel import Codes, Floats, Ints, Sides, Table, frozen, kernel

# Fields of a run with plug-ins alone: a longer row costs everybody time.
PLUGGED_ROW = [
    ("target", np.float64),  # distance that the strategy names; 0: by R multiple
    ("signal_exit", np.uint8),  # bits of the sides that an exit of the strategy tells to leave
]
# Fields that the step reads with some settings only: the others need not be computed.
SELDOM_READ = frozenset(("adx", "regime", "trap", "swing_high", "swing_low"))
# Rows that are packed at a time: what one kernel has written is still near for the next.
NEAR = 4096


@cache
def row_type(domains: int, plugged: bool = False) -> np.dtype[np.void]:
    """The row of a run with so many domains in its catalogue, with or without plug-ins."""
    return np.dtype(
        [
            # First: a longer row that begins like a shorter one would pass for it in numba.
            *(PLUGGED_ROW if plugged else []),
            ("time", np.int64),  # close_time, ns
            ("open", np.float64),
            ("high", np.float64),
            ("low", np.float64),
            ("close", np.float64),
            ("atr", np.float64),  # atr_ema_20: stop distances
            ("range_ratio", np.float64),  # true range / ATR: slippage
            ("adx", np.float64),
            # Where a structure stop lies: the latest swing, or what a strategy of signals names.
            ("swing_high", np.float64),
            ("swing_low", np.float64),
            ("funding", np.float64),  # sum of the rates stamped in [open, close)
            *fusion_row(domains),
            ("gate_long", np.uint8),  # 0, or the code of the gate that shuts the side
            ("gate_short", np.uint8),
            ("trap", np.uint8),  # bits of the sides that a volume trap warns
            ("macro_exit", np.uint8),  # bits of the sides that macro tells to leave
        ],
        align=True,
    )


class RowFields(NamedTuple):
    """The fields of all rows, each a read-only array[n], but for the scores."""

    time: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    atr: Floats
    range_ratio: Floats
    adx: Floats
    swing_high: Floats
    swing_low: Floats
    funding: Floats
    misaligned: Codes
    regime: Codes
    scheduled: Codes
    fast: Sides
    gate_long: Codes
    gate_short: Codes
    trap: Codes
    macro_exit: Codes
    target: Floats
    signal_exit: Codes


def row_fields(given: Mapping[str, npt.NDArray[np.generic]], size: int) -> RowFields:
    """Those given; a field that nobody gives is 0 in every row."""
    absent = {np.dtype(kind): frozen(np.zeros(size, kind)) for kind in ("f8", "u1", "i1")}
    kinds = row_type(1, plugged=True)
    return RowFields(
        **{name: frozen(given.get(name, absent.get(kinds[name]))) for name in RowFields._fields}
    )


def packed(kind: np.dtype[np.void], fields: RowFields, scores: Mapping[int, Floats]) -> Table:
    """The read-only table of these rows. scores: float64[n] by the place of the domain; a domain
    without is 0.
    """
    table = np.zeros(fields.time.size, dtype=kind)
    is_plugged = "target" in (kind.names or ())
    for start in range(0, table.size, NEAR):
        part = table[start : start + NEAR]
        pack(part, start, fields)
        if is_plugged:
            pack_plugged(part, start, fields.target, fields.signal_exit)
        for slot, values in scores.items():
            pack_score(part, start, slot, values)
    table.flags.writeable = False
    return table


@kernel
def pack(part: Table, start: int, fields: RowFields) -> None:
    for k in range(part.size):
        row, i = part[k], start + k
        row["time"] = fields.time[i]
        row["open"] = fields.open[i]
        row["high"] = fields.high[i]
        row["low"] = fields.low[i]
        row["close"] = fields.close[i]
        row["atr"] = fields.atr[i]
        row["range_ratio"] = fields.range_ratio[i]
        row["adx"] = fields.adx[i]
        row["swing_high"] = fields.swing_high[i]
        row["swing_low"] = fields.swing_low[i]
        row["funding"] = fields.funding[i]
        row["misaligned"] = fields.misaligned[i]
        row["regime"] = fields.regime[i]
        row["scheduled"] = fields.scheduled[i]
        row["fast"] = fields.fast[i]
        row["gate_long"] = fields.gate_long[i]
        row["gate_short"] = fields.gate_short[i]
        row["trap"] = fields.trap[i]
        row["macro_exit"] = fields.macro_exit[i]


@kernel
def pack_plugged(part: Table, start: int, target: Floats, signal_exit: Codes) -> None:
    for k in range(part.size):
        part[k]["target"] = target[start + k]
        part[k]["signal_exit"] = signal_exit[start + k]


@kernel
def pack_score(part: Table, start: int, slot: int, values: Floats) -> None:
    for k in range(part.size):
        part[k]["scores"][slot] = values[start + k]

"""Entries that a gate or a guard refused, as if that one alone had been open at that bar."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.kernel import Codes, Ints, Table, frozen
from engine.prescreen.gates import active_gates, shut_sides
from engine.prescreen.windows import Mask
from engine.replay.codes import code_names
from engine.replay.market import Market
from engine.replay.records import (
    COOL_DOWN,
    LOSS_STREAK,
    PORTFOLIO_NOTIONAL,
    PORTFOLIO_POSITIONS,
    PORTFOLIO_RISK,
)
from engine.review.what_if.follow import Fork

# Parameters that a guard reads, as they are when it is open.
GUARDS: Mapping[int, Mapping[str, float]] = {
    COOL_DOWN: {},  # a deadline of the account
    LOSS_STREAK: {"streak_losses": 0},
    PORTFOLIO_POSITIONS: {"max_positions": np.iinfo(np.int64).max // 2},
    PORTFOLIO_RISK: {"max_total_risk": np.inf},
    PORTFOLIO_NOTIONAL: {"max_total_notional": np.inf},
}
WARMUP = 1  # no rule: before it nothing is known


@dataclass(frozen=True)
class Opening:
    """What one gate or guard shut. rows: int64[k], at which the run gave its code; opened: ROW[n],
    the rows with it open at each by itself, None for a guard; params: those of the run with it
    open.
    """

    name: str
    code: int
    rows: Ints
    opened: Table | None
    params: Table

    def followed(self, fork: Fork) -> Table:
        """TRADE[1] of the entry that was refused at the row of the fork, TRADE[0] of none."""
        if self.code == COOL_DOWN:
            states = fork.states.copy()
            states["cool_until"] = 0
            fork = replace(fork, states=states)
        opened = None if self.opened is None else self.opened[fork.row : fork.row + 1]
        return fork.followed(self.params, opened)


def openings(market: Market, table: Table, codes: Codes) -> list[Opening]:
    """Each gate and guard that refused something, in the order of their codes. table: the rows of
    the run up to the end of its range; codes: uint8[r], of the bars in range.
    """
    found = []
    names = code_names(market.settings)
    gates = {gate.code for gate, _ in active_gates(market.settings)} - {WARMUP}
    for code in sorted(gates | set(GUARDS)):
        rows = np.flatnonzero(codes == code) + market.span[0]
        if rows.size:
            opened = opened_rows(market, table, code) if code in gates else None
            params = market.params if opened is not None else without_guard(market.params, code)
            found.append(Opening(names[code], int(code), rows, opened, params))
    return found


def without_guard(params: Table, code: int) -> Table:
    changed = params.copy()
    for name, value in GUARDS[code].items():
        changed[name] = value
    return frozen(changed)


def opened_rows(market: Market, table: Table, code: int) -> Table:
    """The rows, each as if one gate had been open at it and the others, also at the bars before it,
    as they were.
    """
    size = market.bars.size
    long, short = np.zeros(size, dtype=np.uint8), np.zeros(size, dtype=np.uint8)
    for gate, option in active_gates(market.settings):
        if gate.code != code:
            shut_sides(frozen(gate.shut(market.rows.given, option)), gate.code, long, short)
    rows = table.copy()
    rows["gate_long"], rows["gate_short"] = long[: rows.size], short[: rows.size]
    is_open = (rows["gate_long"] == 0) | (rows["gate_short"] == 0)
    was_open = (table["gate_long"] == 0) | (table["gate_short"] == 0)
    rows["scheduled"] = is_open & first_of_bucket(market, was_open)
    return frozen(rows)


def first_of_bucket(market: Market, was_open: Mask) -> Mask:
    """bool[n]: whether no bar in front of each, in its bucket of the schedule, was open."""
    interval = market.settings.fusion.full_engine_validation_interval_bars
    times = market.bars.open_time[: was_open.size]
    bucket = times // (interval * market.bars.timeframe)
    latest = np.maximum.accumulate(np.where(was_open, np.arange(bucket.size), -1))
    before = np.concatenate(([-1], latest[:-1]))
    return (before < 0) | (bucket[before] != bucket)

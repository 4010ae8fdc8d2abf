"""Several assets in one replay: the same step, cut at its joints.

At one stamp, for all assets in config order: the fills at the open, then the management, then the
decisions to leave, then those to enter, then the fills at the close. Each asset keeps its own
ledger; what an asset may know of the others is written into its state before each of its turns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from engine.kernel import Codes, Ints, Record, Table, inlined, kernel
from engine.prescreen.windows import Mask, Windows
from engine.replay.asking import CLOSE, DECIDE, JUDGE, MANAGE, OPEN, Asking, asks
from engine.replay.clock import NO_ROW, Clock, Grid
from engine.replay.decide import decide
from engine.replay.fill import marked_equity
from engine.replay.loop import Replay, copy_events
from engine.replay.records import EVENT, SLOTS
from engine.replay.step import fill_at_close, fill_at_open, finish, judge_held, manage_held

Curves = np.ndarray[tuple[int, int], np.dtype[np.float64]]


@dataclass(frozen=True)
class PortfolioReplay:
    """events: EVENT[k] of all assets in step order. equity: float64[s, a], each asset's ledger
    after the whole step of each stamp. own: one Replay an asset, over its own bars.
    """

    clock: Clock
    events: Table
    equity: Curves
    own: tuple[Replay, ...]


@inlined
def look_around(asset: int, params: Table, states: Table) -> None:
    """Write what the other assets hold and are worth, in config order, into the state of one."""
    shared = params[asset]["shares_capital"] != 0
    equity, risk, notional, margin, positions = 0.0, 0.0, 0.0, 0.0, 0
    for k in range(states.size):
        if k != asset:
            other = states[k]
            # Every ledger of a shared account begins with the whole of it: only its profit counts.
            equity += marked_equity(other["price"], other)
            equity -= params[k]["initial_cash"] if shared else 0.0
            risk += risk_of(other)
            notional += notional_of(other)
            margin += other["quantity"] * other["entry_price"] / params[k]["leverage"]
            positions += is_busy(other)
    state = states[asset]
    state["others_equity"] = equity
    state["others_positions"] = positions
    state["others_risk"] = risk
    state["others_notional"] = notional
    state["shared_equity"] = equity if shared else 0.0
    state["shared_margin"] = margin if shared else 0.0


@inlined
def is_busy(state: Record) -> bool:
    """Whether something is held or ordered."""
    return state["side"] != 0 or state["order_side"] != 0


@inlined
def risk_of(state: Record) -> float:
    """What the initial capital loses at the stop; of a flip, the larger of what goes and comes."""
    held = state["quantity"] * max(state["side"] * (state["entry_raw"] - state["stop"]), 0.0)
    return max(held, state["order_quantity"] * state["order_stop"])


@inlined
def notional_of(state: Record) -> float:
    return max(state["quantity"] * state["price"], state["order_quantity"] * state["order_close"])


@inlined
def needs_the_others(phase: int, row: Record, state: Record) -> bool:
    """Only an entry reads them: where it is decided, and where it is filled."""
    if phase == DECIDE:
        return row["gate_long"] == 0 or row["gate_short"] == 0
    return phase in (OPEN, CLOSE) and state["order_side"] != 0


@inlined
def turn(phase: int, i: int, row: Record, state: Record, params: Record, is_last: bool) -> int:
    """One joint of the step; returns the decision code in the phase DECIDE, else 0."""
    if phase == OPEN:
        fill_at_open(i, row, state, params)
    elif phase == MANAGE:
        manage_held(i, row, state, params)
    elif phase == JUDGE:
        judge_held(i, row, state, params)
    elif phase == DECIDE:
        return decide(i, row, state, params)
    else:
        fill_at_close(i, row, state, params)
        if is_last:
            finish(i, row, state, params)
    return 0


class Ground(NamedTuple):
    """What is replayed. table: ROW[n], those of all assets, one asset after the other; offsets:
    int64[a + 1], where each begins; rows: those of a `Clock`; focus: bool[s], stamps to visit.
    """

    table: Table
    offsets: Ints
    rows: Grid
    focus: Mask
    ask: Codes  # uint8[n]: at which rows a dear score is asked for, bits of the sides and HELD
    known: Codes  # uint8[n]: 1 where it has been answered


class Book(NamedTuple):
    """What a replay writes. equity: float64[s, a]. codes: uint8[n]. events: EVENT[room]."""

    equity: Curves
    codes: Codes
    events: Table


@inlined
def visit(ground: Ground, cursor: Ints, params: Table, states: Table, book: Book) -> bool:
    """Move all assets that have a bar at the stamp of the cursor through it; False where a score
    has to be answered before it can go on.
    """
    t = cursor[0]
    for phase in range(cursor[2], CLOSE + 1):
        for a in range(states.size):
            i = ground.rows[t, a]
            if i != NO_ROW:
                row = ground.table[ground.offsets[a] + i]
                states[a]["price"] = row["open"] if phase < JUDGE else row["close"]
        for a in range(cursor[3], states.size):
            i = ground.rows[t, a]
            if i != NO_ROW:
                place = ground.offsets[a] + i
                row, state = ground.table[place], states[a]
                if needs_the_others(phase, row, state):
                    look_around(a, params, states)
                unknown = ground.known[place] == 0
                if unknown and asks(phase, i, ground.ask[place], state, params[a]):
                    cursor[2], cursor[3] = phase, a
                    return False
                is_last = place + 1 == ground.offsets[a + 1]
                code = turn(phase, i, row, state, params[a], is_last)
                if phase == DECIDE:
                    book.codes[place] = code
                cursor[1] = copy_events(i, a, state, book.events, cursor[1])
        cursor[3] = 0
    cursor[2] = 0
    return True


@inlined
def has_room(cursor: Ints, states: Table, book: Book) -> bool:
    return cursor[1] + SLOTS * states.size <= book.events.size


@kernel
def advance_together(
    ground: Ground, cursor: Ints, params: Table, states: Table, book: Book
) -> None:
    """Visit every stamp in focus, and every stamp while any asset holds or orders something.

    cursor = [next stamp, events so far, phase, asset] says where it begins. It ends early to be
    handed a larger book, or the score of the row at which it stands.
    """
    while cursor[0] < ground.rows.shape[0] and has_room(cursor, states, book):
        t = cursor[0]
        busy = cursor[2]  # in the middle of a stamp
        for a in range(states.size):
            busy += is_busy(states[a])
        if (busy > 0 or ground.focus[t]) and not visit(ground, cursor, params, states, book):
            return
        for a in range(states.size):
            book.equity[t, a] = marked_equity(states[a]["price"], states[a])
        cursor[0] = t + 1


def replay_together(
    tables: Sequence[Table],
    clock: Clock,
    windows: Windows,
    params: Table,
    states: Table,
    asking: Asking | None = None,
) -> PortfolioReplay:
    """Replay the stamps of a clock; `tables` end where the range of each asset does.

    params, states: one record an asset; the states are left as after the last stamp. Raises only
    what `asking` does: whatever cannot be traded is an event or a code.
    """
    ground = joined(tables, clock, windows, asking)
    size, count = ground.table.size, states.size
    events = np.zeros(SLOTS * count + size // 2, dtype=EVENT)
    book = Book(np.empty(clock.rows.shape), np.zeros(size, dtype=np.uint8), events)
    cursor = np.zeros(4, dtype=np.int64)
    while True:
        advance_together(ground, cursor, params, states, book)
        if cursor[0] == clock.open_time.size:
            break
        if asking is not None and has_room(cursor, states, book):
            answer_at(cursor, ground, states, asking)
            continue
        more = np.zeros(book.events.size, dtype=EVENT)
        book = book._replace(events=np.concatenate((book.events, more)))
    whole = PortfolioReplay(clock, book.events[: cursor[1]], book.equity, ())
    codes = np.split(book.codes, ground.offsets[1:-1])
    touched = states["both_touched"].tolist()
    own = [own_replay(whole, asset, codes[asset], touched[asset]) for asset in range(count)]
    return replace(whole, own=tuple(own))


def joined(
    tables: Sequence[Table], clock: Clock, windows: Windows, asking: Asking | None
) -> Ground:
    """The ground of a replay; its table is a copy, into which answers are written."""
    offsets = np.cumsum([0, *(each.size for each in tables)])
    nobody = np.zeros(offsets[-1], dtype=np.uint8)
    ask = nobody if asking is None else np.concatenate(asking.ask)
    table = np.concatenate(tables)
    return Ground(table, offsets, clock.rows, clock.focus(windows), ask, nobody.copy())


def answer_at(cursor: Ints, ground: Ground, states: Table, asking: Asking) -> None:
    """Write what is decided into the row at which the replay stands."""
    asset = int(cursor[3])
    row = int(ground.rows[cursor[0], asset])
    place = ground.offsets[asset] + row
    answer = asking.answer(asset, row, states[asset])
    for slot, score in answer.scores.items():
        ground.table["scores"][place, slot] = score
    for name, value in answer.fields.items():
        ground.table[name][place] = value
    ground.known[place] = 1


def own_replay(whole: PortfolioReplay, asset: int, codes: Codes, both_touched: int) -> Replay:
    """What one asset did in it, as if it had been alone: over its own bars."""
    stamps = whole.clock.stamps_of(asset)
    first = int(whole.clock.rows[stamps[0], asset])
    return Replay(
        first=first,
        stop=codes.size,
        events=whole.events[whole.events["asset"] == asset],
        equity=whole.equity[stamps, asset],
        codes=codes[first:],
        both_touched=both_touched,
    )

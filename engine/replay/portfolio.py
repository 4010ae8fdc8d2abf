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
from engine.replay.clock import NO_ROW, Clock
from engine.replay.decide import decide
from engine.replay.fill import marked_equity
from engine.replay.ground import Ground, joined
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
def needs_the_others(phase: int, row: Record, state: Record, params: Record) -> bool:
    """Only an entry reads them: where it is decided, and where it is filled."""
    if params["shares_capital"] == 0 and params["limits_portfolio"] == 0:
        return False
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


class Book(NamedTuple):
    """What a replay writes. equity: float64[s, a]. codes: uint8[n]. events: EVENT[room]."""

    equity: Curves
    codes: Codes
    events: Table


@inlined
def any_busy(states: Table) -> bool:
    busy = False
    for a in range(states.size):
        busy = busy or is_busy(states[a])
    return busy


@inlined
def has_turn(phase: int, place: Record, state: Record) -> bool:
    """Who holds and orders nothing can only decide."""
    if place["row"] == NO_ROW:
        return False
    return is_busy(state) or (phase == DECIDE and place["within"] != 0)


@inlined
def show_prices(phase: int, t: int, table: Table, places: Table, states: Table) -> None:
    """The price at which each asset is marked from this phase on."""
    for a in range(states.size):
        place = places[t, a]
        if place["row"] != NO_ROW:
            row = table[place["at"]]
            states[a]["price"] = row["open"] if phase < JUDGE else row["close"]


@inlined
def go_round(
    phase: int,
    table: Table,
    places: Table,
    cursor: Ints,
    params: Table,
    states: Table,
    codes: Codes,
    events: Table,
) -> None:
    """Give every asset its turn in one phase, if that is where the cursor stands; it moves on to
    the next phase, unless a score has to be answered first.
    """
    t, waits = cursor[0], cursor[2] != phase
    for a in range(cursor[3], states.size):
        place, state = places[t, a], states[a]
        if not waits and has_turn(phase, place, state):
            i, row = place["row"], table[place["at"]]
            if needs_the_others(phase, row, state, params[a]):
                look_around(a, params, states)
            waits = place["known"] == 0 and asks(phase, i, place["ask"], state, params[a])
            if waits:
                cursor[3] = a
            else:
                code = turn(phase, i, row, state, params[a], place["is_last"] != 0)
                if phase == DECIDE:
                    codes[place["at"]] = code
                if state["events"] > 0:
                    cursor[1] = copy_events(i, a, state, events, cursor[1])
    if not waits:
        cursor[2], cursor[3] = phase + 1, 0


@inlined
def visit(
    table: Table,
    places: Table,
    cursor: Ints,
    params: Table,
    states: Table,
    codes: Codes,
    events: Table,
) -> bool:
    """Move all assets that have a bar at the stamp of the cursor through it; False where a score
    has to be answered before it can go on.
    """
    # No branch around a round: numba would count references to the arrays at every stamp.
    t = cursor[0]
    show_prices(cursor[2], t, table, places, states)
    go_round(OPEN, table, places, cursor, params, states, codes, events)
    go_round(MANAGE, table, places, cursor, params, states, codes, events)
    show_prices(cursor[2], t, table, places, states)
    go_round(JUDGE, table, places, cursor, params, states, codes, events)
    go_round(DECIDE, table, places, cursor, params, states, codes, events)
    go_round(CLOSE, table, places, cursor, params, states, codes, events)
    phase = cursor[2]
    cursor[2] = phase % (CLOSE + 1)
    return phase > CLOSE


@inlined
def has_room(cursor: Ints, states: Table, events: Table) -> bool:
    return cursor[1] + SLOTS * states.size <= events.size


@kernel
def advance_together(
    table: Table,
    places: Table,
    focus: Mask,
    cursor: Ints,
    params: Table,
    states: Table,
    equity: Curves,
    codes: Codes,
    events: Table,
) -> None:
    """Visit every stamp in focus, and every stamp while any asset holds or orders something.

    cursor = [next stamp, events so far, phase, asset] says where it begins. It ends early to be
    handed a larger book, or the score of the row at which it stands.
    """
    while cursor[0] < places.shape[0] and has_room(cursor, states, events):
        t = cursor[0]
        # In the middle of a stamp, it is visited to its end.
        to_visit = focus[t] or cursor[2] > OPEN or any_busy(states)
        if to_visit and not visit(table, places, cursor, params, states, codes, events):
            return
        for a in range(states.size):
            equity[t, a] = marked_equity(states[a]["price"], states[a])
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
    ground = joined(tables, clock, windows, None if asking is None else asking.ask)
    size, count = ground.table.size, states.size
    events = np.zeros(SLOTS * count + size // 2, dtype=EVENT)
    book = Book(np.empty(clock.rows.shape), np.zeros(size, dtype=np.uint8), events)
    cursor = np.zeros(4, dtype=np.int64)
    while True:
        advance_together(*ground, cursor, params, states, *book)
        if cursor[0] == clock.open_time.size:
            break
        if asking is not None and has_room(cursor, states, book.events):
            answer_at(cursor, ground, states, asking)
            continue
        more = np.zeros(book.events.size, dtype=EVENT)
        book = book._replace(events=np.concatenate((book.events, more)))
    whole = PortfolioReplay(clock, book.events[: cursor[1]], book.equity, ())
    codes = np.split(book.codes, np.cumsum([each.size for each in tables])[:-1])
    touched = states["both_touched"].tolist()
    own = [own_replay(whole, asset, codes[asset], touched[asset]) for asset in range(count)]
    return replace(whole, own=tuple(own))


def answer_at(cursor: Ints, ground: Ground, states: Table, asking: Asking) -> None:
    """Write what is decided into the row at which the replay stands."""
    asset = int(cursor[3])
    place = ground.places[cursor[0], asset]
    answer = asking.answer(asset, int(place["row"]), states[asset])
    for slot, score in answer.scores.items():
        ground.table["scores"][place["at"], slot] = score
    for name, value in answer.fields.items():
        ground.table[name][place["at"]] = value
    place["known"] = 1


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

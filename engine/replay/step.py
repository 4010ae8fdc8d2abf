"""The step: everything that happens to the account in bar i. There is no other.

Fill what the last close decided, manage what is held, decide at this close. The step is handed row
i and the state; it has no way to look at row i + 1, or at which bars were visited before.
"""

from engine.kernel import Record, inlined
from engine.replay.decide import decide
from engine.replay.fill import drop_order, enter, leave_all
from engine.replay.manage import manage, manage_close
from engine.replay.records import END_OF_DATA, NO_REASON


@inlined
def step(i: int, row: Record, state: Record, params: Record) -> int:
    """Move `state` through bar i; returns the decision code. Events are left in its slots.

    Of several assets, each of these five comes for all of them before the next one does.
    """
    fill_at_open(i, row, state, params)
    manage_held(i, row, state, params)
    judge_held(i, row, state, params)
    code = decide(i, row, state, params)
    fill_at_close(i, row, state, params)
    return code


@inlined
def hold(i: int, row: Record, state: Record, params: Record) -> None:
    """The step of a bar at which no side may enter, for whoever asks for no decision code: an entry
    or a flip needs a candidate, so without one the decision changes nothing.
    """
    fill_at_open(i, row, state, params)
    manage_held(i, row, state, params)
    judge_held(i, row, state, params)
    fill_at_close(i, row, state, params)


@inlined
def fill_at_open(i: int, row: Record, state: Record, params: Record) -> None:
    fill_orders(row["open"], i, row, state, params)


@inlined
def manage_held(i: int, row: Record, state: Record, params: Record) -> None:
    if state["side"] != 0:
        manage(i, row, state, params)


@inlined
def judge_held(i: int, row: Record, state: Record, params: Record) -> None:
    """Only what is still held after the prices of the bar."""
    if state["side"] != 0:
        manage_close(i, row, state, params)


@inlined
def fill_at_close(i: int, row: Record, state: Record, params: Record) -> None:
    if params["fill_at_close"] != 0:
        fill_orders(row["close"], i, row, state, params)


@inlined
def fill_orders(raw: float, i: int, row: Record, state: Record, params: Record) -> None:
    """Exits first: a flip closes before it opens."""
    if state["exit_reason"] != NO_REASON:
        leave_all(raw, state["exit_reason"], i, row, state, params)
    if state["order_side"] != 0:
        enter(raw, i, row, state, params)


@inlined
def finish(i: int, row: Record, state: Record, params: Record) -> None:
    """End of data: nothing fills any more, and what is held is closed at the last close."""
    if state["order_side"] != 0:
        drop_order(END_OF_DATA, state)
    if state["side"] != 0:
        leave_all(row["close"], END_OF_DATA, i, row, state, params)

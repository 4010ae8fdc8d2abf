"""The account at one bar: a full replay up to it, and the decision of its step."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.bars.dates import iso
from engine.kernel import Codes, Record, Table
from engine.prescreen.rows import Rows
from engine.prescreen.screen import screen
from engine.prescreen.windows import around, whole
from engine.replay.codes import code_names, shut_outside
from engine.replay.decide import on_losing_streak
from engine.replay.fill import marked_equity
from engine.replay.loop import advance
from engine.replay.market import Market
from engine.replay.records import (
    EVENT,
    EVENT_NAMES,
    NO_REASON,
    REASON_NAMES,
    SLOTS,
    initial_state,
)
from engine.review.explain.rule_readings import SIDES
from engine.review.explain.wording import plain

ROOM = 64 * SLOTS  # events of one call of the loop

DECISION_WORDS = {
    "warmup": "the columns that the strategy reads are not complete yet",
    "session": "the bar closes outside the session",
    "atr_percentile": "volatility is outside its limits",
    "macro": "a macro veto shuts the side",
    "entry_sides": "the strategy does not enter this side",
    "no_sentinel": "no sentinel event is recent enough",
    "outside_window": "no candidate of the policy sentinel is near enough",
    "in_position": "a position is open, and nothing asks for the opposite side",
    "exit_ordered": "an exit of the open position was decided, to be filled at the next open",
    "not_scheduled": "this bar is not the one of its bucket at which a decision is made",
    "below_threshold": "the score is not worth the threshold",
    "portfolio_positions": "the other assets take every place of the portfolio",
    "portfolio_risk": "the entry would lift the portfolio above its limit of risk",
    "portfolio_notional": "the entry would lift the portfolio above its limit of notional",
    "no_equity": "the account has no equity left",
    "no_range": "the stop distance is not above 0",
    "enter_long": "a long entry is ordered",
    "enter_short": "a short entry is ordered",
    "cool_down": "entries wait until the cool-down after the last position is over",
    "loss_streak": "after a streak of losses only a confirmed entry is allowed, and this is none",
    "no_fast_signal": "the fast signal names no side",
}


@dataclass(frozen=True)
class Account:
    """at_open: before the step of the bar. at_close: after it, the decision included. decision: the
    code of the bar. events: what the step did, in order.
    """

    at_open: dict[str, Any]
    at_close: dict[str, Any]
    equity: float
    decision: str
    words: str
    events: tuple[dict[str, Any], ...]


def account_at(market: Market, bar: int) -> Account:
    """Replay from the first row in range to `bar`; what the end of data adds on the last bar is
    left out.
    """
    rows, settings, first = market.rows, market.settings, market.span[0]
    params, states, table = market.params, initial_state(settings), entered_table(market)
    if bar > first:
        _advance(table[:bar], first, params, states)
    before = states[0].copy()
    codes, events = _advance(table[: bar + 1], bar, params, states)
    decision = code_names(settings)[int(codes[bar])]
    return Account(
        at_open=_view(rows, before, bar, params),
        at_close=_view(rows, states[0], bar, params),
        equity=float(marked_equity(float(table["close"][bar]), states[0])),
        decision=decision,
        words=DECISION_WORDS.get(decision, "a gate of a plug-in shuts the side"),
        events=tuple(_event(each) for each in events),
    )


def entered_table(market: Market) -> Table:
    """The row table that decides entries: under the policy sentinel, shut outside the windows."""
    rows, settings, span = market.rows, market.settings, market.span
    if settings.batch_mode.policy != "sentinel":
        return rows.table
    found = screen(rows, settings, *span).candidates
    width = settings.batch_mode.candidate_window_bars
    return shut_outside(rows.table, around(found.bar, width, *span))


def _advance(table: Table, first: int, params: Table, states: Table) -> tuple[Codes, Table]:
    """Codes of every row, and the last events, of a replay from `first` to the table's end."""
    every = whole(first, table.size)
    equity, codes = np.empty(table.size), np.zeros(table.size, dtype=np.uint8)
    events, cursor = np.zeros(ROOM, dtype=EVENT), np.array([first, 0, 0], dtype=np.int64)
    while cursor[0] < table.size:
        cursor[2] = 0  # earlier events are of earlier bars: nobody asks for them
        advance(table, every.starts, every.ends, cursor, params, states, equity, codes, events)
    return codes, events[: cursor[2]]


def _view(rows: Rows, state: Record, bar: int, params: Table) -> dict[str, Any]:
    """What people ask about an account, in plain values; None is "nothing"."""
    held, losses = int(state["side"]), int(state["losses"])
    until = int(state["cool_until"])
    return {
        "side": SIDES[held],
        "position_number": int(state["position"]),
        "quantity": float(state["quantity"]) if held else None,
        "entry_price": float(state["entry_price"]) if held else None,
        "entry_bar": int(state["entry_row"]) if held else None,
        "stop": plain(state["stop"]) if held else None,
        "target": plain(state["target"]) if held else None,
        "cash": float(state["cash"]),
        "ordered": _ordered(state),
        "cool_down_until_bar": until if until else None,
        "cooling": bar < until,
        "losses_in_a_row": losses,
        "last_loss": iso(int(state["last_loss"])) if int(state["last_loss"]) else None,
        "on_losing_streak": bool(on_losing_streak(rows.table[bar], state, params[0])),
    }


def _ordered(state: Record) -> str | None:
    """What fills at the next open."""
    words = []
    if state["exit_reason"] != NO_REASON:
        words.append(f"exit ({REASON_NAMES[state['exit_reason']]})")
    if state["order_side"] != 0:
        words.append(f"enter {SIDES[int(state['order_side'])]} {state['order_quantity']:.10g}")
    return ", ".join(words) or None


def _event(event: Record) -> dict[str, Any]:
    return {
        "event": EVENT_NAMES[event["kind"]],
        "reason": REASON_NAMES[event["reason"]],
        "side": SIDES[int(event["side"])],
        "position": int(event["position"]),
        "price": float(event["price"]),
        "quantity": float(event["quantity"]),
    }

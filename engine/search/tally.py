"""What a sweep keeps of a replay: sums over fills and over visited bars, never a list of trades.

On a bar that is skipped nothing is held, so the equity does not move and every sum over bars gets
0: the sums of a focused and of a full replay are the same bytes.
"""

import numpy as np

from engine.kernel import Record, inlined
from engine.replay.fill import marked_equity
from engine.replay.records import FILL, FUNDING

SUMS = np.dtype(
    [
        ("trades", np.int64),
        ("long_trades", np.int64),
        ("wins", np.int64),  # positions with a raw profit > 0
        ("gains", np.float64),  # of raw profits > 0
        ("losses", np.float64),  # of raw profits < 0, as a number >= 0
        ("r", np.float64),  # raw profits in initial risks
        ("fees", np.float64),
        ("funding", np.float64),
        ("held_bars", np.int64),  # bars at whose close a position was held
        ("returns", np.float64),  # of the mark-to-market equity, bar by bar
        ("squares", np.float64),
        ("downside", np.float64),  # squares of returns < 0
        ("max_drawdown", np.float64),
        ("peak", np.float64),
        ("equity", np.float64),  # the last
        ("both_touched", np.int64),
        ("visited", np.int64),
        # the position that is open
        ("side", np.int64),
        ("entry_raw", np.float64),
        ("entry_quantity", np.float64),
        ("left", np.float64),
        ("risk_distance", np.float64),
        ("profit", np.float64),  # raw, of the legs so far
    ],
    align=True,
)


NEARLY = 1.0 - 1e-9  # more than any rounding of the product


@inlined
def begin_tally(cash: float, sums: Record) -> None:
    sums["equity"] = cash
    sums["peak"] = cash


@inlined
def tally_events(state: Record, sums: Record) -> None:
    """Take the events of a step in, and empty their slots."""
    for k in range(state["events"]):
        tally_event(
            state["event_kind"][k],
            state["event_side"][k],
            state["event_raw_price"][k],
            state["event_quantity"][k],
            state["event_fee"][k],
            state["event_stop_distance"][k],
            sums,
        )
    state["events"] = 0


@inlined
def tally_event(
    kind: int, side: int, raw: float, quantity: float, fee: float, distance: float, sums: Record
) -> None:
    """distance: to the stop, of an entry; 0 of an exit."""
    if kind == FUNDING:
        sums["funding"] += fee
    elif kind == FILL:
        sums["fees"] += fee
        if distance > 0.0:
            tally_entry(side, raw, quantity, distance, sums)
        else:
            tally_exit(raw, quantity, sums)


@inlined
def tally_entry(side: int, raw: float, quantity: float, distance: float, sums: Record) -> None:
    sums["side"] = side
    sums["entry_raw"] = raw
    sums["entry_quantity"] = quantity
    sums["left"] = quantity
    sums["risk_distance"] = distance
    sums["profit"] = 0.0


@inlined
def tally_exit(raw: float, quantity: float, sums: Record) -> None:
    """A leg; with the last one the position counts."""
    sums["left"] -= quantity
    moved = raw - sums["entry_raw"]
    sums["profit"] += sums["side"] * quantity * moved
    if sums["left"] != 0.0:
        return
    profit = sums["profit"]
    sums["trades"] += 1
    sums["long_trades"] += sums["side"] > 0
    sums["wins"] += profit > 0.0
    sums["gains"] += max(profit, 0.0)
    sums["losses"] += max(-profit, 0.0)
    sums["r"] += profit / (sums["entry_quantity"] * sums["risk_distance"])


@inlined
def tally_close(close: float, state: Record, sums: Record) -> None:
    """A visited bar, after its whole step."""
    sums["visited"] += 1
    tally_equity(marked_equity(close, state), state["side"] != 0, sums)


@inlined
def tally_equity(equity: float, held: bool, sums: Record) -> None:
    """The equity after the whole step of a bar."""
    sums["held_bars"] += held
    if equity != sums["equity"]:
        # An account without equity has no return: it counts as lost once.
        change = equity / sums["equity"] - 1.0 if sums["equity"] > 0.0 else 0.0
        sums["returns"] += change
        sums["squares"] += change * change
        sums["downside"] += change * change if change < 0.0 else 0.0
        sums["equity"] = equity
        sums["peak"] = max(sums["peak"], equity)
        # Divided only where it may be the largest: a division costs more than the rest.
        fall = sums["peak"] - equity
        if fall > sums["max_drawdown"] * sums["peak"] * NEARLY:
            sums["max_drawdown"] = max(sums["max_drawdown"], fall / sums["peak"])

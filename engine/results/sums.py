"""What is kept of a replay to measure it by: sums over fills and over visited bars, never a list of
trades. A sweep keeps nothing else of a point.

On a bar that is skipped nothing is held, so the equity does not move and every sum over bars gets
0: the sums of a focused and of a full replay are the same bytes. Those of a replay that is over are
told again from its events and its equity, by the same functions in the same order.
"""

from collections.abc import Sequence

import numpy as np

from engine.kernel import Floats, Ints, Record, Table, inlined, kernel
from engine.replay.fill import marked_equity
from engine.replay.loop import Replay
from engine.replay.parameters import half_spread_of
from engine.replay.records import FILL, FUNDING
from engine.replay.settings import Settings

SUMS = np.dtype(
    [
        ("trades", np.int64),
        ("long_trades", np.int64),
        # net: effective prices, fees and funding; raw: prices of the market, no costs
        ("wins", np.int64),  # positions with a net profit > 0
        ("gains", np.float64),  # of net profits > 0
        ("losses", np.float64),  # of net profits < 0, as a number >= 0
        ("r", np.float64),  # net profits in initial risks
        ("best", np.float64),  # net profit of one position; −inf without any
        ("worst", np.float64),
        ("raw_wins", np.int64),
        ("raw_gains", np.float64),
        ("raw_losses", np.float64),
        ("raw_r", np.float64),
        # paid
        ("fees", np.float64),
        ("spread", np.float64),
        ("slippage", np.float64),
        ("funding", np.float64),
        ("turnover", np.float64),  # quantity × effective price of every fill
        # over bars
        ("held_bars", np.int64),  # bars at whose close a position was held
        ("returns", np.float64),  # of the mark-to-market equity, bar by bar
        ("squares", np.float64),
        ("downside", np.float64),  # squares of returns < 0
        ("max_drawdown", np.float64),
        ("peak", np.float64),
        ("equity", np.float64),  # the last
        ("ruined", np.int64),  # 1 + the row of the first close with equity <= 0; 0: none
        ("both_touched", np.int64),
        ("visited", np.int64),
        # the position that is open
        ("side", np.int64),
        ("entry_raw", np.float64),
        ("entry_price", np.float64),
        ("entry_quantity", np.float64),
        ("left", np.float64),
        ("risk_distance", np.float64),
        ("own_raw", np.float64),  # profits of the legs so far
        ("own_gross", np.float64),
        ("own_fees", np.float64),
        ("own_funding", np.float64),
    ],
    align=True,
)
# Sums of a portfolio that are those of its assets, added in config order; then those that are the
# largest and the smallest of theirs.
ADDED = (
    "trades", "long_trades", "wins", "gains", "losses", "r", "raw_wins", "raw_gains", "raw_losses",
    "raw_r", "fees", "spread", "slippage", "funding", "turnover", "both_touched",
)  # fmt: skip
LARGEST, SMALLEST = "best", "worst"

NEARLY = 1.0 - 1e-9  # more than any rounding of the product


@inlined
def begin_tally(cash: float, sums: Record) -> None:
    sums["equity"] = cash
    sums["peak"] = cash
    sums["best"] = -np.inf
    sums["worst"] = np.inf


@inlined
def tally_events(half_spread: float, state: Record, sums: Record) -> None:
    """Take the events of a step in, and empty their slots."""
    for k in range(state["events"]):
        tally_event(
            state["event_kind"][k],
            state["event_side"][k],
            state["event_price"][k],
            state["event_raw_price"][k],
            state["event_quantity"][k],
            state["event_fee"][k],
            state["event_stop_distance"][k],
            half_spread,
            sums,
        )
    state["events"] = 0


@inlined
def tally_event(
    kind: int,
    side: int,
    price: float,
    raw: float,
    quantity: float,
    fee: float,
    distance: float,
    half_spread: float,
    sums: Record,
) -> None:
    """distance: to the stop, of an entry; 0 of an exit. half_spread: a fraction of the price."""
    if kind == FUNDING:
        sums["funding"] += fee
        sums["own_funding"] += fee
    elif kind == FILL:
        is_entry = distance > 0.0
        direction = side if is_entry else -side
        spread = quantity * (raw * half_spread)
        sums["fees"] += fee
        sums["spread"] += spread
        sums["slippage"] += direction * quantity * (price - raw) - spread
        sums["turnover"] += quantity * price
        if is_entry:
            tally_entry(side, price, raw, quantity, fee, distance, sums)
        else:
            tally_exit(price, raw, quantity, fee, sums)


@inlined
def tally_entry(
    side: int,
    price: float,
    raw: float,
    quantity: float,
    fee: float,
    distance: float,
    sums: Record,
) -> None:
    sums["side"] = side
    sums["entry_price"] = price
    sums["entry_raw"] = raw
    sums["entry_quantity"] = quantity
    sums["left"] = quantity
    sums["risk_distance"] = distance
    sums["own_raw"] = 0.0
    sums["own_gross"] = 0.0
    sums["own_fees"] = fee
    sums["own_funding"] = 0.0


@inlined
def tally_exit(price: float, raw: float, quantity: float, fee: float, sums: Record) -> None:
    """A leg; with the last one the position counts."""
    size = sums["side"] * quantity
    sums["left"] -= quantity
    sums["own_raw"] += size * (raw - sums["entry_raw"])
    sums["own_gross"] += size * (price - sums["entry_price"])
    sums["own_fees"] += fee
    if sums["left"] == 0.0:
        tally_position(sums)


@inlined
def tally_position(sums: Record) -> None:
    raw = sums["own_raw"]
    net = sums["own_gross"] - sums["own_fees"] - sums["own_funding"]
    risk = sums["entry_quantity"] * sums["risk_distance"]
    sums["trades"] += 1
    sums["long_trades"] += sums["side"] > 0
    sums["wins"] += net > 0.0
    sums["gains"] += max(net, 0.0)
    sums["losses"] += max(-net, 0.0)
    sums["r"] += net / risk
    sums["best"] = max(sums["best"], net)
    sums["worst"] = min(sums["worst"], net)
    sums["raw_wins"] += raw > 0.0
    sums["raw_gains"] += max(raw, 0.0)
    sums["raw_losses"] += max(-raw, 0.0)
    sums["raw_r"] += raw / risk


@inlined
def tally_close(i: int, close: float, state: Record, sums: Record) -> None:
    """A visited bar, after its whole step."""
    sums["visited"] += 1
    tally_equity(i, marked_equity(close, state), state["side"] != 0, sums)


@inlined
def change(before: float, after: float) -> float:
    """The return of a bar. An account without equity has none: it counts as lost once."""
    return after / before - 1.0 if before > 0.0 else 0.0


@inlined
def tally_equity(i: int, equity: float, held: bool, sums: Record) -> None:
    """The equity after the whole step of bar i."""
    sums["held_bars"] += held
    if equity != sums["equity"]:
        own = change(sums["equity"], equity)
        sums["returns"] += own
        sums["squares"] += own * own
        sums["downside"] += own * own if own < 0.0 else 0.0
        sums["equity"] = equity
        sums["peak"] = max(sums["peak"], equity)
        if not equity > 0.0 and sums["ruined"] == 0:
            sums["ruined"] = i + 1
        # Divided only where it may be the largest: a division costs more than the rest.
        fall = sums["peak"] - equity
        if fall > sums["max_drawdown"] * sums["peak"] * NEARLY:
            sums["max_drawdown"] = max(sums["max_drawdown"], fall / sums["peak"])


# --- of a replay that is over -------------------------------------------------------------------


@kernel
def retell(
    events: Table, equity: Floats, first: int, cash: float, half_spread: float, sums: Table
) -> None:
    """Fill in the sums of the rows from `first` on; on skipped bars all is as before."""
    own = sums[0]
    begin_tally(cash, own)
    k = 0
    for i in range(equity.size):
        while k < events.size and events[k]["bar"] == first + i:
            event = events[k]
            tally_event(
                event["kind"], event["side"], event["price"], event["raw_price"],
                event["quantity"], event["fee"], event["stop_distance"], half_spread, own,
            )  # fmt: skip
            k += 1
        tally_equity(first + i, equity[i], own["left"] != 0.0, own)


@kernel
def retell_curve(equity: Floats, held: Ints, cash: float, sums: Table) -> None:
    """Fill in what is over bars; held: positions at each close."""
    own = sums[0]
    begin_tally(cash, own)
    for i in range(equity.size):
        tally_equity(i, equity[i], held[i] > 0, own)


def sums_of(replayed: Replay, settings: Settings) -> Table:
    """SUMS[1] of a replay under these settings."""
    sums = np.zeros(1, dtype=SUMS)
    cash = settings.account.initial_cash
    retell(
        replayed.events, replayed.equity, replayed.first, cash, half_spread_of(settings.costs), sums
    )  # fmt: skip
    sums["both_touched"] = replayed.both_touched
    sums["visited"] = np.count_nonzero(replayed.codes)
    return sums


def joined_sums(own: Sequence[Table], equity: Floats, held: Ints, cash: float) -> Table:
    """SUMS[1] of a portfolio that began with `cash`, from those of its assets, its own equity at
    each stamp, and how many positions it held there; but for how many stamps were visited.
    """
    sums = np.zeros((1, len(own) + 1), dtype=SUMS)
    retell_curve(equity, held, cash, sums[0, -1:])
    sums[0, :-1] = np.concatenate(own)
    join(sums)
    return sums[0, -1:]


def join(sums: Table) -> None:
    """Fill in what the portfolio, the last of SUMS[p, a + 1], has from its assets."""
    for name in ADDED:
        for asset in range(sums.shape[1] - 1):
            sums[name][:, -1] += sums[name][:, asset]
    sums[LARGEST][:, -1] = sums[LARGEST][:, :-1].max(axis=1)
    sums[SMALLEST][:, -1] = sums[SMALLEST][:, :-1].min(axis=1)

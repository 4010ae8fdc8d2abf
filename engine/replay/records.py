"""The records of the step: state and parameters; events and the words for them.

State holds stamps and rows, never counters that tick with visited bars: a bar that is not visited
leaves no trace in it.
"""

from functools import cache

import numpy as np

from engine.fusion.fuse import fusion_parameters
from engine.fusion.modes import BELOW_THRESHOLD, NO_FAST_SIGNAL, NOT_SCHEDULED
from engine.kernel import Table, typed
from engine.replay.settings import Settings

# Most events of one step and the end of data after it: an exit and an entry filled at the open,
# funding, a partial and a final exit, a level, two orders, a drop, the last close.
SLOTS = 12

EVENT_NAMES = ("none", "order", "drop", "fill", "level", "funding")
NO_EVENT, ORDER, DROP, FILL, LEVEL, FUNDING = typed(*range(len(EVENT_NAMES)))

REASON_NAMES = (
    "none", "entry", "flip", "stop", "stop_gap", "target", "target_gap", "partial", "partial_gap",
    "time_stop", "end_of_data", "below_minimum_notional", "breakeven", "trailing", "regime_stop",
    "volume_trap", "macro_exit", "exit_confidence", "funding", "signal_exit",
)  # fmt: skip
(
    NO_REASON, ENTRY, FLIP, STOP, STOP_GAP, TARGET, TARGET_GAP, PARTIAL, PARTIAL_GAP,
    TIME_STOP, END_OF_DATA, BELOW_MINIMUM_NOTIONAL, BREAKEVEN, TRAILING, REGIME_STOP,
    VOLUME_TRAP, MACRO_EXIT, EXIT_CONFIDENCE, FUNDING_PAID, SIGNAL_EXIT,
) = typed(*range(len(REASON_NAMES)))  # fmt: skip

# Decision codes: 0 not visited, 1 … 31 the gates of the catalogue, from 32 the step's own.
NOT_VISITED = 0
IN_POSITION = 32
EXIT_ORDERED = 33
NO_EQUITY = 36
NO_RANGE = 37
ENTER_LONG = 38
ENTER_SHORT = 39
COOL_DOWN = 40
LOSS_STREAK = 42
PORTFOLIO_POSITIONS = 43
PORTFOLIO_RISK = 44
PORTFOLIO_NOTIONAL = 45
STEP_CODES = {
    IN_POSITION: "in_position",
    EXIT_ORDERED: "exit_ordered",
    NOT_SCHEDULED: "not_scheduled",
    BELOW_THRESHOLD: "below_threshold",
    NO_EQUITY: "no_equity",
    NO_RANGE: "no_range",
    ENTER_LONG: "enter_long",
    ENTER_SHORT: "enter_short",
    COOL_DOWN: "cool_down",
    LOSS_STREAK: "loss_streak",
    NO_FAST_SIGNAL: "no_fast_signal",
    PORTFOLIO_POSITIONS: "portfolio_positions",
    PORTFOLIO_RISK: "portfolio_risk",
    PORTFOLIO_NOTIONAL: "portfolio_notional",
}

STATE = np.dtype(
    [
        # account
        ("cash", np.float64),
        ("both_touched", np.int64),  # stops taken on bars that also touched the target
        # guards: deadlines and stamps, compared when they are read
        ("cool_until", np.int64),  # first row that may decide an entry again
        ("losses", np.int64),  # positions in a row that lost
        ("last_loss", np.int64),  # close time of the bar of the last loss, ns
        # in a portfolio: the last price, and the other assets as of now; all 0 for an asset alone
        ("price", np.float64),
        ("others_equity", np.float64),
        ("others_positions", np.int64),  # held or ordered
        ("others_risk", np.float64),  # lost at their stops
        ("others_notional", np.float64),
        ("shared_equity", np.float64),  # others_equity and their margin where capital is shared
        ("shared_margin", np.float64),
        # position: the number of the current or last one, and what is held
        ("position", np.int64),
        ("side", np.int64),  # +1, −1, 0 flat
        ("quantity", np.float64),
        ("entry_price", np.float64),  # effective
        ("entry_row", np.int64),
        ("entry_raw", np.float64),
        ("risk_distance", np.float64),  # raw entry to the initial stop
        ("raw_profit", np.float64),  # of the legs closed so far
        ("best", np.float64),  # raw prices, from the entry to the last bar that ended in it
        ("worst", np.float64),
        ("stop", np.float64),
        ("stop_reason", np.int64),  # what put it there
        ("partial", np.float64),
        ("partial_quantity", np.float64),
        ("target", np.float64),
        # decided at the last close, filled at the next open
        ("exit_reason", np.int64),
        ("order_side", np.int64),
        ("order_reason", np.int64),
        ("order_quantity", np.float64),
        ("order_stop", np.float64),  # distance
        ("order_target", np.float64),  # distance
        ("order_close", np.float64),  # of the deciding bar
        # what this step did, copied out by the loop
        ("events", np.int64),
        ("event_kind", np.uint8, (SLOTS,)),
        ("event_reason", np.uint8, (SLOTS,)),
        ("event_side", np.int8, (SLOTS,)),
        ("event_position", np.int64, (SLOTS,)),
        ("event_price", np.float64, (SLOTS,)),
        ("event_raw_price", np.float64, (SLOTS,)),
        ("event_quantity", np.float64, (SLOTS,)),
        ("event_fee", np.float64, (SLOTS,)),
        ("event_stop_distance", np.float64, (SLOTS,)),
        ("event_score", np.float64, (SLOTS,)),
        ("event_best", np.float64, (SLOTS,)),
        ("event_worst", np.float64, (SLOTS,)),
        ("event_cash", np.float64, (SLOTS,)),
    ],
    align=True,
)

EVENT = np.dtype(
    [
        ("bar", np.int64),
        ("position", np.int64),
        ("price", np.float64),
        ("raw_price", np.float64),
        ("quantity", np.float64),
        ("fee", np.float64),
        ("cash", np.float64),
        ("stop_distance", np.float64),  # of an entry: raw price to the initial stop, else 0
        ("score", np.float64),  # of an order: F at the decision, else 0
        ("best", np.float64),  # of an exit: the raw excursions of the position so far, else 0
        ("worst", np.float64),
        ("kind", np.uint8),
        ("reason", np.uint8),
        ("side", np.int8),
        ("asset", np.uint8),  # its place in the portfolio
        ("reserved", np.uint8, (4,)),  # explicit padding: the bytes of a result are all defined
    ]
)

MAP_STEPS = 8
RISK, FRACTION_OF_EQUITY, FIXED_NOTIONAL, FIXED_QUANTITY, ALL_IN = range(5)


STEP_PARAMETERS = [
    ("leverage", np.float64),
    ("minimum_notional", np.float64),
    ("initial_cash", np.float64),
    ("shares_capital", np.uint8),
    ("limits_portfolio", np.uint8),  # whether any of the next three is finite
    ("max_positions", np.int64),
    ("max_total_risk", np.float64),  # shares of the equity of the portfolio; inf: no limit
    ("max_total_notional", np.float64),
    ("sizing", np.int64),
    ("size", np.float64),  # quantity, notional or share, by `sizing`
    ("min_risk", np.float64),
    ("max_risk", np.float64),
    ("map_levels", np.float64, (MAP_STEPS,)),  # risk_map, ascending; inf past its end
    ("map_risks", np.float64, (MAP_STEPS,)),
    ("adx_range_lo", np.float64),  # −inf: no factor
    ("adx_range_factor", np.float64),
    ("adx_trend_hi", np.float64),  # inf: no factor
    ("adx_trend_factor", np.float64),
    ("stop_atr", np.float64),
    ("by_structure", np.uint8),
    ("structure_atr", np.float64),
    ("partial_r", np.float64),  # inf: never
    ("partial_share", np.float64),
    ("target_r", np.float64),  # inf: never
    ("max_bars", np.int64),
    ("moves_stop", np.uint8),  # whether any of the following is on
    ("breakeven_r", np.float64),  # inf: never
    ("trail_atr", np.float64),  # inf: never
    ("trail_after_r", np.float64),
    ("regime_stop_atr", np.float64, (4,)),  # by regime; inf: never
    ("trap_stop_atr", np.float64),  # inf: never
    ("exit_confidence", np.float64),  # 0: never
    ("cooldown_bars", np.int64),
    ("cooldown_after_loss", np.uint8),  # else after any
    ("streak_losses", np.int64),  # 0: never
    ("streak_ns", np.int64),
    ("fee", np.float64),  # fraction of the notional
    ("half_spread", np.float64),  # fraction of the raw price
    ("slippage", np.float64),  # fraction of the raw price, on an ordinary bar
    ("slippage_range", np.float64),  # fraction of the raw price, times range_ratio
    ("slippage_add", np.float64),  # price units
    ("spike_ratio", np.float64),  # above this range_ratio the ordinary slippage doubles
    ("fill_at_close", np.uint8),
]


@cache
def parameters_type(domains: int) -> np.dtype[np.void]:
    """The parameters of the step of a run with so many domains in its catalogue."""
    # Last: as a common prefix with the screen's record, numba would try to treat one record
    # type as a subtype of the other.
    return np.dtype([*STEP_PARAMETERS, *fusion_parameters(domains)], align=True)


def initial_state(settings: Settings) -> Table:
    """A table of one record: flat, nothing ordered, the initial cash."""
    states = np.zeros(1, dtype=STATE)
    states["cash"] = settings.account.initial_cash
    return states

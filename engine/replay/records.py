"""The records of the step: state and parameters; events and the words for them.

State holds stamps and rows, never counters that tick with visited bars: a bar that is not visited
leaves no trace in it.
"""

import numpy as np

from engine.fusion.fuse import FUSION_PARAMETERS
from engine.kernel import Table, typed
from engine.prescreen.bound import fill_fusion_parameters
from engine.replay.settings import Settings

# Most events of one step and the end of data after it: an exit and an entry filled at the open, a
# partial and a final exit, two orders, a drop, the last close.
SLOTS = 8

EVENT_NAMES = ("none", "order", "drop", "fill")
NO_EVENT, ORDER, DROP, FILL = typed(*range(len(EVENT_NAMES)))

REASON_NAMES = (
    "none", "entry", "flip", "stop", "stop_gap", "target", "target_gap", "partial", "partial_gap",
    "time_stop", "end_of_data", "below_minimum_notional",
)  # fmt: skip
(
    NO_REASON, ENTRY, FLIP, STOP, STOP_GAP, TARGET, TARGET_GAP, PARTIAL, PARTIAL_GAP,
    TIME_STOP, END_OF_DATA, BELOW_MINIMUM_NOTIONAL,
) = typed(*range(len(REASON_NAMES)))  # fmt: skip

# Decision codes: 0 not visited, 1 … 31 the gates of the catalogue, from 32 the step's own.
NOT_VISITED = 0
IN_POSITION = 32
EXIT_ORDERED = 33
NOT_SCHEDULED = 34
BELOW_THRESHOLD = 35
NO_EQUITY = 36
NO_RANGE = 37
ENTER_LONG = 38
ENTER_SHORT = 39
STEP_CODES = {
    IN_POSITION: "in_position",
    EXIT_ORDERED: "exit_ordered",
    NOT_SCHEDULED: "not_scheduled",
    BELOW_THRESHOLD: "below_threshold",
    NO_EQUITY: "no_equity",
    NO_RANGE: "no_range",
    ENTER_LONG: "enter_long",
    ENTER_SHORT: "enter_short",
}

STATE = np.dtype(
    [
        # account
        ("cash", np.float64),
        ("both_touched", np.int64),  # stops taken on bars that also touched the target
        # position: the number of the current or last one, and what is held
        ("position", np.int64),
        ("side", np.int64),  # +1, −1, 0 flat
        ("quantity", np.float64),
        ("entry_price", np.float64),  # effective
        ("entry_row", np.int64),
        ("stop", np.float64),
        ("partial", np.float64),
        ("partial_quantity", np.float64),
        ("target", np.float64),
        # decided at the last close, filled at the next open
        ("exit_reason", np.int64),
        ("order_side", np.int64),
        ("order_reason", np.int64),
        ("order_quantity", np.float64),
        ("order_stop", np.float64),  # distance
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
        ("kind", np.uint8),
        ("reason", np.uint8),
        ("side", np.int8),
        ("reserved", np.uint8, (5,)),  # explicit padding: the bytes of a result are all defined
    ]
)

PARAMETERS = np.dtype(
    [
        ("leverage", np.float64),
        ("minimum_notional", np.float64),
        ("fixed_quantity", np.float64),  # 0: sized by risk
        ("min_risk", np.float64),
        ("max_risk", np.float64),
        ("stop_atr", np.float64),
        ("partial_r", np.float64),  # inf: never
        ("partial_share", np.float64),
        ("target_r", np.float64),  # inf: never
        ("max_bars", np.int64),
        ("fee", np.float64),  # fraction of the notional
        ("slippage", np.float64),  # fraction of the raw price, half the spread included
        ("slippage_range", np.float64),
        ("fill_at_close", np.uint8),
        # Last: as a common prefix with the screen's record, numba would try to treat one record
        # type as a subtype of the other.
        *FUSION_PARAMETERS,
    ],
    align=True,
)

BPS = 1e-4
NEVER = np.iinfo(np.int64).max // 2  # rows; halved so that adding a row cannot overflow


def parameter_record(settings: Settings, has_volume: bool) -> Table:
    """The settings as the step reads them: a table of one record, units turned into fractions."""
    risk, exits, costs = settings.risk, settings.exits, settings.costs
    table = np.zeros(1, dtype=PARAMETERS)
    fill_fusion_parameters(table, settings, has_volume)
    values = {
        "leverage": settings.account.leverage,
        "minimum_notional": settings.account.minimum_notional,
        "fixed_quantity": risk.fixed_quantity or 0.0,
        "min_risk": risk.min_risk_per_trade,
        "max_risk": risk.max_risk_per_trade,
        "stop_atr": risk.stop_buffer_multiplier,
        "partial_r": np.inf if exits.scale_out_rr is None else exits.scale_out_rr,
        "partial_share": exits.scale_out_share,
        "target_r": np.inf if exits.r_multiple_target is None else exits.r_multiple_target,
        "max_bars": NEVER if exits.max_bars_in_trade is None else exits.max_bars_in_trade,
        "fee": costs.fee_bps * BPS,
        "slippage": (costs.spread_bps / 2 + costs.slippage_bps) * BPS,
        "slippage_range": costs.slippage_range_bps * BPS,
        "fill_at_close": settings.execution.fill == "close",
    }
    for name, value in values.items():
        table[name] = value
    table.flags.writeable = False
    return table


def initial_state(settings: Settings) -> Table:
    """A table of one record: flat, nothing ordered, the initial cash."""
    states = np.zeros(1, dtype=STATE)
    states["cash"] = settings.account.initial_cash
    return states

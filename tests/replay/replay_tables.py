"""Row tables made by hand, and what a replay did with them in words.

A path is written once, for a long position; `mirrored` reflects it at 100 for the short one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from plain_strategy import ONLY_MOMENTUM

from engine.fusion.catalogue import DOMAINS
from engine.prescreen.row import row_type
from engine.prescreen.windows import Windows, whole
from engine.replay.codes import CODE_NAMES
from engine.replay.loop import Replay, replay
from engine.replay.parameters import parameter_record
from engine.replay.records import EVENT_NAMES, REASON_NAMES, initial_state
from engine.replay.settings import Settings
from engine.settings import override, validate

PLUGGED = row_type(len(DOMAINS), plugged=True)
HOUR = 3_600 * 10**9
MIRROR = 200.0  # price + mirrored price

# One entry of 500 units with its stop 2 below, and no other exit: each test adds what it is about.
PLAIN: dict[str, Any] = {
    **ONLY_MOMENTUM,
    "account.initial_cash": 100_000.0,
    "account.leverage": 3.0,
    "account.minimum_notional": 10.0,
    "risk.min_risk_per_trade": 0.01,
    "risk.max_risk_per_trade": 0.01,
    "risk.stop_buffer_multiplier": 2.0,
    "exits.scale_out_rr": None,
    "exits.r_multiple_target": None,
    "exits.max_bars_in_trade": None,
    "costs.fee_bps": 0.0,
    "costs.spread_bps": 0.0,
    "costs.slippage_bps": 0.0,
    "costs.slippage_range_bps": 0.0,
}
QUANTITY = 500.0  # 100,000 · 0.01 / (2 · ATR 1)


@dataclass(frozen=True)
class Bar:
    """One row. score: F, since there is one domain of weight 1. gates: codes, 0 open."""

    open: float
    high: float
    low: float
    close: float
    score: float = 0.0
    atr: float = 1.0
    range_ratio: float = 1.0
    scheduled: int = 1
    gate_long: int = 0
    gate_short: int = 0
    misaligned: int = 0
    adx: float = 25.0
    swing_low: float = np.nan
    swing_high: float = np.nan
    funding: float = 0.0
    regime: int = 0
    fast: int = 0
    trap: int = 0  # bits of the sides
    macro_exit: int = 0
    signal_exit: int = 0
    target: float = 0.0
    time: int = 0  # 0: the end of its row, in hours


def still(price: float, score: float = 0.0) -> Bar:
    """A bar that does not move."""
    return Bar(price, price, price, price, score)


def mirrored(bars: Sequence[Bar], side: int) -> list[Bar]:
    """The same path for the other side; unchanged for side +1."""
    if side > 0:
        return list(bars)
    swapped = {0: 0, 1: 2, 2: 1, 3: 3}
    return [
        replace(
            bar,
            open=MIRROR - bar.open,
            high=MIRROR - bar.low,
            low=MIRROR - bar.high,
            close=MIRROR - bar.close,
            score=-bar.score,
            gate_long=bar.gate_short,
            gate_short=bar.gate_long,
            misaligned=swapped[bar.misaligned],
            swing_low=MIRROR - bar.swing_high,
            swing_high=MIRROR - bar.swing_low,
            fast=-bar.fast,
            trap=swapped[bar.trap],
            macro_exit=swapped[bar.macro_exit],
            signal_exit=swapped[bar.signal_exit],
        )
        for bar in bars
    ]


def at(price: float, side: int) -> float:
    """A price of the long path as the mirrored path has it."""
    return price if side > 0 else MIRROR - price


def row_table(bars: Sequence[Bar]) -> Any:
    table = np.zeros(len(bars), dtype=PLUGGED)
    for name in PLUGGED.names:
        source = "score" if name == "scores" else name
        for i, bar in enumerate(bars):
            table[name][i] = getattr(bar, source)
    hours = np.arange(1, table.size + 1, dtype=np.int64) * HOUR
    table["time"] = np.where(table["time"] == 0, hours, table["time"])
    table.flags.writeable = False
    return table


def settings_with(changes: dict[str, Any] | None = None) -> Settings:
    return validate(Settings, override({}, {**PLAIN, **(changes or {})}), "test")


def run(
    bars: Sequence[Bar], changes: dict[str, Any] | None = None, windows: Windows | None = None
) -> Replay:
    settings = settings_with(changes)
    table = row_table(bars)
    params, states = parameter_record(settings, True), initial_state(settings)
    return replay(table, windows or whole(0, table.size), 0, params, states)


def events_of(replayed: Replay, kind: str) -> Any:
    return replayed.events[replayed.events["kind"] == EVENT_NAMES.index(kind)]


def fills(replayed: Replay) -> list[tuple[int, str, float, float]]:
    """(bar, reason, raw price, quantity) of each fill."""
    return [
        (int(e["bar"]), REASON_NAMES[e["reason"]], float(e["raw_price"]), float(e["quantity"]))
        for e in events_of(replayed, "fill")
    ]


def orders(replayed: Replay) -> list[tuple[int, str, int, int]]:
    """(bar, reason, side, position) of each order."""
    return [
        (int(e["bar"]), REASON_NAMES[e["reason"]], int(e["side"]), int(e["position"]))
        for e in events_of(replayed, "order")
    ]


def drops(replayed: Replay) -> list[tuple[int, str, float]]:
    """(bar, reason, price) of each drop."""
    return [
        (int(e["bar"]), REASON_NAMES[e["reason"]], float(e["price"]))
        for e in events_of(replayed, "drop")
    ]


def cash(replayed: Replay) -> list[float]:
    """Cash after each fill."""
    return events_of(replayed, "fill")["cash"].tolist()


def codes(replayed: Replay) -> list[str]:
    return [CODE_NAMES.get(code, "") for code in replayed.codes.tolist()]

"""The market and the rule that the faults are tried on: everything happens within few bars."""

import json
from typing import Any

from plain_strategy import ONLY_MOMENTUM

BARS = 700
# Stops, partials, targets, trailing and a cool-down.
RULE: dict[str, Any] = {
    **ONLY_MOMENTUM,
    "fusion.trend_timeframes": ["4h"],
    "fast_signals.trend_timeframe": "4h",
    "batch_mode.candidate_window_bars": 0,
    "exits.trail_atr_mult": 1.5,
    "exits.trail_after_rr": 0.5,
    "safety.cooldown_bars": 6,
}
THRESHOLD = "fusion.entry_threshold_confidence"
# A sum of two products: of one, a single rounding is all there is.
TWO_DOMAINS = {"wyckoff": 0.0, "liquidity": 0.3, "momentum": 0.7, "smc": 0.0}


def assignments(changes: dict[str, Any]) -> list[str]:
    return [f"{key}={json.dumps(value)}" for key, value in {**RULE, **changes}.items()]


def market(changes: dict[str, Any], bars: int = BARS) -> list[str]:
    """The options that name it."""
    given = [part for each in assignments(changes) for part in ("--set", each)]
    return ["--asset", "DEMO", "--bars", str(bars), *given]


MARKET = market({})
PARITY = ["parity", *MARKET, "--windows", "0", "--variants", "1"]
LOOKAHEAD = ["lookahead", *MARKET, "--cuts", "2"]

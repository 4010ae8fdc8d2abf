"""Random legal settings: every mode, domain, sizing, stop, exit, guard and cost, on and off."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.fusion.modes import MODES
from engine.replay.settings import SIZED_BY, Settings
from engine.settings import Tree, override, validate

Draw = np.random.Generator
Choices = Mapping[str, tuple[Any, ...]]

RULES: Choices = {
    "fusion.entry_threshold_confidence": (0.15, 0.25, 0.34, 0.5),
    "fusion.entry_threshold_by_regime.trend": (None, 0.2, 0.5),
    "fusion.entry_threshold_by_regime.range": (None, 0.2, 0.5),
    "fusion.entry_threshold_by_regime.turmoil": (None, 0.1, 1.0),
    "fusion.full_engine_validation_interval_bars": (1, 2, 5),
    "fusion.misalignment_penalty": (0.0, 0.35, 1.0),
    "fast_signals.min_confidence": (0.0, 0.1),
    "entries.require_sentinel_within_bars": (None, None, 12),
    "entries.sides": ("both", "both", "both", "long", "short"),
    "gates.session": (None, None, {"from_hour": 6, "to_hour": 21}),
    "gates.atr_percentile": (None, {"floor": 0.1, "cap": 0.95}),
}
MONEY: Choices = {
    "account.initial_cash": (300.0, 100_000.0),
    "account.leverage": (0.5, 3.0, 20.0),
    "account.minimum_notional": (1e-6, 100.0),
    "risk.min_risk_per_trade": (0.005,),
    "risk.max_risk_per_trade": (0.01, 0.03),
    "risk.risk_map": (None, [[0.3, 0.01], [0.5, 0.02], [0.7, 0.004]]),
    "risk.adx_range_lo": (None, 20.0),
    "risk.adx_range_factor": (0.3,),
    "risk.adx_trend_hi": (None, 30.0),
    "risk.adx_trend_factor": (1.4,),
    "risk.stop": ("atr", "structure"),
    "risk.stop_buffer_multiplier": (0.4, 1.0, 2.0, 6.0),
    "risk.structure_buffer_atr": (0.0, 0.3),
    "portfolio.max_total_notional": (None, None, None, 0.5),
    "costs.fee_bps": (0.0, 5.0),
    "costs.spread_bps": (0.0, 3.0),
    "costs.slippage_bps": (0.0, 2.0),
    "costs.slippage_range_bps": (0.0, 1.0),
    "costs.scenario": (None, "A", "B", "C"),
    "costs.spike_range_ratio": (1.5,),
    "execution.fill": ("next_open", "next_open", "close"),
}
EXITS: Choices = {
    "exits.scale_out_rr": (None, 0.5, 1.0),
    "exits.scale_out_share": (0.3, 0.5, 0.99),
    "exits.r_multiple_target": (None, 1.5, 3.0),
    "exits.max_bars_in_trade": (None, 2, 12, 48),
    "exits.breakeven_rr": (None, 0.5, 1.5),
    "exits.trail_atr_mult": (None, 1.0, 3.0),
    "exits.trail_after_rr": (0.0, 1.0),
    "exits.regime_stop_atr.trend": (None, None, 2.0),
    "exits.regime_stop_atr.range": (None, None, 1.5),
    "exits.regime_stop_atr.turmoil": (None, 1.0),
    "exits.volume_trap_atr": (None, 0.5),
    "exits.exit_confidence": (None, None, 0.05, 0.2),
    "safety.cooldown_bars": (0, 1, 10),
    "safety.cooldown_after": ("any", "loss"),
    "safety.loss_streak_threshold": (0, 1, 2),
    "safety.loss_streak_hours": (12.0, 24.0, 200.0),
}
# Momentum needs no volume, so every market has a domain.
WEIGHTS: tuple[Tree, ...] = (
    {"momentum": 1.0},
    {"momentum": 0.5, "liquidity": 0.5},
    {"momentum": 0.4, "smc": 0.6},
    {"momentum": 0.3, "wyckoff": 0.7},
    {"momentum": 0.3, "wyckoff": 0.3, "liquidity": 0.25, "smc": 0.15},
)
# By risk more often: it alone reads the map and the factors.
SIZINGS = (
    *("risk", "risk", "risk", "fraction_of_equity", "fixed_notional", "fixed_quantity", "all_in"),
)
SIZES = {"equity_fraction": 0.6, "fixed_notional": 2_000.0}
# A short warm-up, so that short markets trade.
QUICK: Tree = {
    "fusion.trend_timeframes": ["4h"],
    "fast_signals.trend_timeframe": "4h",
    "batch_mode.candidate_window_bars": 0,
}


def drawn(draw: Draw, choices: Choices) -> Tree:
    """One value for each key."""
    return {key: values[draw.integers(len(values))] for key, values in choices.items()}


def random_changes(draw: Draw, mode: str, price: float) -> Tree:
    """Dotted keys and legal values. price: what a fixed quantity and a pip are chosen for."""
    sizing = SIZINGS[draw.integers(len(SIZINGS))]
    keys = {**drawn(draw, RULES), **drawn(draw, MONEY), **drawn(draw, EXITS)}
    keys |= {"fusion.execution_mode": mode, "risk.sizing": sizing}
    if sizing in SIZED_BY:
        key = SIZED_BY[sizing]
        keys[f"risk.{key}"] = SIZES.get(key, 2_000.0 / price)
    return keys | {"costs.pip": price * 1e-4}


def random_settings(draw: Draw, price: float) -> Settings:
    """Settings of the shipped strategy's domains and modes, all else drawn too."""
    weights = dict.fromkeys(WEIGHTS[-1], 0.0) | WEIGHTS[draw.integers(len(WEIGHTS))]
    mode = MODES[draw.integers(len(MODES))]
    changes = {**QUICK, **random_changes(draw, mode, price), "fusion.weights": weights}
    return validate(Settings, override({}, changes), "fuzz")

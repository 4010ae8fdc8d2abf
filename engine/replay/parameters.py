"""The settings as the step reads them: one record, units turned into fractions."""

from collections.abc import Sequence
from typing import get_args

import numpy as np

from engine.bars.timeframe import SECOND
from engine.errors import SettingsError
from engine.kernel import Table
from engine.prescreen.bound import fill_fusion_parameters
from engine.replay.records import MAP_STEPS, parameters_type
from engine.replay.settings import CostSettings, RiskSettings, Settings, Sizing

BPS = 1e-4
NEVER = np.iinfo(np.int64).max // 2  # rows; halved so that adding a row cannot overflow
SIZINGS: tuple[Sizing, ...] = get_args(Sizing)

# Cost scenarios: each multiplies spread and slippage and adds `costs.pip` times a number of pips;
# C doubles the ordinary slippage of a bar whose range is unusual.
SCENARIOS = {"A": (1.0, 1.0, 0.0), "B": (1.3, 1.0, 0.3), "C": (1.6, 1.8, 0.0)}


def parameter_record(settings: Settings, has_volume: bool) -> Table:
    """One record of these settings, read-only."""
    table = np.zeros(1, dtype=parameters_type(len(settings.fusion.weights.domains)))
    fill_fusion_parameters(table, settings, has_volume)
    values = (
        account_values(settings)
        | portfolio_values(settings)
        | risk_values(settings.risk)
        | exit_values(settings)
        | guard_values(settings)
        | cost_values(settings.costs)
    )
    for name, value in values.items():
        table[name] = value
    table.flags.writeable = False
    return table


def fields_read(settings: Settings) -> frozenset[str]:
    """Which of the fields that are seldom read the step reads with these settings."""
    risk, stops = settings.risk, settings.exits.regime_stop_atr
    by_regime = settings.fusion.entry_threshold_by_regime
    regimes = [*by_regime.model_dump().values(), *stops.model_dump().values()]
    read = {
        "adx": risk.adx_range_lo is not None or risk.adx_trend_hi is not None,
        "regime": any(each is not None for each in regimes),
        "trap": settings.exits.volume_trap_atr is not None,
        "swing_high": risk.stop == "structure",
        "swing_low": risk.stop == "structure",
    }
    return frozenset(name for name, needed in read.items() if needed)


def account_values(settings: Settings) -> dict[str, float]:
    return {
        "leverage": settings.account.leverage,
        "minimum_notional": settings.account.minimum_notional,
        "fill_at_close": settings.execution.fill == "close",
    }


def portfolio_values(settings: Settings) -> dict[str, float]:
    portfolio = settings.portfolio
    limits = portfolio.max_positions, portfolio.max_total_risk, portfolio.max_total_notional
    return {
        "initial_cash": settings.account.initial_cash,
        "shares_capital": portfolio.capital == "shared",
        "limits_portfolio": any(limit is not None for limit in limits),
        "max_positions": NEVER if limits[0] is None else limits[0],
        "max_total_risk": _or_never(limits[1]),
        "max_total_notional": _or_never(limits[2]),
    }


def risk_values(risk: RiskSettings) -> dict[str, float | Sequence[float]]:
    steps = risk.risk_map or ()
    empty = MAP_STEPS - len(steps)
    return {
        "sizing": SIZINGS.index(risk.sizing),
        "size": risk.size(),
        "min_risk": risk.min_risk_per_trade,
        "max_risk": risk.max_risk_per_trade,
        "map_levels": [level for level, _ in steps] + [np.inf] * empty,
        "map_risks": [share for _, share in steps] + [0.0] * empty,
        "adx_range_lo": -np.inf if risk.adx_range_lo is None else risk.adx_range_lo,
        "adx_range_factor": risk.adx_range_factor,
        "adx_trend_hi": _or_never(risk.adx_trend_hi),
        "adx_trend_factor": risk.adx_trend_factor,
        "stop_atr": risk.stop_buffer_multiplier,
        "by_structure": risk.stop == "structure",
        "structure_atr": risk.structure_buffer_atr,
    }


def exit_values(settings: Settings) -> dict[str, float | Sequence[float]]:
    exits = settings.exits
    by_regime = exits.regime_stop_atr
    stops = (by_regime.trend, by_regime.range, by_regime.turmoil)
    moves = (exits.breakeven_rr, exits.trail_atr_mult, exits.volume_trap_atr, *stops)
    return {
        "moves_stop": any(each is not None for each in moves),
        "partial_r": _or_never(exits.scale_out_rr),
        "partial_share": exits.scale_out_share,
        "target_r": _or_never(exits.r_multiple_target),
        "max_bars": NEVER if exits.max_bars_in_trade is None else exits.max_bars_in_trade,
        "breakeven_r": _or_never(exits.breakeven_rr),
        "trail_atr": _or_never(exits.trail_atr_mult),
        "trail_after_r": exits.trail_after_rr,
        "regime_stop_atr": [np.inf, *(_or_never(each) for each in stops)],
        "trap_stop_atr": _or_never(exits.volume_trap_atr),
        "exit_confidence": exits.exit_confidence or 0.0,
    }


def guard_values(settings: Settings) -> dict[str, float]:
    safety = settings.safety
    return {
        "cooldown_bars": safety.cooldown_bars,
        "cooldown_after_loss": safety.cooldown_after == "loss",
        "streak_losses": safety.loss_streak_threshold,
        "streak_ns": round(safety.loss_streak_hours * 3_600) * SECOND,
    }


def cost_values(costs: CostSettings) -> dict[str, float]:
    _, slippage, pips = SCENARIOS[costs.scenario or "A"]
    if pips and costs.pip is None:
        raise SettingsError("costs.scenario B adds 0.3 pip: give costs.pip, a price unit")
    return {
        "fee": costs.fee_bps * BPS,
        "half_spread": half_spread_of(costs),
        "slippage": costs.slippage_bps * slippage * BPS,
        "slippage_range": costs.slippage_range_bps * slippage * BPS,
        "slippage_add": pips * (costs.pip or 0.0),
        "spike_ratio": costs.spike_range_ratio if costs.scenario == "C" else np.inf,
    }


def half_spread_of(costs: CostSettings) -> float:
    """What half of the spread takes of a price, under the cost scenario: a fraction."""
    return costs.spread_bps * SCENARIOS[costs.scenario or "A"][0] / 2 * BPS


def _or_never(value: float | None) -> float:
    return np.inf if value is None else value

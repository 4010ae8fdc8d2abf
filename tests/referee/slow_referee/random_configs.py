"""Random configurations: a legal value for each key of docs/configuration.md that moves results."""

from collections.abc import Callable
from random import Random
from typing import Any

Draw = Callable[[Random], Any]
MODES = ("fusion_only", "fusion_only", "advisory", "prefilter", "execute_only_if_fusion_confirms")
SENTINELS = (
    "sma20_cross", "sma50_cross", "atr_regime_change", "volume_spike", "session_break",
)  # fmt: skip
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Berlin")
# Multiples of a timeframe that are short enough for a market of some 1,500 bars.
HIGHER = {
    "15m": ("15m", "30m", "1h", "2h"),
    "30m": ("30m", "1h", "2h", "4h"),
    "1h": ("1h", "2h", "4h", "6h", "12h"),
    "2h": ("2h", "4h", "8h"),
    "4h": ("4h", "8h", "12h", "1d"),
    "1d": ("1d", "2d", "1w"),
}


def one_of(*values: Any) -> Draw:
    return lambda random: random.choice(values)


def between(low: float, high: float, digits: int = 4) -> Draw:
    return lambda random: round(random.uniform(low, high), digits)


def whole(low: int, high: int) -> Draw:
    return lambda random: random.randint(low, high)


def maybe(share: float, draw: Draw) -> Draw:
    """Null more often than not."""
    return lambda random: draw(random) if random.random() < share else None


def some(values: tuple[str, ...]) -> Draw:
    return lambda random: random.sample(values, random.randint(1, len(values)))


def weights(*names: str) -> dict[str, Draw]:
    return {name: one_of(0.5, 0.75, 1.0, 1.5) for name in names}


# Keys whose value does not hang on another's.
FREE: dict[str, Draw] = {
    "data.anchor": one_of("+00:00", "+00:00", "-05:00", "+05:30"),
    "data.tz": one_of(*ZONES),
    "domains.wyckoff.gain": between(4, 14),
    "domains.liquidity.gain": between(3, 12),
    "domains.momentum.gain": between(6, 20),
    "domains.smc.gain": between(4, 14),
    "domains.macro.gain": between(0.5, 5),
    "domains.macro.tilt": between(0, 3),
    "domains.temporal.gain": between(2, 10),
    "domains.liquidity.profile_peak": between(0.2, 3),
    "domains.momentum.macd_scale_atr": between(0.05, 0.5),
    "domains.momentum.adx_half": between(5, 50),
    "domains.momentum.divergence_weight": between(0, 1),
    **{f"domains.liquidity.{k}": d for k, d in weights("sweep", "absorption", "profile").items()},
    **{
        f"domains.smc.{k}": d
        for k, d in weights(
            "break_of_structure", "change_of_character", "fair_value_gap", "order_block"
        ).items()
    },
    **{
        f"domains.temporal.{k}": d
        for k, d in weights("hour_of_week", "echo_30_days", "echo_60_days", "echo_90_days").items()
    },
    "fusion.execution_mode": one_of(*MODES),
    "fusion.entry_threshold_confidence": between(0.05, 0.45),
    "fusion.entry_threshold_by_regime.trend": maybe(0.2, between(0.05, 0.6)),
    "fusion.entry_threshold_by_regime.range": maybe(0.2, between(0.05, 0.6)),
    "fusion.entry_threshold_by_regime.turmoil": maybe(0.2, one_of(0.1, 0.3, 0.7, 1.0)),
    "fusion.full_engine_validation_interval_bars": one_of(1, 1, 2, 3, 4, 7, 24),
    "fusion.misalignment_penalty": one_of(0.0, 0.2, 0.35, 0.7, 1.0),
    "fusion.weights.momentum": between(0.1, 1),
    **{
        f"fusion.weights.{name}": one_of(0, 0.15, 0.25, 0.3, 0.7)
        for name in ("wyckoff", "liquidity", "smc")
    },
    "entries.sides": one_of("both", "both", "both", "long", "short"),
    "entries.require_sentinel_within_bars": maybe(0.2, one_of(1, 2, 3, 6, 24, 150, 500)),
    "fast_signals.adx_threshold": between(5, 25),
    "fast_signals.rsi_overbought": between(55, 90),
    "fast_signals.rsi_oversold": between(10, 45),
    "fast_signals.price_extension_pct": between(2, 30),
    "fast_signals.min_confidence": between(0, 0.4),
    "regimes.trend_adx": between(20, 35),
    "regimes.range_adx": between(10, 20),
    "regimes.turmoil_rank": one_of(0.8, 0.9, 0.95, 1.0),
    "volume_trap.min_volume_z": between(0, 2.5),
    "volume_trap.max_close_location": one_of(0.0, 0.25, 0.3, 0.49),
    "batch_mode.sentinels": some(SENTINELS),
    "account.initial_cash": one_of(10_000.0, 100_000.0, 12_345.67),
    "account.leverage": one_of(0.5, 1.0, 3.0, 20.0),
    "account.minimum_notional": one_of(10.0, 10.0, 10.0, 10.0, 500.0, 5_000.0),
    "risk.stop": one_of("atr", "atr", "structure"),
    "risk.stop_buffer_multiplier": between(0.5, 5),
    "risk.structure_buffer_atr": one_of(0.0, 0.25, 1.0),
    "exits.scale_out_rr": maybe(0.7, between(0.3, 2)),
    "exits.scale_out_share": one_of(0.25, 0.5, 0.8, 0.99),
    "exits.r_multiple_target": maybe(0.8, between(0.5, 5)),
    "exits.max_bars_in_trade": maybe(0.7, one_of(1, 2, 5, 12, 48, 200)),
    "exits.breakeven_rr": maybe(0.4, between(0.2, 2)),
    "exits.trail_atr_mult": maybe(0.4, between(0.5, 5)),
    "exits.trail_after_rr": one_of(0.0, 0.5, 1.0, 2.0),
    "exits.regime_stop_atr.trend": maybe(0.2, between(0.5, 4)),
    "exits.regime_stop_atr.range": maybe(0.2, between(0.5, 4)),
    "exits.regime_stop_atr.turmoil": maybe(0.3, between(0.5, 4)),
    "exits.volume_trap_atr": maybe(0.3, between(0.2, 2)),
    "exits.exit_confidence": maybe(0.2, between(0.01, 0.2)),
    "safety.cooldown_bars": one_of(0, 0, 1, 3, 10),
    "safety.cooldown_after": one_of("any", "loss"),
    "safety.loss_streak_threshold": one_of(0, 0, 1, 2, 3),
    "safety.loss_streak_hours": one_of(4.0, 24.0, 100.5, 1_000.0),
    "costs.fee_bps": one_of(0.0, 5.0, 30.0),
    "costs.spread_bps": one_of(0.0, 1.0, 7.5),
    "costs.slippage_bps": one_of(0.0, 1.0, 4.0),
    "costs.slippage_range_bps": one_of(0.0, 0.5, 6.0),
    "costs.scenario": one_of(None, "A", "B", "C"),
    "costs.pip": one_of(1e-4, 0.01, 0.5),
    "costs.spike_range_ratio": between(1, 3),
    "execution.fill": one_of("next_open", "next_open", "next_open", "close"),
    **{
        f"patterns.{name}.max_age_bars": whole(5, 200)
        for name in ("fair_value_gap", "order_block", "sweep", "divergence")
    },
}

SIZINGS: dict[str, tuple[str, Draw] | None] = {
    "risk": None,
    "fraction_of_equity": ("risk.equity_fraction", between(0.1, 3)),
    "fixed_notional": ("risk.fixed_notional", between(100, 200_000)),
    "fixed_quantity": ("risk.fixed_quantity", between(0.01, 50)),
    "all_in": None,
}
# Set together with others below, by the market, or no part of a full replay's result.
TOGETHER = (
    "timeframe", "domains.wyckoff.timeframes", "domains.wyckoff.weights", "fusion.trend_timeframes",
    "fast_signals.adx_timeframe", "fast_signals.trend_timeframe", "fusion.weights.macro",
    "fusion.weights.temporal", "gates.session", "gates.atr_percentile", "macro.series",
    "macro.vetoes", "macro.tilts", "data.funding", "risk.sizing", "risk.equity_fraction",
    "risk.fixed_notional", "risk.fixed_quantity", "risk.min_risk_per_trade",
    "risk.max_risk_per_trade", "risk.risk_map", "risk.adx_range_lo", "risk.adx_range_factor",
    "risk.adx_trend_hi", "risk.adx_trend_factor", "portfolio.assets", "portfolio.overrides",
    "portfolio.capital", "portfolio.max_positions", "portfolio.max_total_risk",
    "portfolio.max_total_notional",
)  # fmt: skip


def random_tree(random: Random, timeframe: str, has_volume: bool) -> dict[str, Any]:
    """Settings by dotted key; files and the portfolio are added by the case."""
    tree = {key: draw(random) for key, draw in FREE.items()}
    tree |= timeframes(random, timeframe) | sizing(random) | gates(random)
    if random.random() < 0.1 and timeframe in {"30m", "1h"}:
        tree["fusion.weights.temporal"] = 0.0  # echoes need half a year of daily bars
    keep_legal(tree)
    if has_volume and random.random() < 0.2:
        tree |= {"fusion.weights.momentum": 0.0, "fusion.weights.smc": 0.4}
    if not has_volume:
        tree["batch_mode.sentinels"] = ["sma20_cross", "sma50_cross", "session_break"]
        tree["exits.volume_trap_atr"] = None
    return tree


def keep_legal(tree: dict[str, Any]) -> None:
    """What two keys together must not say."""
    partial, target = tree["exits.scale_out_rr"], tree["exits.r_multiple_target"]
    if partial is not None and target is not None and partial >= target:
        tree["exits.r_multiple_target"] = round(partial * 1.5, 4)
    if tree["execution.fill"] == "close" and tree["exits.max_bars_in_trade"] == 1:
        tree["exits.max_bars_in_trade"] = 2


def timeframes(random: Random, timeframe: str) -> dict[str, Any]:
    higher = HIGHER[timeframe]
    wyckoff = random.sample(higher[:3], random.randint(1, 2))
    return {
        "timeframe": timeframe,
        "domains.wyckoff.timeframes": wyckoff,
        "domains.wyckoff.weights": [random.choice([0.5, 1.0, 2.0]) for _ in wyckoff],
        "fusion.trend_timeframes": random.sample(higher, random.randint(1, 2)),
        "fast_signals.adx_timeframe": random.choice(higher[:2]),
        "fast_signals.trend_timeframe": random.choice(higher[:3]),
    }


def sizing(random: Random) -> dict[str, Any]:
    name = random.choice(["risk", "risk", *SIZINGS])
    tree: dict[str, Any] = {"risk.sizing": name}
    own = SIZINGS[name]
    if own is not None:
        tree[own[0]] = own[1](random)
    if name == "risk":
        low = random.uniform(0.001, 0.02)
        high = low * random.uniform(1.0, 4.0)
        tree |= {"risk.min_risk_per_trade": low, "risk.max_risk_per_trade": high}
        if random.random() < 0.4:
            steps = sorted(random.sample([0.1, 0.2, 0.3, 0.4, 0.5], random.randint(1, 3)))
            risks = sorted(random.uniform(low, high) for _ in steps)
            tree["risk.risk_map"] = [list(each) for each in zip(steps, risks, strict=True)]
        if random.random() < 0.4:
            tree |= {"risk.adx_range_lo": 20.0, "risk.adx_range_factor": 0.4}
        if random.random() < 0.4:
            tree |= {"risk.adx_trend_hi": 30.0, "risk.adx_trend_factor": 1.7}
    return tree


def gates(random: Random) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    if random.random() < 0.25:
        start = random.randint(0, 15)
        tree["gates.session"] = {
            "from_hour": start,
            "to_hour": random.randint(start + 6, 24) if start <= 18 else 24,
            "weekdays": random.sample(DAYS, random.randint(3, 7)),
        }
    if random.random() < 0.3:
        tree["gates.atr_percentile"] = {
            "floor": random.choice([0.0, 0.05, 0.2]),
            "cap": random.choice([0.8, 0.95, 1.0]),
        }
    return tree

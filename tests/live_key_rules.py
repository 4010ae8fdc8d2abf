"""The table of live keys, second half: the rule, gates, account, risk, exits, guards and costs.

Each group of (key, one value, another) stands on the changes that make its keys matter.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from live_key_domains import TILTED
from live_key_run import DEMOS, Change, Row

Pair = tuple[str, Any, Any]


def on(base: dict[str, Any], *pairs: Pair, changes: Change = "trade") -> Iterator[Row]:
    for key, *values in pairs:
        yield Row(key, values, changes, base)


RATE = {"path": "@rate.csv", "unit": "points"}
HIGH = {"series": "rate", "on": 4.0, "off": 0.0}
VETOED = {
    "macro.series": {"rate": RATE, "quick": {"path": "@quick.csv", "unit": "points"}},
    "macro.vetoes": [HIGH],
}
HOLES = {"macro.series": {"rate": RATE | {"path": "@holes.csv"}}, "macro.vetoes": [HIGH]}
BY_HAND = {
    "macro.series": {
        "rate": RATE | {"path": "@by_hand.csv", "missing": "ignore", "publication_lag_hours": 0.0}
    },
    "macro.vetoes": [HIGH],
}
SESSION = {"gates.session": {"from_hour": 8, "to_hour": 20}}
QUIET = {"gates.atr_percentile": {"floor": 0.1, "cap": 0.9}}
SENTINEL = {"batch_mode": {"policy": "sentinel", "candidate_window_bars": 0}}
RARE = {"fusion.entry_threshold_confidence": 0.6}  # so few candidates that focusing pays
FAST = {"fusion.execution_mode": "advisory"}

MARKET = (
    *on({}, ("timeframe", "1h", "30m"), ("data.anchor", "+00:00", "+02:00")),
    *on({}, ("data.funding", None, "@funding.csv")),
    *on(SESSION, ("data.tz", "UTC", "America/New_York")),
    Row("data.path", ("@bars.csv", "@walk.csv"), datum="file"),
    Row("data.stamp", ("open", "close"), base={"data.path": "@bars.csv"}, datum="file"),
)

FUSION = (
    *on(
        {},
        ("fusion.execution_mode", "fusion_only", "prefilter"),
        ("fusion.entry_threshold_confidence", 0.34, 0.36),
        ("fusion.entry_threshold_by_regime.trend", None, 0.4),
        ("fusion.entry_threshold_by_regime.range", None, 0.25),
        ("fusion.entry_threshold_by_regime.turmoil", None, 0.5),
        ("fusion.full_engine_validation_interval_bars", 2, 3),
        ("fusion.misalignment_penalty", 0.35, 0.2),
        ("fusion.trend_timeframes", ["4h", "1d"], ["4h"]),
        ("fusion.weights.wyckoff", 0.3, 0.2),
        ("fusion.weights.liquidity", 0.25, 0.35),
        ("fusion.weights.momentum", 0.3, 0.4),
        ("fusion.weights.smc", 0.15, 0.25),
        ("fusion.weights.temporal", 0.0, 0.2),
    ),
    *on(TILTED, ("fusion.weights.macro", 0.0, 0.2)),
    *on(
        FAST,
        ("fast_signals.adx_threshold", 20.0, 24.0),
        ("fast_signals.rsi_overbought", 72.0, 66.0),
        ("fast_signals.rsi_oversold", 28.0, 34.0),
        ("fast_signals.price_extension_pct", 8.0, 2.0),
        ("fast_signals.min_confidence", 0.1, 0.3),
        ("fast_signals.adx_timeframe", "4h", "2h"),
        ("fast_signals.trend_timeframe", "1d", "12h"),
    ),
)

GATES = (
    *on(
        {},
        ("gates.session", None, SESSION["gates.session"]),
        ("gates.atr_percentile", None, QUIET["gates.atr_percentile"]),
        ("entries.sides", "both", "short"),
        ("entries.require_sentinel_within_bars", None, 2),
    ),
    *on(
        SESSION,
        ("gates.session.from_hour", 8, 10),
        ("gates.session.to_hour", 20, 18),
        ("gates.session.weekdays", ["mon", "tue", "wed", "thu", "fri"], ["mon", "wed", "sun"]),
    ),
    *on(QUIET, ("gates.atr_percentile.floor", 0.1, 0.2), ("gates.atr_percentile.cap", 0.9, 0.7)),
)

MACRO = (
    *on(
        VETOED,
        ("macro.series", {"rate": RATE}, {"rate": RATE | {"path": "@quick.csv"}}),
        ("macro.vetoes", [], [HIGH]),
        ("macro.vetoes.series", "rate", "quick"),
        ("macro.vetoes.minus", None, "quick"),
        ("macro.vetoes.side", "long", "both"),
        ("macro.vetoes.on", 4.0, 7.0),
        ("macro.vetoes.off", 0.0, -6.0),
        ("macro.vetoes.exits", False, True),
        ("macro.series.path", "@rate.csv", "@quick.csv"),
        ("macro.series.value_column", "value", "other"),
        ("macro.series.publication_lag_hours", None, 120.0),
        ("macro.series.publication_column", None, "published"),
    ),
    *on(VETOED, ("macro.series.unit", "points", "percent"), changes="note"),
    *on(
        HOLES,
        ("macro.series.stale_after_periods", 5, 1),
        ("macro.series.missing", "block", "ignore"),
    ),
    *on(BY_HAND, ("macro.series.date_format", "%d/%m/%Y", "%m/%d/%Y")),
    *on(
        TILTED | {"macro.series": VETOED["macro.series"]},
        ("macro.tilts", TILTED["macro.tilts"], [{"series": "quick", "side_when_high": "long"}]),
        ("macro.tilts.series", "rate", "quick"),
        ("macro.tilts.side_when_high", "short", "long"),
        ("macro.tilts.mean_periods", 20, 40),
    ),
)

SCREEN = (
    *on({}, ("batch_mode.policy", "admissible", "sentinel")),
    *on(SENTINEL, ("batch_mode.min_fusion_score", 0.3, 0.45), ("batch_mode.min_adx", 18.0, 30.0)),
    *on(SENTINEL, ("batch_mode.sentinels", ["sma20_cross"], ["sma50_cross", "volume_spike"])),
    *on({}, ("batch_mode.candidate_window_bars", 0, 6), changes="visited"),
    Row("batch_mode.coverage_threshold", (0.85, 0.001), "visited", RARE, asked="auto"),
)

STATES = (
    *on(
        {"fusion.entry_threshold_by_regime": {"trend": 0.3, "range": 0.4, "turmoil": 0.5}},
        ("regimes.trend_adx", 25.0, 35.0),
        ("regimes.range_adx", 18.0, 14.0),
        ("regimes.turmoil_rank", 0.95, 0.8),
    ),
    *on(
        {"exits.volume_trap_atr": 0.5},
        ("volume_trap.min_volume_z", 2.0, 1.0),
        ("volume_trap.max_close_location", 0.25, 0.4),
    ),
)

ACCOUNT = on(
    {},
    ("account.initial_cash", 100_000.0, 50_000.0),
    ("account.leverage", 3.0, 0.5),
    ("account.minimum_notional", 10.0, 60_000.0),
)

RISK = (
    *on(
        {},
        ("risk.sizing", "risk", "all_in"),
        ("risk.min_risk_per_trade", 0.005, 0.01),
        ("risk.max_risk_per_trade", 0.015, 0.012),
        ("risk.risk_map", None, [[0.34, 0.006], [0.4, 0.012]]),
        ("risk.adx_range_lo", None, 20.0),
        ("risk.adx_trend_hi", None, 30.0),
        ("risk.stop", "atr", "structure"),
        ("risk.stop_buffer_multiplier", 2.0, 1.5),
    ),
    *on({"risk.adx_range_lo": 20.0}, ("risk.adx_range_factor", 0.5, 0.8)),
    *on({"risk.adx_trend_hi": 30.0}, ("risk.adx_trend_factor", 1.5, 1.2)),
    *on({"risk.stop": "structure"}, ("risk.structure_buffer_atr", 0.25, 0.5)),
    *on({"risk.sizing": "fraction_of_equity"}, ("risk.equity_fraction", 0.5, 1.0)),
    *on({"risk.sizing": "fixed_notional"}, ("risk.fixed_notional", 20_000.0, 10_000.0)),
    *on({"risk.sizing": "fixed_quantity"}, ("risk.fixed_quantity", 5.0, 10.0)),
)

EXITS = (
    *on(
        {},
        ("exits.scale_out_rr", 1.0, 0.5),
        ("exits.scale_out_share", 0.5, 0.3),
        ("exits.r_multiple_target", 2.5, 2.0),
        ("exits.max_bars_in_trade", 48, 24),
        ("exits.breakeven_rr", None, 1.0),
        ("exits.trail_atr_mult", None, 2.0),
        ("exits.regime_stop_atr.trend", None, 1.5),
        ("exits.regime_stop_atr.range", None, 1.5),
        ("exits.regime_stop_atr.turmoil", None, 1.0),
        ("exits.volume_trap_atr", None, 0.5),
        ("exits.exit_confidence", None, 0.02),
    ),
    *on({"exits.trail_atr_mult": 2.0}, ("exits.trail_after_rr", 1.0, 0.5)),
)

GUARDS = (
    *on({}, ("safety.cooldown_bars", 0, 12)),
    *on({"safety.cooldown_bars": 12}, ("safety.cooldown_after", "any", "loss")),
    *on(FAST, ("safety.loss_streak_threshold", 0, 2)),
    *on(FAST | {"safety.loss_streak_threshold": 2}, ("safety.loss_streak_hours", 24.0, 240.0)),
)

COSTS = (
    *on(
        {},
        ("costs.fee_bps", 5.0, 4.0),
        ("costs.spread_bps", 1.0, 2.0),
        ("costs.slippage_bps", 1.0, 2.0),
        ("costs.slippage_range_bps", 0.0, 1.0),
        ("costs.scenario", None, "C"),
        ("execution.fill", "next_open", "close"),
    ),
    *on({"costs.scenario": "B"}, ("costs.pip", 0.01, 0.1)),
    *on({"costs.scenario": "C"}, ("costs.spike_range_ratio", 2.0, 1.5)),
)

TWO = {"portfolio.assets": ["DEMO", "DEMO2"]}
PORTFOLIO = tuple(
    replace(row, datum=DEMOS)
    for row in (
        *on({}, ("portfolio.assets", [], ["DEMO", "DEMO2"])),
        *on(
            TWO,
            ("portfolio.overrides", {}, {"DEMO2": {"exits": {"max_bars_in_trade": 12}}}),
            ("portfolio.capital", "split", "shared"),
            ("portfolio.max_positions", None, 1),
            ("portfolio.max_total_risk", None, 0.006),
            ("portfolio.max_total_notional", None, 0.3),
        ),
    )
)

RULE_ROWS = (
    *MARKET, *FUSION, *GATES, *MACRO, *SCREEN, *STATES, *ACCOUNT, *RISK, *EXITS, *GUARDS, *COSTS,
    *PORTFOLIO,
)  # fmt: skip

"""The table of live keys, first half: domains and patterns, which are columns and scores.

(key, one value, another); the first is the default.
"""

from live_key_run import Row

TILTED = {
    "macro.series": {"rate": {"path": "@rate.csv", "unit": "points"}},
    "macro.tilts": [{"series": "rate", "side_when_high": "short"}],
    "fusion.weights.macro": 0.3,
}
TIMED = {"fusion.weights.temporal": 0.3}

DOMAINS = (
    ("domains.wyckoff.timeframes", ["4h", "1d"], ["4h", "12h"]),
    ("domains.wyckoff.weights", [1.0, 1.0], [1.0, 0.2]),
    ("domains.wyckoff.gain", 8.0, 16.0),
    ("domains.liquidity.absorption", 0.8, 1.6),
    ("domains.liquidity.profile", 0.3, 0.6),
    ("domains.liquidity.profile_peak", 1.0, 2.0),
    ("domains.liquidity.gain", 6.0, 12.0),
    ("domains.momentum.macd_scale_atr", 0.15, 0.3),
    ("domains.momentum.adx_half", 20.0, 40.0),
    ("domains.momentum.divergence_weight", 0.4, 0.8),
    ("domains.momentum.gain", 12.0, 24.0),
    ("domains.smc.break_of_structure", 1.0, 2.0),
    ("domains.smc.change_of_character", 1.0, 2.0),
    ("domains.smc.fair_value_gap", 0.7, 1.4),
    ("domains.smc.order_block", 0.7, 1.4),
    ("domains.smc.gain", 8.0, 16.0),
)
MACRO = (
    ("domains.macro.tilt", 1.0, 2.0),
    ("domains.macro.gain", 1.0, 2.0),
)
TEMPORAL = (
    ("domains.temporal.hour_of_week", 1.0, 2.0),
    ("domains.temporal.echo_30_days", 1.0, 2.0),
    ("domains.temporal.echo_60_days", 1.0, 2.0),
    ("domains.temporal.echo_90_days", 1.0, 2.0),
    ("domains.temporal.gain", 4.0, 8.0),
)
PATTERNS = (
    ("patterns.break_of_structure.min_break_atr", 0.1, 0.2),
    ("patterns.break_of_structure.half_age_bars", 12.0, 24.0),
    ("patterns.break_of_structure.max_age_bars", 120, 60),
    ("patterns.change_of_character.min_break_atr", 0.1, 0.2),
    ("patterns.change_of_character.half_age_bars", 12.0, 24.0),
    ("patterns.change_of_character.max_age_bars", 120, 60),
    ("patterns.fair_value_gap.min_gap_atr", 0.3, 0.6),
    ("patterns.fair_value_gap.near_atr", 0.5, 1.0),
    ("patterns.fair_value_gap.half_age_bars", 24.0, 48.0),
    ("patterns.fair_value_gap.max_age_bars", 240, 120),
    ("patterns.order_block.min_displacement_atr", 1.5, 3.0),
    ("patterns.order_block.min_volume_ratio", 1.5, 3.0),
    ("patterns.order_block.near_atr", 0.5, 1.0),
    ("patterns.order_block.half_age_bars", 48.0, 96.0),
    ("patterns.order_block.max_age_bars", 240, 120),
    ("patterns.divergence.rsi_scale", 6.0, 12.0),
    ("patterns.divergence.max_span_bars", 60, 30),
    ("patterns.divergence.half_age_bars", 12.0, 24.0),
    ("patterns.divergence.max_age_bars", 72, 36),
    ("patterns.wyckoff.close_share", 0.4, 0.6),
    ("patterns.wyckoff.range_bars", 30, 15),
    ("patterns.wyckoff.stable_bars", 6, 3),
    ("patterns.wyckoff.box_drift", 0.2, 0.4),
    ("patterns.wyckoff.min_width_atr", 2.0, 4.0),
    ("patterns.wyckoff.max_width_atr", 9.0, 18.0),
    ("patterns.wyckoff.leave_bars", 3, 1),
    ("patterns.wyckoff.range_max_bars", 180, 90),
    ("patterns.wyckoff.climax_move_atr", 4.0, 8.0),
    ("patterns.wyckoff.climax_range_atr", 1.3, 2.6),
    ("patterns.wyckoff.climax_volume_z", 1.5, 3.0),
    ("patterns.wyckoff.rally_move_atr", 2.0, 4.0),
    ("patterns.wyckoff.test_near", 0.4, 0.8),
    ("patterns.wyckoff.test_volume", 0.7, 0.35),
    ("patterns.wyckoff.spring_min_atr", 0.05, 0.1),
    ("patterns.wyckoff.spring_volume_z", 0.25, 0.5),
    ("patterns.wyckoff.spring_bars", 3, 1),
    ("patterns.wyckoff.strength_break_atr", 0.1, 0.2),
    ("patterns.wyckoff.strength_range_atr", 1.0, 2.0),
    ("patterns.wyckoff.strength_volume_z", 1.0, 2.0),
    ("patterns.wyckoff.point_near_atr", 0.5, 1.0),
    ("patterns.wyckoff.point_volume_z", 0.5, 1.0),
    ("patterns.wyckoff.point_bars", 24, 12),
    ("patterns.wyckoff.phase_a", 0.4, 0.8),
    ("patterns.wyckoff.phase_b", 0.5, 0.25),
    ("patterns.wyckoff.phase_c", 0.8, 0.4),
    ("patterns.wyckoff.phase_d", 1.0, 0.5),
    ("patterns.wyckoff.phase_e", 0.7, 0.35),
    ("patterns.wyckoff.position", 0.1, 0.2),
    ("patterns.wyckoff.half_age_bars", 12.0, 24.0),
    ("patterns.wyckoff.max_age_bars", 60, 30),
    ("patterns.absorption.min_volume_z", 1.5, 3.0),
    ("patterns.absorption.max_body_share", 0.3, 0.6),
    ("patterns.absorption.min_location", 0.65, 0.8),
    ("patterns.absorption.half_age_bars", 4.0, 8.0),
)
# Too rare on the demo market to move a trade there: by the datum on which they do.
SCARCE = {
    "sessions 1": (
        ("patterns.sweep.level_age_bars", 240, 120),
        ("patterns.sweep.equal_atr", 0.15, 2.0),
    ),
    "sessions 2": (
        ("domains.liquidity.sweep", 1.0, 2.0),
        ("patterns.sweep.half_age_bars", 4.0, 8.0),
        ("patterns.sweep.max_age_bars", 12, 6),
        ("patterns.absorption.max_age_bars", 12, 6),
        ("patterns.sweep.min_volume_z", 1.0, 2.0),
        ("patterns.sweep.min_wick_share", 0.5, 0.25),
    ),
    "gaps 2": (
        ("patterns.wyckoff.rally_bars", 12, 6),
        ("patterns.wyckoff.test_bars", 40, 20),
        ("patterns.wyckoff.spring_max_atr", 1.5, 3.0),
    ),
}

DOMAIN_ROWS = (
    *(Row(key, values) for key, *values in DOMAINS),
    *(Row(key, values, base=TILTED) for key, *values in MACRO),
    *(Row(key, values, base=TIMED) for key, *values in TEMPORAL),
    *(Row(key, values) for key, *values in PATTERNS),
    *(Row(key, values, datum=name) for name, pairs in SCARCE.items() for key, *values in pairs),
)

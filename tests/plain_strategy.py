"""A strategy of one domain, quick to warm up and to compile: what most tests trade with."""

ONLY_MOMENTUM = {
    "fusion.weights": {"wyckoff": 0.0, "liquidity": 0.0, "momentum": 1.0, "smc": 0.0},
    "domains.momentum.gain": 3.0,
    "domains.momentum.divergence_weight": 0.0,
    "fusion.entry_threshold_confidence": 0.40,
    "fusion.full_engine_validation_interval_bars": 3,
}

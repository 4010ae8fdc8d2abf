"""Run in a process of its own: what some replays of the demo market end in, as JSON.

Also how often each kernel was compiled: `signatures` of the kernels that are not inlined.
"""

import hashlib
import importlib
import json
import pkgutil

from plain_strategy import ONLY_MOMENTUM

import engine
from engine.bars.demo import demo_bars
from engine.experiment import run_experiment
from engine.replay.settings import Settings
from engine.settings import override, validate

CASES = [
    {},
    {"execution.fill": "close", "gates.atr_percentile": {"floor": 0.05, "cap": 0.95}},
    {"risk.stop_buffer_multiplier": 0.3, "costs.slippage_range_bps": 2.0},
    {"batch_mode.policy": "sentinel", "gates.session": {"from_hour": 5, "to_hour": 21}},
    *(
        {
            "fusion.execution_mode": mode,
            "fusion.entry_threshold_by_regime": {"trend": 0.3, "turmoil": 0.5},
            "fast_signals.trend_timeframe": "4h",
            "fast_signals.adx_threshold": 12.0,
            "entries.require_sentinel_within_bars": 30,
            "safety.cooldown_bars": 2,
            "safety.loss_streak_threshold": 2,
        }
        for mode in ("advisory", "prefilter", "execute_only_if_fusion_confirms")
    ),
]


def replayed(tree, mode):
    settings = validate(Settings, override({}, {"asset": "DEMO", **ONLY_MOMENTUM, **tree}), "probe")
    done = run_experiment(settings, demo_bars(1_500), None, None, mode)
    return {
        "digest": done.result.digest(),
        "candidates": hashlib.sha256(done.candidates.text.encode()).hexdigest(),
        "rows": hashlib.sha256(done.rows.table.tobytes()).hexdigest(),
        "codes": hashlib.sha256(done.replayed.codes.tobytes()).hexdigest(),
        "trades": int(done.result.trades.size),
        "lines": done.candidates.text.count("\n"),
    }


def signatures():
    """Compiled signatures of each kernel that is called, not inlined into its callers."""
    found = {}
    for each in pkgutil.walk_packages(engine.__path__, "engine."):
        module = importlib.import_module(each.name)
        for name, kernel in vars(module).items():
            own = getattr(getattr(kernel, "py_func", None), "__module__", None) == each.name
            if own and not kernel.targetoptions.get("forceinline"):
                found[f"{each.name}.{name}"] = len(kernel.signatures)
    return found


if __name__ == "__main__":
    runs = [replayed(tree, mode) for tree in CASES for mode in ("full", "focused")]
    print(json.dumps({"runs": runs, "signatures": signatures()}))

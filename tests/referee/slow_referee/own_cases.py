"""What random cases are made of beside the built-in strategy: files of one's own, and the lossy
policy `sentinel`.
"""

from pathlib import Path
from random import Random
from typing import Any

from .own_files import CHANGES, HEADER, NAMES_STOP, TEXTS, WHOLE
from .random_cases import Alters

# What a whole strategy sets for itself, unless the configuration says otherwise.
DECIDED = (
    "fusion.entry_threshold_confidence", "fusion.full_engine_validation_interval_bars",
    "fusion.trend_timeframes", "fusion.execution_mode", "exits.scale_out_rr",
    "exits.r_multiple_target", "exits.max_bars_in_trade", "exits.exit_confidence",
)  # fmt: skip
STOPS = ("risk.stop", "risk.structure_buffer_atr")


def with_file(kind: str) -> Alters:
    """Configurations that name a strategy file of this kind."""

    def alters(random: Random, tree: dict[str, Any], folder: Path) -> None:
        path = folder / f"{kind.replace(' ', '_')}.py"
        path.write_text(HEADER + TEXTS[kind], encoding="utf-8")
        tree["plugins"] = [str(path)]
        if kind in WHOLE:
            alone(random, tree)
        if kind in NAMES_STOP:
            drop(tree, STOPS)
        tree |= CHANGES.get(kind, {})

    return alters


def alone(random: Random, tree: dict[str, Any]) -> None:
    """Nothing else decides; half of the time the strategy's own defaults stand as well."""
    drop(tree, [key for key in tree if key.startswith("fusion.weights.")])
    drop(tree, ["macro.tilts", "portfolio.overrides"])
    if random.random() < 0.5:
        drop(tree, DECIDED)


def drop(tree: dict[str, Any], keys: Any) -> None:
    for key in keys:
        tree.pop(key, None)


def lossy(random: Random, tree: dict[str, Any], folder: Path) -> None:
    """The policy `sentinel`, with windows that matter."""
    tree |= {
        "batch_mode.policy": "sentinel",
        "batch_mode.candidate_window_bars": random.choice([0, 1, 3, 12]),
        "batch_mode.min_fusion_score": round(random.uniform(0.01, 0.3), 3),
        "batch_mode.min_adx": round(random.uniform(0.0, 25.0), 2),
    }

"""Legal settings from a seed, of the one domain that the referee knows."""

from pathlib import Path
from typing import Any

import numpy as np
from plain_strategy import ONLY_MOMENTUM

from engine.replay.settings import Settings
from engine.review.parity.fuzz_settings import random_changes
from engine.settings import override, validate

MODES = ("advisory", "prefilter", "execute_only_if_fusion_confirms", "fusion_only")


def random_settings(seed: int, folder: Path, price: float) -> Settings:
    """folder: of the small files of live_key_run. price: what a fixed quantity is chosen for."""
    draw = np.random.default_rng(seed)
    mode = MODES[seed // 7 % len(MODES)]
    keys = {**ONLY_MOMENTUM, **random_changes(draw, mode, price)}
    keys["portfolio.max_total_notional"] = None  # the referee knows no portfolio
    if seed % 3 == 0:
        # Every other one with a series that jumps from day to day: exits at the close meet there.
        keys |= macro_and_funding(folder, "other" if seed % 6 == 0 else "value")
    return validate(Settings, override({}, keys), f"seed {seed}")


def macro_and_funding(folder: Path, column: str) -> dict[str, Any]:
    rate = {"path": str(folder / "rate.csv"), "unit": "points", "missing": "ignore"}
    rate["value_column"] = column
    veto = {"series": "rate", "side": "long", "on": 6.0, "off": 0.0, "exits": True}
    return {
        "macro.series": {"rate": rate},
        "macro.vetoes": [veto, veto | {"side": "short", "on": -8.0, "off": 0.0}],
        "data.funding": str(folder / "funding.csv"),
    }

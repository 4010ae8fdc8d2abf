"""The run and the sweep of the demo market that the tests of the report look at."""

import json
from pathlib import Path
from typing import Any

from engine.bars.demo import demo_bars
from engine.inputs import load_settings
from engine.replay.settings import Settings
from engine.search.exports import write_results
from engine.search.plan import plan_sweep
from engine.search.settings import Score
from engine.search.space import space_of
from engine.search.stages import best_first, measured
from engine.search.sweep import run_sweep

BARS = 6_000
TRAILING = ["exits.trail_atr_mult=3.0", "batch_mode.candidate_window_bars=6"]
LEAVES = {
    "fusion.entry_threshold_confidence": (0.34, 0.4, 0.46),
    "exits.r_multiple_target": (1.0, 2.0, 3.0),
    "exits.scale_out_rr": (0.5, 1.0),
    "exits.max_bars_in_trade": (48,),
}


def demo_settings(*assignments: str) -> Settings:
    return load_settings("ETH_comprehensive", "DEMO", assignments)


def edited(path: Path, **changes: Any) -> None:
    """Change keys of a JSON file."""
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(content), encoding="utf-8")


def write_sweep(folder: Path) -> None:
    """A sweep of 18 points, of which three are not legal: a partial at the target."""
    plan = plan_sweep(demo_settings(), demo_bars(BARS), (None, None), LEAVES)
    score = Score(0)
    swept = run_sweep(plan, folder, False, 1, lambda *_: None, None, score)
    table = measured(swept, score)
    order = best_first(swept.numbers, table["score"])
    write_results(folder, space_of(LEAVES), swept.numbers[order], table[order])

"""Run in a process of its own, in a copy of the program: what parity and the referee say, as JSON.

Its arguments are a number of demo bars, and settings as `--set` takes them.
"""

import json
import sys

from test_referee_random import difference, judged

import engine
from engine.bars.demo import demo_bars
from engine.experiment import run_experiment
from engine.inputs import load_settings
from engine.review.parity.in_process import compare_replays

if __name__ == "__main__":
    bars, settings = demo_bars(int(sys.argv[1])), load_settings(None, "DEMO", sys.argv[2:])
    full = run_experiment(settings, bars, None, None, "full")
    referee = judged(full)
    found = {
        "program": engine.__file__,
        "parity": compare_replays(settings, bars, None, None, ["0", "6", "all"]).verdict,
        "referee": difference(full, referee),
        "result": full.result.digest(),
        "trades": len(referee.trades),
        "ties": len(referee.ties),
    }
    print(json.dumps(found))

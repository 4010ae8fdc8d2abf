"""Tune a strategy in two stages: `barsieve sweep --two-stage` under the name people know."""

import sys

from engine.cli import run_script

if __name__ == "__main__":
    # Given first, so that what is typed wins.
    run_script(
        "sweep", ["--two-stage", "--scenarios", "A,B,C", "--grid_size", "medium", *sys.argv[1:]]
    )

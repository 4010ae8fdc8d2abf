"""Replay a market: `barsieve replay` under the name people know."""

from engine.cli import run_script

if __name__ == "__main__":
    run_script("replay")

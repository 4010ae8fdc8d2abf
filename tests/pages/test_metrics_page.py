"""docs/metrics.md names every number that is given anywhere, and says what it is."""

import re
from dataclasses import fields

from page import text_of

import barsieve
from engine.results.metrics import Metrics
from engine.results.trades import TRADE
from engine.search.measures import NAMES

NAMED = set(re.findall(r"`([a-z_]+)`", text_of("metrics.md")))


def test_every_number_of_a_run() -> None:
    bars = barsieve.demo_bars(3_000)
    run = barsieve.run(bars, "ETH_comprehensive")
    both = barsieve.run({"A": bars, "B": bars}, "ETH_comprehensive")
    names = {each.name for each in fields(Metrics)} | set(run.stats) | set(run.trades.columns)
    names |= set(run.outcome.visits()) | set(both.outcome.visits()) | set(TRADE.names or ())
    assert names - NAMED == set()


def test_every_number_of_a_screen_and_a_sweep() -> None:
    screened = barsieve.screen(barsieve.demo_bars(3_000), "ETH_comprehensive")
    assert (set(screened.stats) | set(NAMES)) - NAMED == set()


def test_every_line_of_the_table() -> None:
    page = text_of("metrics.md")
    run = barsieve.run(barsieve.demo_bars(3_000), "ETH_comprehensive")
    lines = [line.split("  ")[1] for line in repr(run).splitlines() if line.startswith("  ")]
    assert len(lines) >= 9
    for name in lines:
        assert f"| {name} |" in page, name

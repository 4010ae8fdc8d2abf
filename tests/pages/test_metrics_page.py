"""docs/metrics.md names every number that is given anywhere, and says what it is."""

import re

import pytest
from metrics_page import made
from page import text_of

import barsieve
from engine.results.metrics.catalogue import METRICS, OF_SUMS
from engine.results.trades import TRADE
from engine.search.measures import NAMES

NAMED = set(re.findall(r"`([a-z_]+)`", text_of("metrics.md")))


def test_its_tables_are_those_of_the_catalogue() -> None:
    page = text_of("metrics.md")
    assert made(page) == page
    for name, metric in METRICS.items():
        mark = "" if name in OF_SUMS else " ·"
        assert f"| {metric.title} | `{name}`{mark} |" in page


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("| CAGR |", "| Growth |"), ("### Costs", "### Fees"), ("Unit: hours.", "Unit: days.")],
)
def test_a_page_that_is_not_of_the_catalogue_is_noticed(right: str, wrong: str) -> None:
    changed = text_of("metrics.md").replace(right, wrong)
    assert made(changed) != changed


def test_every_number_of_a_run() -> None:
    bars = barsieve.demo_bars(3_000)
    run = barsieve.run(bars, "ETH_comprehensive")
    both = barsieve.run({"A": bars, "B": bars}, "ETH_comprehensive")
    names = set(METRICS) | set(run.stats) | set(run.trades.columns)
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

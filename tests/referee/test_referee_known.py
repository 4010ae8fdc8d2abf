"""What the referee once found in the engine, and what became of it."""

from dataclasses import replace
from functools import cache

import pytest
from slow_referee.engine_side import EngineRun, run_engine

from engine.bars.demo import demo_bars
from engine.errors import SettingsError
from engine.inputs import load_markets
from engine.review.parity.markets import MARKETS

QUICK = ('fusion.trend_timeframes=["4h"]', 'domains.wyckoff.timeframes=["4h"]')


@cache
def run(bars: int) -> EngineRun:
    changes = (*QUICK, "domains.wyckoff.weights=[1]")
    whole, own = load_markets("ETH_comprehensive", ("DEMO",), changes)
    return run_engine(whole, [(own[0], demo_bars(bars))], None, None)


def cut_at_its_first_order() -> EngineRun:
    """A run whose last bar orders an entry, which nothing can fill any more."""
    return run(run(1_500).events[0].bar + 1)


def test_the_entry_of_the_last_bar_is_dropped() -> None:
    kinds = [(event.kind, event.reason) for event in cut_at_its_first_order().events]
    assert kinds == [("order", "entry"), ("drop", "end_of_data")]


def test_a_drop_is_stamped_as_its_order() -> None:
    ordered, dropped = cut_at_its_first_order().stamps
    assert dropped == ordered


def test_a_pip_above_the_price_is_refused() -> None:
    """Scenario B once sold below 0, and turned 100,000 into 399,477 by one leg."""
    changes = (*QUICK, "domains.wyckoff.weights=[1]", "costs.scenario=B", "costs.pip=0.5")
    whole, own = load_markets("ETH_comprehensive", ("DEMO",), changes)
    tiny = replace(MARKETS["tiny"](1, 200), asset="DEMO")  # prices of 1e-6
    with pytest.raises(SettingsError, match=r"would fill at -0\.149999: costs\.pip takes 0\.15"):
        run_engine(whole, [(own[0], tiny)], None, None)

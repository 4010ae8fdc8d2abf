"""Columns of returns are, in bytes, those of plain replays, and add up to the sums of a sweep."""

from dataclasses import replace

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.inputs import load_settings
from engine.plugins.visit import visit
from engine.prescreen.windows import whole
from engine.replay.market import prepare
from engine.results.metrics.history import returns_of
from engine.results.sums import change
from engine.search.plan import Plan, plan_sweep
from engine.search.points import settings_at
from engine.search.replays import replay_block
from engine.search.sweep import Group, group_of
from engine.search.validation.returns import replay_returns

BARS = demo_bars(6_000)
LEAVES = {
    "fusion.entry_threshold_confidence": (0.3, 0.44),
    "risk.stop_buffer_multiplier": (1.0, 2.0),
    "exits.scale_out_rr": (0.5, 1.0),
    "exits.trail_atr_mult": (None, 2.0),
}


def planned(*changes: str, dates=(None, None)) -> Plan:
    base = load_settings(
        "ETH_comprehensive", "DEMO", ["costs.scenario=B", "costs.pip=0.01", *changes]
    )
    return plan_sweep(base, BARS, dates, LEAVES)


def inside(bars) -> tuple[str, str]:
    days = bars.open_time[[1_500, 4_500]].astype("datetime64[ns]").astype("datetime64[D]")
    return str(days[0]), str(days[1])


def columns(group: Group, every_bar: bool = False) -> np.ndarray:
    first, stop = group.market.span
    windows = whole(first, stop) if every_bar else group.windows
    return replay_returns(group.market.rows.table[:stop], windows, first, group.points.params)


def plain(plan: Plan, number: int) -> np.ndarray:
    settings = settings_at(plan.base, plan.space.changes(number))
    own = visit(prepare(settings, plan.bars, *plan.dates), None)
    return returns_of(own.equity, settings.account.initial_cash)


@pytest.mark.parametrize(
    ("changes", "dates"),
    [
        ((), (None, None)),
        ((), inside(BARS)),
        (("execution.fill=close",), (None, None)),
        (("risk.max_risk_per_trade=1", "risk.min_risk_per_trade=0.9"), (None, None)),
    ],
)
def test_each_column_is_that_of_its_own_full_replay(changes, dates) -> None:
    plan = planned(*changes, dates=dates)
    group = group_of(plan, 0, None)
    found = columns(group)
    assert found.shape == (group.market.span[1] - group.market.span[0], plan.space.size)
    assert (found != 0.0).any(axis=0).all()
    for number in range(plan.space.size):
        assert found[:, number].tobytes() == plain(plan, number).tobytes(), number
    assert found.tobytes() == columns(group, every_bar=True).tobytes()


def test_columns_add_up_to_the_sums_of_the_sweep() -> None:
    group = group_of(planned(), 0, None)
    first, stop = group.market.span
    table, params = group.market.rows.table[:stop], group.points.params
    sums = replay_block(table, group.windows, first, params)
    found = columns(group)
    added, squares = np.zeros(params.size), np.zeros(params.size)
    for row in found:  # one by one, as the sweep does
        added += row
        squares += row * row
    assert added.tobytes() == sums["returns"].tobytes()
    assert squares.tobytes() == sums["squares"].tobytes()


def test_a_point_more_or_less_changes_no_column() -> None:
    group = group_of(planned(), 0, None)
    own = replace(group.points, params=group.points.params[3:9])
    few = columns(replace(group, points=own))
    assert few.tobytes() == np.ascontiguousarray(columns(group)[:, 3:9]).tobytes()


def test_without_equity_there_is_no_return() -> None:
    assert returns_of(np.array([50.0, -10.0, -20.0, 5.0]), 100.0).tolist() == [-0.5, -1.2, 0.0, 0.0]
    assert [change(100.0, 50.0), change(-10.0, 5.0), change(0.0, 5.0)] == [-0.5, 0.0, 0.0]

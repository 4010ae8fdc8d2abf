"""Measures of a sweep of several assets, and its second stage."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.kernel import Floats, Ints, Table
from engine.search.measures import measures
from engine.search.portfolio import (
    PortfolioGroup,
    PortfolioPlan,
    PortfolioSwept,
    full_ground,
    portfolio_group,
)
from engine.search.settings import Scenario, Score
from engine.search.stages import Ranked, by_worst, periods_a_year, rate_of, with_scenario
from engine.search.together import replay_block_together


def stamps_a_year(plan: PortfolioPlan) -> float:
    """Stamps in a year of the merged clock of all bars."""
    return rate_of(np.unique(np.concatenate([each.bars.open_time for each in plan.own])))


def initial_cash(params: Table) -> Floats:
    """float64[p, a + 1]: what each asset and the portfolio began with, from records [p, a]."""
    own, assets = params["initial_cash"], params.shape[1]
    total = np.zeros(len(params))
    for asset in range(assets):  # in the order in which the kernel adds
        total += own[:, asset]
    shared = params["shares_capital"][:, 0] != 0
    return np.column_stack((own, np.where(shared, own[:, 0], total)))


def measured_all(
    plan: PortfolioPlan, group: PortfolioGroup, sums: Table, initial: Floats, score: Score
) -> list[Table]:
    """The measures of each asset, and of the portfolio at last. group: any, for its bars."""
    spans = [each.market.span for each in group.own]
    bars = [stop - first for first, stop in spans] + [group.clock.open_time.size]
    periods = [*(periods_a_year(each) for each in plan.own), stamps_a_year(plan)]
    return [
        measures(sums[:, place], initial[:, place], bars[place], periods[place], score)
        for place in range(len(bars))
    ]


def measured_portfolio(swept: PortfolioSwept, score: Score) -> tuple[Table, dict[str, Table]]:
    """The measures of the portfolio at all points, and those of each asset in it."""
    initial = np.empty(swept.sums.shape)
    for group in swept.groups:
        initial[np.searchsorted(swept.numbers, group.numbers)] = initial_cash(group.params)
    *own, joined = measured_all(swept.plan, swept.groups[0], swept.sums, initial, score)
    return joined, dict(zip(swept.plan.names, own, strict=True))


def replayed_in_full(plan: PortfolioPlan, numbers: Ints, scenario: Scenario, score: Score) -> Table:
    """The measures of the portfolio at some points under a scenario, every stamp visited."""
    own = [replace(each, base=with_scenario(each.base, scenario)) for each in plan.own]
    moved = PortfolioPlan(tuple(own))
    found: dict[int, Table] = {}
    for number in range(moved.groups):
        group = portfolio_group(moved, number, None)
        places = np.flatnonzero(np.isin(group.numbers, numbers))
        if places.size == 0:
            continue
        params = group.params[places]
        sums = replay_block_together(*full_ground(group), params)
        joined = measured_all(moved, group, sums, initial_cash(params), score)[-1]
        found |= dict(zip(group.numbers[places].tolist(), joined, strict=True))
    return np.array([found[int(number)] for number in numbers])


def refine_portfolio(
    plan: PortfolioPlan, numbers: Ints, scenarios: Sequence[Scenario], score: Score
) -> Ranked:
    """What `refine` does, for several assets: ranked by the portfolio's scores."""
    return by_worst(
        numbers, {each: replayed_in_full(plan, numbers, each, score) for each in scenarios}
    )

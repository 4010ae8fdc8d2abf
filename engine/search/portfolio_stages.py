"""Measures of a sweep of several assets, its second stage, and the proof of its winner."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.kernel import Floats, Ints, Table
from engine.results.metrics.totals import Totals, rate_of
from engine.search.measures import measures
from engine.search.portfolio import (
    PortfolioGroup,
    PortfolioPlan,
    PortfolioSwept,
    focused_ground,
    full_ground,
    portfolio_group,
)
from engine.search.portfolio_verify import verify_point
from engine.search.progress import Report, silent
from engine.search.settings import Scenario, Score
from engine.search.stages import (
    Ranked,
    Refining,
    not_shown,
    ranked_by_worst,
    screens_of,
    totals_of,
    with_scenario,
)
from engine.search.together import replay_block_together


def joined_totals(group: PortfolioGroup, sums: Table, initial: Floats) -> Totals:
    """What the sums of the portfolio are read with. initial: float64[p] cash."""
    known = [each.market.rows.bars.open_time[: each.market.span[1]] for each in group.own]
    times = group.clock.open_time
    return Totals(sums, initial, times.size, rate_of(np.unique(np.concatenate(known))), times)


def initial_cash(params: Table) -> Floats:
    """float64[p, a + 1]: what each asset and the portfolio began with, from records [p, a]."""
    own, assets = params["initial_cash"], params.shape[1]
    total = np.zeros(len(params))
    for asset in range(assets):  # in the order in which the kernel adds
        total += own[:, asset]
    shared = params["shares_capital"][:, 0] != 0
    return np.column_stack((own, np.where(shared, own[:, 0], total)))


def measured_all(group: PortfolioGroup, sums: Table, initial: Floats, score: Score) -> list[Table]:
    """The measures of each asset, and of the portfolio at last. group: any, for its bars."""
    own = [
        totals_of(each.market, sums[:, place], initial[:, place])
        for place, each in enumerate(group.own)
    ]
    joined = joined_totals(group, sums[:, -1], initial[:, -1])
    return [measures(each, score) for each in (*own, joined)]


def measured_portfolio(swept: PortfolioSwept, score: Score) -> tuple[Table, dict[str, Table]]:
    """The measures of the portfolio at all points, and those of each asset in it."""
    initial = np.empty(swept.sums.shape)
    for group in swept.groups:
        initial[np.searchsorted(swept.numbers, group.numbers)] = initial_cash(group.params)
    *own, joined = measured_all(swept.groups[0], swept.sums, initial, score)
    return joined, dict(zip(swept.plan.names, own, strict=True))


def under(plan: PortfolioPlan, scenario: Scenario) -> PortfolioPlan:
    """The plan with a cost scenario in the settings of each asset."""
    own = [replace(each, base=with_scenario(each.base, scenario)) for each in plan.own]
    return PortfolioPlan(tuple(own))


def refine_portfolio(
    plan: PortfolioPlan,
    numbers: Ints,
    scenarios: Sequence[Scenario],
    score: Score,
    report: Report = silent,
) -> Ranked:
    """What `refine` does, for several assets: ranked by the portfolio's scores."""
    moved = {each: under(plan, each) for each in scenarios}
    found: dict[int, dict[Scenario, Table]] = {}
    told = Refining(report, numbers.size)
    for screen in np.unique(screens_of(plan.own[0], numbers)).tolist():
        groups = {each: portfolio_group(own, screen, None) for each, own in moved.items()}
        first = groups[scenarios[0]]
        for number in numbers[np.isin(numbers, first.numbers)].tolist():
            tables = {k: in_full(own, number, score) for k, own in groups.items()}
            found |= told.rows(tables, 1)
    return ranked_by_worst(found, numbers, scenarios)


def in_full(group: PortfolioGroup, number: int, score: Score) -> dict[int, Table]:
    """The measures of the portfolio at a point, every stamp visited: one record, by its number."""
    params = group.params[group.numbers == number]
    sums = replay_block_together(*full_ground(group), params)
    return {number: measured_all(group, sums, initial_cash(params), score)[-1]}


def verify_portfolio_winner(plan: PortfolioPlan, ranked: Ranked, score: Score) -> int:
    """What `verify_winner` does, for several assets."""
    number = int(ranked.numbers[0])
    screen = int(screens_of(plan.own[0], ranked.numbers[:1])[0])
    for scenario, table in ranked.tables.items():
        moved = under(plan, scenario)
        own = focused_alone(moved, portfolio_group(moved, screen, None), number)
        verify_point(own, number)
        if measured_portfolio(own, score)[0].tobytes() != table[:1].tobytes():
            raise not_shown(number, scenario)
    return number


def focused_alone(plan: PortfolioPlan, group: PortfolioGroup, number: int) -> PortfolioSwept:
    """A sweep of one point."""
    chosen = group.numbers == number
    alone = replace(group, numbers=group.numbers[chosen], params=group.params[chosen])
    sums = replay_block_together(focused_ground(alone), alone.windows, alone.params)
    return PortfolioSwept(plan, alone.numbers, sums, (), (alone,))

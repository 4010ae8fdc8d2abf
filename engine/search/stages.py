"""Two stages: every point under one cost scenario, then the best under all, each by full replay."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.errors import BarsieveError, DefectError, PluginError, SettingsError
from engine.kernel import Floats, Ints, Table
from engine.plugins.precompute import Workers
from engine.replay.market import Market
from engine.replay.settings import Settings
from engine.results.metrics.totals import Totals, rate_of
from engine.search.bank import Bank
from engine.search.measures import measures
from engine.search.plan import Plan
from engine.search.play import play, strategies
from engine.search.points import Points, settings_at
from engine.search.progress import Report, silent
from engine.search.settings import SCENARIOS, Scenario, Score
from engine.search.sweep import Group, Swept, group_of
from engine.search.verify import verify_point


@dataclass(frozen=True)
class Ranked:
    """Points, best first. numbers: int64[p]; table: their measures by scenario; final: float64[p],
    the worst score of the scenarios.
    """

    numbers: Ints
    tables: dict[Scenario, Table]
    final: Floats


def with_scenario(base: Settings, scenario: Scenario) -> Settings:
    """The settings under a cost scenario; `prepare` finds the pip of B where it has none."""
    return settings_at(base, {"costs.scenario": scenario})


def parse_scenarios(text: str) -> tuple[Scenario, ...]:
    """`B` or `A,C`, in that order."""
    names = [name.strip().upper() for name in text.split(",")]
    for name in names:
        if name not in SCENARIOS:
            raise SettingsError(f"--scenarios {name}: expected some of {', '.join(SCENARIOS)}")
        if names.count(name) > 1:
            raise SettingsError(f"--scenarios {text}: {name} stands there twice")
    return tuple(each for name in names for each in SCENARIOS if each == name)


def totals_of(market: Market, sums: Table, initial: Floats) -> Totals:
    """What the sums of points of one market are read with. initial: float64[p] cash."""
    times, (first, stop) = market.rows.bars.open_time, market.span
    return Totals(sums, initial, stop - first, rate_of(times[:stop]), times)


def measured(swept: Swept, score: Score) -> Table:
    """The measures of all points of a sweep, in the order of their numbers."""
    totals = totals_of(swept.groups[0].market, swept.sums, initial_cash(swept))
    return measures(totals, score)


def initial_cash(swept: Swept) -> Floats:
    """float64[p]: what each point began with."""
    found = np.empty(swept.numbers.size)
    for group in swept.groups:
        alive = np.isin(group.numbers, swept.numbers)
        places = np.searchsorted(swept.numbers, group.numbers[alive])
        found[places] = group.points.params["initial_cash"][alive]
    return found


def best_first(numbers: Ints, scores: Floats) -> Ints:
    """Places by descending score, those without one last, then by number."""
    return np.lexsort((numbers, -scores))


def refine(
    plan: Plan,
    numbers: Ints,
    scenarios: Sequence[Scenario],
    score: Score,
    bank: Bank | None = None,
    report: Report = silent,
) -> Ranked:
    """Stage 2: the chosen points under every scenario, every bar visited, ranked by their worst
    score.

    bank: of the first stage. Raises PluginError when all of them fail.
    """
    bank = Bank(Workers()) if bank is None else bank
    moved = {each: replace(plan, base=with_scenario(plan.base, each)) for each in scenarios}
    found: dict[int, dict[Scenario, Table]] = {}
    told = Refining(report, numbers.size)
    for screen in np.unique(screens_of(plan, numbers)).tolist():
        groups = {each: group_of(own, screen, None) for each, own in moved.items()}
        first = groups[scenarios[0]]
        for part in parts_of(first, numbers[np.isin(numbers, first.numbers)]):
            tables = {k: in_full(moved[k], own, part, score, bank) for k, own in groups.items()}
            found |= told.rows(tables, part.size)
    return ranked_by_worst(found, numbers, scenarios)


class Refining:
    """Says how many points of a second stage are done."""

    def __init__(self, report: Report, total: int) -> None:
        self.report, self.total, self.done = report, total, 0
        self.begin = time.perf_counter()

    def rows(
        self, tables: Mapping[Scenario, Mapping[int, Table]], count: int
    ) -> dict[int, dict[Scenario, Table]]:
        """The points of so many that failed under no scenario, each with its measures by it."""
        alive = set.intersection(*map(set, tables.values()))
        found = {each: {k: own[each] for k, own in tables.items()} for each in alive}
        worst = [worst_of(own)[0] for own in found.values()]
        self.done += count
        elapsed = time.perf_counter() - self.begin
        self.report(self.done, self.total, elapsed, np.array(worst))
        return found


def parts_of(group: Group, numbers: Ints) -> list[Ints]:
    """One by one, so that progress is seen; together, where processes have to be started."""
    if strategies(group.market):
        return [numbers]
    return [numbers[place : place + 1] for place in range(numbers.size)]


def ranked_by_worst(
    found: dict[int, dict[Scenario, Table]], numbers: Ints, scenarios: Sequence[Scenario]
) -> Ranked:
    alive = [number for number in numbers.tolist() if number in found]
    if not alive:
        raise PluginError("every point of the second stage failed")
    left = np.array(alive, dtype=np.int64)
    tables = {each: np.concatenate([found[own][each] for own in alive]) for each in scenarios}
    final = worst_of(tables)
    order = best_first(left, final)
    return Ranked(left[order], {k: v[order] for k, v in tables.items()}, final[order])


def worst_of(tables: Mapping[Scenario, Table]) -> Floats:
    """float64[p]: the smallest score of the scenarios; none where one of them has none."""
    scores: Floats = np.minimum.reduce([table["score"] for table in tables.values()])
    return scores


def screens_of(plan: Plan, numbers: Ints) -> Ints:
    """The group of each point."""
    digits = np.unravel_index(numbers, [len(values) for values in plan.space.values])
    own = [digits[plan.space.keys.index(key)] for key in plan.screens.keys]
    sizes = [len(values) for values in plan.screens.values]
    return np.ravel_multi_index(own, sizes) if own else np.zeros(numbers.size, dtype=np.int64)


def in_full(plan: Plan, group: Group, numbers: Ints, score: Score, bank: Bank) -> dict[int, Table]:
    """The measures of some points, every bar visited, one record each; without those that fail in a
    function of the user's, which is said.
    """
    found: dict[int, Table] = {}
    for block in play([group], np.setdiff1d(group.numbers, numbers), bank, every_bar=True):
        for number, why in block.failed:
            scenario = plan.base.costs.scenario
            bank.workers.say(f"Point {number:,} fails on scenario {scenario}: {why}")
        cash = group.points.params["initial_cash"][np.isin(group.numbers, block.numbers)]
        table = measures(totals_of(group.market, block.sums, cash), score)
        found |= {own: table[k : k + 1] for k, own in enumerate(block.numbers.tolist())}
    return found


def verify_winner(plan: Plan, ranked: Ranked, score: Score, bank: Bank | None = None) -> int:
    """Replay the best point under each scenario that is shown, focused and in full: the same
    trades, equity and sums, and the measures of the table. Returns its number; raises BarsieveError
    for the first scenario that differs.
    """
    bank = Bank(Workers()) if bank is None else bank
    number = int(ranked.numbers[0])
    screen = int(screens_of(plan, ranked.numbers[:1])[0])
    for scenario, table in ranked.tables.items():
        moved = replace(plan, base=with_scenario(plan.base, scenario))
        own = focused_alone(moved, group_of(moved, screen, None), number, bank)
        verify_point(own, number, bank)
        if measured(own, score).tobytes() != table[:1].tobytes():
            raise not_shown(number, scenario)
    return number


def not_shown(number: int, scenario: Scenario) -> BarsieveError:
    return DefectError(
        f"internal error: point {number:,} under scenario {scenario} is not the row that is shown; "
        "please report it with the configuration"
    )


def focused_alone(plan: Plan, group: Group, number: int, bank: Bank) -> Swept:
    """A sweep of one point."""
    chosen = group.numbers == number
    points = Points(group.points.numbers[chosen], group.points.params[chosen], ())
    alone = replace(group, points=points, numbers=group.numbers[chosen])
    (block,) = play([alone], np.empty(0, dtype=np.int64), bank)
    return Swept(plan, block.numbers, block.sums, (), (alone,))

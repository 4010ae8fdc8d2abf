"""Two stages: every point under one cost scenario, then the best under all, each by full replay."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.bars.timeframe import nanoseconds
from engine.errors import BarsieveError, SettingsError
from engine.kernel import Floats, Ints, Table
from engine.prescreen.windows import whole
from engine.replay.settings import Settings
from engine.search.measures import measures
from engine.search.points import Points, settings_at
from engine.search.progress import Report
from engine.search.replays import replay_block
from engine.search.settings import SCENARIOS, Scenario, Score
from engine.search.sweep import Group, Plan, Swept, group_of, verify_point

YEAR = 365 * nanoseconds("1d")


@dataclass(frozen=True)
class Ranked:
    """Points, best first. numbers: int64[p]; table: their measures by scenario; final: float64[p],
    the worst score of the scenarios.
    """

    numbers: Ints
    tables: dict[Scenario, Table]
    final: Floats


def with_scenario(base: Settings, scenario: Scenario) -> Settings:
    """The settings under a cost scenario; raises SettingsError where B has no pip."""
    try:
        return settings_at(base, {"costs.scenario": scenario})
    except SettingsError as error:
        raise SettingsError(f"scenario {scenario}: {error}; as in --set costs.pip=0.01") from error


def parse_scenarios(text: str) -> tuple[Scenario, ...]:
    """`B` or `A,C`, in that order."""
    names = [name.strip().upper() for name in text.split(",")]
    for name in names:
        if name not in SCENARIOS:
            raise SettingsError(f"--scenarios {name}: expected some of {', '.join(SCENARIOS)}")
        if names.count(name) > 1:
            raise SettingsError(f"--scenarios {text}: {name} stands there twice")
    return tuple(each for name in names for each in SCENARIOS if each == name)


def periods_a_year(plan: Plan) -> float:
    """Bars in a year of this market: its own rate over the range, gaps and sessions included."""
    times = plan.bars.open_time
    return float((times.size - 1) / ((times[-1] - times[0]) / YEAR)) if times.size > 1 else 1.0


def measured(swept: Swept, score: Score) -> Table:
    """The measures of all points of a sweep, in the order of their numbers."""
    plan = swept.plan
    bars = swept.groups[0].market.span
    return measures(swept.sums, initial_cash(swept), bars[1] - bars[0], periods_a_year(plan), score)


def initial_cash(swept: Swept) -> Floats:
    """float64[p]: what each point began with."""
    found = np.empty(swept.numbers.size)
    for group in swept.groups:
        places = np.searchsorted(swept.numbers, group.numbers)
        found[places] = group.points.params["initial_cash"]
    return found


def best_first(numbers: Ints, scores: Floats) -> Ints:
    """Places by descending score, then by number."""
    return np.lexsort((numbers, -scores))


def refine(
    plan: Plan,
    numbers: Ints,
    scenarios: Sequence[Scenario],
    score: Score,
    report: Report = lambda done, total, elapsed, scores: None,
) -> Ranked:
    """Stage 2: the chosen points under every scenario, every bar visited, ranked by their worst
    score.
    """
    moved = {each: replace(plan, base=with_scenario(plan.base, each)) for each in scenarios}
    found: dict[int, dict[Scenario, Table]] = {}
    begin = time.perf_counter()
    for screen in np.unique(screens_of(plan, numbers)).tolist():
        groups = {each: group_of(own, screen, None) for each, own in moved.items()}
        for number in numbers[np.isin(numbers, groups[scenarios[0]].numbers)].tolist():
            found[number] = {
                each: in_full(moved[each], group, number, score) for each, group in groups.items()
            }
            worst = min(float(row["score"][0]) for row in found[number].values())
            elapsed = time.perf_counter() - begin
            report(len(found), numbers.size, elapsed, np.array([worst]))
    tables = {each: np.concatenate([found[int(k)][each] for k in numbers]) for each in scenarios}
    final = np.minimum.reduce([table["score"] for table in tables.values()])
    order = best_first(numbers, final)
    return Ranked(numbers[order], {k: v[order] for k, v in tables.items()}, final[order])


def screens_of(plan: Plan, numbers: Ints) -> Ints:
    """The group of each point."""
    digits = np.unravel_index(numbers, [len(values) for values in plan.space.values])
    own = [digits[plan.space.keys.index(key)] for key in plan.screens.keys]
    sizes = [len(values) for values in plan.screens.values]
    return np.ravel_multi_index(own, sizes) if own else np.zeros(numbers.size, dtype=np.int64)


def in_full(plan: Plan, group: Group, number: int, score: Score) -> Table:
    """The measures of a point, one record."""
    first, stop = group.market.span
    params = group.points.params[group.numbers == number]
    sums = replay_block(group.market.rows.table[:stop], whole(first, stop), first, params)
    return measures(sums, params["initial_cash"], stop - first, periods_a_year(plan), score)


def verify_winner(plan: Plan, ranked: Ranked, score: Score) -> int:
    """Replay the best point under each scenario that is shown, focused and in full: the same
    trades, equity and sums, and the measures of the table. Returns its number; raises BarsieveError
    for the first scenario that differs.
    """
    number = int(ranked.numbers[0])
    screen = int(screens_of(plan, ranked.numbers[:1])[0])
    for scenario, table in ranked.tables.items():
        moved = replace(plan, base=with_scenario(plan.base, scenario))
        own = focused_alone(moved, group_of(moved, screen, None), number)
        verify_point(own, number)
        if measured(own, score).tobytes() != table[:1].tobytes():
            raise BarsieveError(
                f"internal error: point {number:,} under scenario {scenario} is not the row that "
                "is shown; please report it with the configuration"
            )
    return number


def focused_alone(plan: Plan, group: Group, number: int) -> Swept:
    """A sweep of one point."""
    chosen = group.numbers == number
    points = Points(group.points.numbers[chosen], group.points.params[chosen], ())
    alone = replace(group, points=points, numbers=group.numbers[chosen])
    table = group.market.rows.table[: group.market.span[1]]
    sums = replay_block(table, group.windows, group.market.span[0], points.params)
    return Swept(plan, alone.numbers, sums, (), (alone,))

"""Two stages: every point under one cost scenario, then the best under all, each by full replay."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.bars.timeframe import nanoseconds
from engine.errors import SettingsError
from engine.kernel import Floats, Ints, Table
from engine.prescreen.windows import whole
from engine.replay.settings import Settings
from engine.search.measures import measures
from engine.search.points import settings_at
from engine.search.replays import replay_block
from engine.search.settings import SCENARIOS, Scenario, Score
from engine.search.sweep import Plan, Swept, group_of

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
    return tuple(each for name in names for each in SCENARIOS if each == name)


def periods_a_year(plan: Plan) -> float:
    """Bars in a year of this market: its own rate over the range, gaps and sessions included."""
    return rate_of(plan.bars.open_time)


def rate_of(times: Ints) -> float:
    """How many of these stamps a year has; 1 for a single one."""
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


def replayed_in_full(plan: Plan, numbers: Ints, scenario: Scenario, score: Score) -> Table:
    """The measures of some points under a scenario, every bar visited."""
    moved = replace(plan, base=with_scenario(plan.base, scenario))
    found: dict[int, Table] = {}
    for number in range(moved.groups):
        group = group_of(moved, number, None)
        places = np.flatnonzero(np.isin(group.numbers, numbers))
        if places.size == 0:
            continue
        first, stop = group.market.span
        table = group.market.rows.table[:stop]
        params = group.points.params[places]
        sums = replay_block(table, whole(first, stop), first, params)
        own = measures(sums, params["initial_cash"], stop - first, periods_a_year(plan), score)
        found |= dict(zip(group.numbers[places].tolist(), own, strict=True))
    return np.array([found[int(number)] for number in numbers])


def refine(plan: Plan, numbers: Ints, scenarios: Sequence[Scenario], score: Score) -> Ranked:
    """Stage 2: the chosen points under every scenario, ranked by their worst score."""
    return by_worst(
        numbers, {each: replayed_in_full(plan, numbers, each, score) for each in scenarios}
    )


def by_worst(numbers: Ints, tables: dict[Scenario, Table]) -> Ranked:
    """The points by their worst score, best first."""
    final = np.minimum.reduce([table["score"] for table in tables.values()])
    order = best_first(numbers, final)
    return Ranked(numbers[order], {k: v[order] for k, v in tables.items()}, final[order])

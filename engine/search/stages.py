"""Two stages: every point under one cost scenario, then the best under all, each by full replay."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.bars.timeframe import nanoseconds
from engine.errors import PluginError, SettingsError
from engine.kernel import Floats, Ints, Table
from engine.plugins.ahead import Workers
from engine.replay.settings import Settings
from engine.search.bank import Bank
from engine.search.measures import measures
from engine.search.play import play
from engine.search.points import settings_at
from engine.search.settings import SCENARIOS, Scenario, Score
from engine.search.sweep import Plan, Swept, groups_of

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
        alive = np.isin(group.numbers, swept.numbers)
        places = np.searchsorted(swept.numbers, group.numbers[alive])
        found[places] = group.points.params["initial_cash"][alive]
    return found


def best_first(numbers: Ints, scores: Floats) -> Ints:
    """Places by descending score, then by number."""
    return np.lexsort((numbers, -scores))


def replayed_in_full(
    plan: Plan, numbers: Ints, scenario: Scenario, score: Score, bank: Bank
) -> dict[int, Table]:
    """The measures of some points under a scenario, every bar visited, by their number; without
    those that fail in a function of the user's, which is said.
    """
    groups, _ = groups_of(replace(plan, base=with_scenario(plan.base, scenario)), None)
    every = np.concatenate([group.numbers for group in groups])
    cash = np.concatenate([group.points.params["initial_cash"] for group in groups])
    first, stop = groups[0].market.span
    found: dict[int, Table] = {}
    for block in play(groups, np.setdiff1d(every, numbers), bank, every_bar=True):
        for number, why in block.failed:
            bank.workers.say(f"Point {number:,} fails on scenario {scenario}: {why}")
        began = np.array([cash[every == number][0] for number in block.numbers])
        own = measures(block.sums, began, stop - first, periods_a_year(plan), score)
        found |= dict(zip(block.numbers.tolist(), own, strict=True))
    return found


def refine(
    plan: Plan,
    numbers: Ints,
    scenarios: Sequence[Scenario],
    score: Score,
    bank: Bank | None = None,
) -> Ranked:
    """Stage 2: the chosen points under every scenario, ranked by their worst score.

    bank: of the first stage. Raises PluginError when all of them fail.
    """
    bank = Bank(Workers()) if bank is None else bank
    by_name = {each: replayed_in_full(plan, numbers, each, score, bank) for each in scenarios}
    alive = [own for own in numbers.tolist() if all(own in found for found in by_name.values())]
    if not alive:
        raise PluginError("every point of the second stage failed")
    left = np.array(alive, dtype=np.int64)
    tables = {k: np.array([found[own] for own in alive]) for k, found in by_name.items()}
    final = np.minimum.reduce([table["score"] for table in tables.values()])
    order = best_first(left, final)
    return Ranked(left[order], {k: v[order] for k, v in tables.items()}, final[order])

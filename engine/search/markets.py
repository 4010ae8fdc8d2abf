"""A sweep of one market or of several, whichever was asked for: what the command calls."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.kernel import Ints, Table
from engine.portfolio import Loaded
from engine.replay.settings import Settings
from engine.search.portfolio import (
    PortfolioPlan,
    PortfolioSwept,
    plan_portfolio,
    run_portfolio_sweep,
)
from engine.search.portfolio_stages import measured_portfolio, refine_portfolio
from engine.search.portfolio_verify import verify_portfolio
from engine.search.settings import Scenario, Score
from engine.search.space import Values
from engine.search.stages import Ranked, measured, refine
from engine.search.sweep import Dates, Plan, Report, Swept, plan_sweep, run_sweep, verify

AnyPlan = Plan | PortfolioPlan
AnySwept = Swept | PortfolioSwept


def plan_markets(
    settings: Settings, loaded: Sequence[Loaded], dates: Dates, leaves: Mapping[str, Values]
) -> AnyPlan:
    """settings: those of the run; loaded: settings and bars of each market, in config order."""
    if len(loaded) > 1:
        return plan_portfolio(settings, loaded, dates, leaves)
    return plan_sweep(*loaded[0], dates, leaves)


def run_markets(
    plan: AnyPlan,
    folder: Path,
    resume: bool,
    workers: int,
    report: Report,
    file: Path | None,
    score: Score,
) -> AnySwept:
    if isinstance(plan, PortfolioPlan):
        return run_portfolio_sweep(plan, folder, resume, workers, report, file, score)
    return run_sweep(plan, folder, resume, workers, report, file, score)


def verify_markets(swept: AnySwept, count: int, more: Ints) -> list[int]:
    if isinstance(swept, PortfolioSwept):
        return verify_portfolio(swept, count, more)
    return verify(swept, count, more)


def measured_markets(swept: AnySwept, score: Score) -> tuple[Table, dict[str, Table]]:
    """The measures by which points are ranked, and those of each asset where there are several."""
    if isinstance(swept, PortfolioSwept):
        return measured_portfolio(swept, score)
    return measured(swept, score), {}


def refine_markets(
    plan: AnyPlan, numbers: Ints, scenarios: Sequence[Scenario], score: Score
) -> Ranked:
    if isinstance(plan, PortfolioPlan):
        return refine_portfolio(plan, numbers, scenarios, score)
    return refine(plan, numbers, scenarios, score)

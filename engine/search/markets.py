"""A sweep of one market or of several, whichever was asked for: what the command calls."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.kernel import Ints, Table
from engine.portfolio import Loaded
from engine.replay.settings import Settings
from engine.search.bank import Bank
from engine.search.plan import Dates, Plan, plan_sweep
from engine.search.portfolio import (
    PortfolioPlan,
    PortfolioSwept,
    plan_portfolio,
    run_portfolio_sweep,
    stored,
)
from engine.search.portfolio_stages import (
    measured_portfolio,
    refine_portfolio,
    verify_portfolio_winner,
)
from engine.search.portfolio_verify import verify_portfolio
from engine.search.progress import Report
from engine.search.settings import Scenario, Score
from engine.search.space import Values
from engine.search.stages import Ranked, measured, refine, verify_winner
from engine.search.store import read_rows
from engine.search.sweep import Swept, run_sweep
from engine.search.verify import verify

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
    report: Report,
    file: Path | None,
    score: Score,
    bank: Bank,
) -> AnySwept:
    """bank: who asks for decisions in Python, and in how many workers points are replayed."""
    args = folder, resume, bank.workers.jobs, report, file, score
    if isinstance(plan, PortfolioPlan):
        return run_portfolio_sweep(plan, *args)
    return run_sweep(plan, *args, bank)


def verify_markets(swept: AnySwept, count: int, more: Ints, bank: Bank) -> list[int]:
    if isinstance(swept, PortfolioSwept):
        return verify_portfolio(swept, count, more)
    return verify(swept, count, more, bank)


def verify_winner_of(plan: AnyPlan, ranked: Ranked, score: Score, bank: Bank) -> int:
    if isinstance(plan, PortfolioPlan):
        return verify_portfolio_winner(plan, ranked, score)
    return verify_winner(plan, ranked, score, bank)


def measured_markets(swept: AnySwept, score: Score) -> tuple[Table, dict[str, Table]]:
    """The measures by which points are ranked, and those of each asset where there are several."""
    if isinstance(swept, PortfolioSwept):
        return measured_portfolio(swept, score)
    return measured(swept, score), {}


def refine_markets(
    plan: AnyPlan,
    numbers: Ints,
    scenarios: Sequence[Scenario],
    score: Score,
    bank: Bank,
    report: Report,
) -> Ranked:
    if isinstance(plan, PortfolioPlan):
        return refine_portfolio(plan, numbers, scenarios, score, report)
    return refine(plan, numbers, scenarios, score, bank, report)


def stored_points(plan: AnyPlan, folder: Path) -> tuple[Ints, Table]:
    """The points that are done, and the sums by which they are ranked."""
    numbers, sums = read_rows(folder)
    if isinstance(plan, PortfolioPlan):
        numbers, every = stored(plan, numbers, sums)
        return numbers, every[:, -1]
    return numbers, sums

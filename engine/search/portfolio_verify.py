"""Whether rows of a sweep of several assets are their own full replays."""

from collections.abc import Sequence

import numpy as np

from engine.errors import DefectError
from engine.kernel import Ints, Table
from engine.plugins.visit import visit_together
from engine.replay.market import Market, prepare
from engine.replay.portfolio import PortfolioReplay
from engine.replay.settings import Settings
from engine.results.metrics.history import max_drawdown
from engine.results.portfolio import joined_equity
from engine.results.sums import sums_of
from engine.search.points import settings_at
from engine.search.portfolio import (
    PortfolioPlan,
    PortfolioSwept,
    full_ground,
    identity_of,
)
from engine.search.together import replay_block_together
from engine.search.verify import drawn, same_sums
from engine.settings import Tree


def verify_portfolio(swept: PortfolioSwept, count: int, more: Ints) -> list[int]:
    """What `verify` does, for several assets."""
    chosen = drawn(identity_of(swept.plan, swept.groups), swept.numbers, count, more)
    for number in chosen:
        verify_point(swept, number)
    return chosen


def verify_point(swept: PortfolioSwept, number: int) -> None:
    group = next(each for each in swept.groups if number in each.numbers)
    markets = markets_at(swept.plan, number)
    full = visit_together(markets, group.clock, None)
    focused = visit_together(markets, group.clock, group.windows)
    same = full.events.tobytes() == focused.events.tobytes()
    same = same and full.equity.tobytes() == focused.equity.tobytes()
    sums = replay_block_together(*full_ground(group), group.params[group.numbers == number])
    kept = swept.sums[swept.numbers == number]
    same = same and same_sums(sums, kept) and told_alike(full, markets, kept[0])
    if not same or not ends_alike(full, kept[0], whole_settings(swept.plan, number)):
        raise DefectError(
            f"internal error: point {number:,} ({swept.plan.space.changes(number)}) is not its own "
            "full replay; please report it with the configuration"
        )


def told_alike(full: PortfolioReplay, markets: Sequence[Market], sums: Table) -> bool:
    """Whether the sums of each asset are those of its trades and its ledger."""
    own = zip(full.own, markets, strict=True)
    told = [sums_of(each, market.settings) for each, market in own]
    return all(same_sums(each, sums[k : k + 1]) for k, each in enumerate(told))


def ends_alike(full: PortfolioReplay, sums: Table, settings: Settings) -> bool:
    """Whether the curves of a replay end, and fall, as the sums[a + 1] say."""
    curve, initial = joined_equity(full.equity, settings)
    lasts = np.append(full.equity[-1], curve[-1])
    falls = max_drawdown(curve, initial) == sums["max_drawdown"][-1]
    return bool(lasts.tobytes() == sums["equity"].tobytes() and falls)


def whole_settings(plan: PortfolioPlan, number: int) -> Settings:
    """Settings of a point with the cash of the whole portfolio: those of its first asset."""
    return settings_at(plan.own[0].base, plan.space.changes(number))


def markets_at(plan: PortfolioPlan, number: int) -> list[Market]:
    """The markets of one point, prepared as if there were no sweep."""
    changes = plan.space.changes(number)
    return [
        prepare(own_settings(each.base, changes, len(plan.own)), each.bars, *each.dates)
        for each in plan.own
    ]


def own_settings(base: Settings, changes: Tree, assets: int) -> Settings:
    """The settings of one asset at a point, with its sub-account where capital is split."""
    at = settings_at(base, changes)
    shares = assets if at.portfolio.capital == "split" else 1
    return settings_at(at, {"account.initial_cash": at.account.initial_cash / shares})

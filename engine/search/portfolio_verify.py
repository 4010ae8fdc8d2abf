"""Whether rows of a sweep of several assets are their own full replays."""

import numpy as np

from engine.errors import BarsieveError
from engine.experiment import Market
from engine.kernel import Ints, Table
from engine.portfolio import visit_together
from engine.replay.portfolio import PortfolioReplay
from engine.replay.settings import Settings
from engine.results.metrics import max_drawdown
from engine.results.portfolio import joined_equity
from engine.search.points import settings_at
from engine.search.portfolio import (
    PortfolioGroup,
    PortfolioPlan,
    PortfolioSwept,
    full_ground,
    identity_of,
)
from engine.search.together import replay_block_together
from engine.search.verify import drawn
from engine.settings import Tree


def verify_portfolio(swept: PortfolioSwept, count: int, more: Ints) -> list[int]:
    """What `verify` does, for several assets."""
    chosen = drawn(identity_of(swept.plan, swept.groups), swept.numbers, count, more)
    for number in chosen:
        verify_point(swept, number)
    return chosen


def verify_point(swept: PortfolioSwept, number: int) -> None:
    group = next(each for each in swept.groups if number in each.numbers)
    markets = markets_at(swept.plan, group, number)
    full = visit_together(markets, group.clock, None)
    focused = visit_together(markets, group.clock, group.windows)
    same = full.events.tobytes() == focused.events.tobytes()
    same = same and full.equity.tobytes() == focused.equity.tobytes()
    sums = replay_block_together(*full_ground(group), group.params[group.numbers == number])
    kept = swept.sums[swept.numbers == number]
    names = [name for name in kept.dtype.names or () if name != "visited"]
    same = same and all(sums[name].tobytes() == kept[name].tobytes() for name in names)
    if not same or not ends_alike(full, kept[0], whole_settings(swept.plan, number)):
        raise BarsieveError(
            f"internal error: point {number:,} ({swept.plan.space.changes(number)}) is not its own "
            "full replay; please report it with the configuration"
        )


def ends_alike(full: PortfolioReplay, sums: Table, settings: Settings) -> bool:
    """Whether the curves of a replay end, and fall, as the sums[a + 1] say."""
    curve, initial = joined_equity(full.equity, settings)
    lasts = np.append(full.equity[-1], curve[-1])
    falls = max_drawdown(curve, initial) == sums["max_drawdown"][-1]
    return bool(lasts.tobytes() == sums["equity"].tobytes() and falls)


def whole_settings(plan: PortfolioPlan, number: int) -> Settings:
    """Settings of a point with the cash of the whole portfolio: those of its first asset."""
    return settings_at(plan.own[0].base, plan.space.changes(number))


def markets_at(plan: PortfolioPlan, group: PortfolioGroup, number: int) -> list[Market]:
    """The markets of one point, as a replay of its settings has them."""
    changes = plan.space.changes(number)
    return [
        Market(own_settings(each.base, changes, len(plan.own)), own.market.rows, own.market.span)
        for each, own in zip(plan.own, group.own, strict=True)
    ]


def own_settings(base: Settings, changes: Tree, assets: int) -> Settings:
    """The settings of one asset at a point, with its sub-account where capital is split."""
    at = settings_at(base, changes)
    shares = assets if at.portfolio.capital == "split" else 1
    return settings_at(at, {"account.initial_cash": at.account.initial_cash / shares})

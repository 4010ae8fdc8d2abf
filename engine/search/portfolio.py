"""A sweep of several assets: every point is replayed as one portfolio, exactly.

    group of each asset → merged clock, windows of all → params [p, a] → sums of each, and of all

Each asset is screened as in a sweep of its own. What a point changes holds for all of them, as
`--set` does: it wins over the overrides of an asset.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import SettingsError
from engine.kernel import Ints, Table
from engine.locks import in_use
from engine.portfolio import Loaded, screened_beside
from engine.prescreen.rows import refuse_dear
from engine.prescreen.windows import Windows, inside, whole
from engine.replay.clock import Clock
from engine.replay.ground import Ground, joined
from engine.replay.market import clock_of
from engine.replay.settings import Settings
from engine.search.exports import PORTFOLIO
from engine.search.measures import scores_of
from engine.search.plan import MOST_SCREENS, Dates, Plan, plan_sweep
from engine.search.points import settings_at
from engine.search.progress import Report
from engine.search.replays import blocks, in_threads
from engine.search.settings import Score
from engine.search.space import Space, Values, space_of
from engine.search.store import append_rows, open_store, read_rows
from engine.search.sweep import (
    DEFAULT_SCORE,
    Group,
    group_of,
    refuse_gaps,
    refused_points,
    screened,
)
from engine.search.sweep import identity_of as identity_of_one
from engine.search.together import replay_block_together
from engine.settings import Tree

MARKETS = ("portfolio.assets", "portfolio.overrides")  # what a point cannot change


@dataclass(frozen=True)
class PortfolioPlan:
    """own: the plan of each asset, in config order, with the cash of the whole portfolio; space,
    screens, replays and box are the same in all.
    """

    own: tuple[Plan, ...]

    @property
    def space(self) -> Space:
        return self.own[0].space

    @property
    def replays(self) -> Space:
        return self.own[0].replays

    @property
    def groups(self) -> int:
        return self.own[0].groups

    @property
    def names(self) -> list[str]:
        return [each.base.asset for each in self.own]


@dataclass(frozen=True)
class PortfolioGroup:
    """One screen of each asset. windows: over stamps of `clock`. numbers: int64[p], the points that
    are legal for every asset; params: their records, [p, a], with each asset's own cash.
    """

    own: tuple[Group, ...]
    clock: Clock
    windows: Windows
    numbers: Ints
    params: Table


@dataclass(frozen=True)
class PortfolioSwept:
    """numbers: int64[p], in order; sums: SUMS[p, a + 1], the portfolio's last; refused, failed:
    (point, reason).
    """

    plan: PortfolioPlan
    numbers: Ints
    sums: Table
    refused: tuple[tuple[int, str], ...] = ()
    groups: tuple[PortfolioGroup, ...] = field(default=(), repr=False)
    failed: tuple[tuple[int, str], ...] = ()

    @property
    def pips(self) -> tuple[float | None, ...]:
        """`costs.pip` as it is in force, asset by asset."""
        return tuple(each.market.settings.costs.pip for each in self.groups[0].own)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the rows of the first screen say about themselves, asset by asset."""
        own = [each.market for each in self.groups[0].own]
        return tuple(f"{each.settings.asset}: {note}" for each in own for note in each.rows.notes)


def plan_portfolio(
    settings: Settings, loaded: Sequence[Loaded], dates: Dates, leaves: Mapping[str, Values]
) -> PortfolioPlan:
    """settings: those of the whole run, whose cash is shared out at each point; loaded: settings
    and bars of each asset. Raises SettingsError as `plan_sweep`.
    """
    for key in MARKETS:
        if key in leaves:
            raise SettingsError(
                f"space: {key}: the assets of a sweep and their overrides are fixed; leave it out"
            )
    cash: Tree = {"account.initial_cash": settings.account.initial_cash}
    own = [plan_sweep(settings_at(own, cash), bars, dates, leaves) for own, bars in loaded]
    for each in own:
        if each.base.asset == PORTFOLIO:
            raise SettingsError(
                f"asset {PORTFOLIO}: the rows of all assets together are called so; rename it"
            )
    return PortfolioPlan(tuple(alike(own, leaves)))


def alike(own: Sequence[Plan], leaves: Mapping[str, Values]) -> list[Plan]:
    """The plans with the same screens: a key is boxed where one screen can answer for all assets,
    which an override may forbid.
    """
    boxed = set.intersection(*(set(each.replays.keys) for each in own))
    screens = space_of({key: values for key, values in leaves.items() if key not in boxed})
    replays = space_of({key: values for key, values in leaves.items() if key in boxed})
    if screens.size > MOST_SCREENS:
        raise SettingsError(
            f"space: {screens.size:,} screens ({', '.join(screens.keys)}), as the overrides of an "
            f"asset need; one sweep makes at most {MOST_SCREENS}"
        )
    boxes = [{key: ends for key, ends in each.box.items() if key in boxed} for each in own]
    return [
        replace(each, screens=screens, replays=replays, box=box)
        for each, box in zip(own, boxes, strict=True)
    ]


def portfolio_group(plan: PortfolioPlan, number: int, file: Path | None) -> PortfolioGroup:
    """Screen one group of every asset; `X.jsonl` stands for the files X_<ASSET>.jsonl."""
    own = []
    for each in plan.own:
        own_file = None if file is None else screened_beside(file, each.base.asset)
        group = group_of(each, number, own_file)
        refuse_dear(group.market.rows, each.base, "a sweep of several assets")
        own.append(group)
    clock = clock_of([group.market for group in own])
    numbers = reduce(np.intersect1d, [group.numbers for group in own])
    columns = [group.points.params[np.isin(group.numbers, numbers)] for group in own]
    params = shared_out(np.stack(columns, axis=1))
    windows = clock.union([group.windows for group in own])
    return PortfolioGroup(tuple(own), clock, windows, numbers, params)


def shared_out(params: Table) -> Table:
    """The records [p, a] with the cash of each sub-account, where capital is split."""
    cash = params["initial_cash"]
    share = np.where(params["shares_capital"] != 0, cash, cash / params.shape[1])
    params["initial_cash"] = share
    return params


def tables_of(group: PortfolioGroup) -> list[Table]:
    return [each.market.rows.table[: each.market.span[1]] for each in group.own]


def focused_ground(group: PortfolioGroup) -> Ground:
    """Each asset decides inside its own windows alone."""
    ground = joined(tables_of(group), group.clock, group.windows)
    for asset, each in enumerate(group.own):
        within = inside(each.windows, each.market.span[1])
        ground.places["within"][:, asset] = within[group.clock.rows[:, asset]]
    return ground


def full_ground(group: PortfolioGroup) -> tuple[Ground, Windows]:
    """Every bar of every asset, and the windows that visit them."""
    every = whole(0, group.clock.open_time.size)
    return joined(tables_of(group), group.clock, every), every


def run_portfolio_sweep(
    plan: PortfolioPlan,
    folder: Path,
    resume: bool,
    workers: int,
    report: Report,
    file: Path | None = None,
    score: Score = DEFAULT_SCORE,
) -> PortfolioSwept:
    """What `run_sweep` does, for several assets."""
    made = screened(plan.own[0], lambda number: portfolio_group(plan, number, file))
    groups = tuple(made.groups)
    refused = tuple(sorted([*made.refused, *refused_of(plan, groups)]))
    total = sum(group.numbers.size for group in groups)
    if total == 0:
        raise SettingsError(f"space: no point is legal: {refused[0][1]}")
    with in_use(folder):
        done, _ = stored(plan, *open_store(folder, identity_of(plan, groups), resume))
        begin, count = time.perf_counter(), int(done.size)
        for group in groups:
            for numbers, sums in unfinished(group, done, workers):
                append_rows(folder, *flat(numbers, sums))
                count += numbers.size
                report(count, total, time.perf_counter() - begin, scores_of(sums[:, -1], score))
        numbers, sums = stored(plan, *read_rows(folder))
        refuse_gaps(numbers, [group.numbers for group in groups], folder)
    return PortfolioSwept(plan, numbers, sums, refused, groups, tuple(made.failed))


def flat(numbers: Ints, sums: Table) -> tuple[Ints, Table]:
    """The rows of a store: those of a point lie behind each other, and in the same block."""
    width = sums.shape[1]
    return (numbers[:, None] * width + np.arange(width)).ravel(), sums.ravel()


def stored(plan: PortfolioPlan, rows: Ints, sums: Table) -> tuple[Ints, Table]:
    """The inverse of `flat`."""
    width = len(plan.own) + 1
    return rows[::width] // width, sums.reshape(-1, width)


def identity_of(plan: PortfolioPlan, groups: Sequence[PortfolioGroup]) -> dict[str, Any]:
    """That of each asset, in config order."""
    pairs = [(each, [group.own[k] for group in groups]) for k, each in enumerate(plan.own)]
    return {"portfolio": [identity_of_one(each, own) for each, own in pairs]}


def refused_of(
    plan: PortfolioPlan, groups: Sequence[PortfolioGroup]
) -> tuple[tuple[int, str], ...]:
    """The points that are no legal settings of an asset, with the reason of the first."""
    found: dict[int, str] = {}
    for k, each in enumerate(plan.own):
        own = refused_points(each, [group.own[k] for group in groups])
        found = {number: f"{each.base.asset}: {reason}" for number, reason in own} | found
    return tuple(sorted(found.items()))


def unfinished(group: PortfolioGroup, done: Ints, workers: int) -> Iterator[tuple[Ints, Table]]:
    """The sums of the points that are missing, block by block."""
    missing = ~np.isin(group.numbers, done)
    numbers, params = group.numbers[missing], group.params[missing]
    ground = focused_ground(group)

    def block(start: int, stop: int) -> Table:
        return replay_block_together(ground, group.windows, params[start:stop])

    for start, sums in in_threads(block, blocks(numbers.size), workers):
        yield numbers[start : start + len(sums)], sums

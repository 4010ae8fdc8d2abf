"""The points of all screens, block by block: compiled loops in threads, decisions in Python in
processes. Dear domains are judged first, once a bar; then their points are compiled loops too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from engine.kernel import Ints, Table
from engine.plugins.rechecks import loads_elsewhere
from engine.prescreen.windows import Windows, whole
from engine.replay.choice import remembering
from engine.replay.market import Market
from engine.results.sums import SUMS
from engine.search.bank import Bank, asked_alone, each_domain, name_of, tradable_rows
from engine.search.replays import blocks, replay_all
from engine.search.sites import (
    Block,
    Site,
    Told,
    blocks_of,
    open_early,
    replay_points,
    replay_there,
    write_sites,
)
from engine.workers.arrays import own_folder
from engine.workers.executors import Executor, Processes, Threads

if TYPE_CHECKING:
    from engine.search.sweep import Group


@dataclass(frozen=True)
class Played:
    """numbers: int64[k] in the whole space; sums: SUMS[k]; failed: others, each with its reason."""

    numbers: Ints
    sums: Table
    failed: tuple[tuple[int, str], ...] = ()


def play(
    groups: Sequence["Group"], done: Ints, bank: Bank, every_bar: bool = False
) -> Iterator[Played]:
    """The points that are not done, each in a focused replay, or in one of every bar."""
    asked = [group for group in groups if strategies(group.market)]
    for group in groups:
        if not strategies(group.market):
            windows = whole(*group.market.span) if every_bar else group.windows
            yield from play_compiled(group, unfinished(group, done), windows, bank)
    if asked:
        yield from play_asked(asked, done, bank, every_bar)


def unfinished(group: "Group", done: Ints) -> Ints:
    """int64[k]: places of the points of a group that are missing."""
    return np.flatnonzero(~np.isin(group.numbers, done))


def strategies(market: Market) -> list[str]:
    """Names of the strategies of a market that are asked with the position at hand."""
    every = market.settings.fusion.weights.domains
    own = {each.name for each in market.settings.plugged.strategies}
    return [every[slot].name for slot in market.rows.limits if every[slot].name in own]


def play_compiled(group: "Group", places: Ints, windows: Windows, bank: Bank) -> Iterator[Played]:
    """In threads; a dear domain that fails at a bar fails for all of its points."""
    market, numbers = group.market, group.numbers[places]
    table = market.rows.table[: market.span[1]]
    if market.rows.limits and places.size:
        failed = judged_ahead(group, places.size, bank)
        if failed:
            yield all_failed(numbers, failed)
            return
        table = bank.table(market)
    todo, params = blocks(numbers.size), group.points.params[places]
    first, workers = market.span[0], bank.workers.jobs
    for start, sums in replay_all(table, windows, first, params, todo, workers):
        yield Played(numbers[start : start + sums.size], sums)


def all_failed(numbers: Ints, reason: str) -> Played:
    failed = tuple((number, reason) for number in numbers.tolist())
    return Played(np.empty(0, dtype=np.int64), np.empty(0, dtype=SUMS), failed)


def judged_ahead(group: "Group", points: int, bank: Bank) -> str:
    """Judge all bars at which any point could ask; returns why it failed, or nothing."""
    market, rows, most = group.market, group.candidates.bar, asked_alone(group.market)
    if (group.points.params["exit_confidence"] > 0.0).any():
        rows = tradable_rows(market)
        most = rows.size
        bank.say_once("exits.exit_confidence reads scores of what is held: every bar is judged")
    for own in each_domain(market):
        bank.alone[name_of(own)] += points * most
    bank.replays += points
    return bank.judge(market, rows)


def play_asked(
    groups: Sequence["Group"], done: Ints, bank: Bank, every_bar: bool
) -> Iterator[Played]:
    """Strategies with on_bar: each point by itself, in processes that have the data once."""
    sites: list[Site] = []
    jobs: list[Block] = []
    owners: list[Group] = []
    with own_folder() as folder:
        for group in groups:
            places = unfinished(group, done)
            failed = judged_beside(group, places.size, bank)
            if failed:
                yield all_failed(group.numbers[places], failed)
                continue
            jobs += blocks_of(str(folder), len(sites), group.points.numbers[places].tolist())
            sites.append(site_of(group, bank, every_bar))
            owners.append(group)
        if not jobs:
            return
        executor: Executor[Block, Told] = Threads(partial(replay_points, sites), 1)
        if in_processes(sites, jobs, bank):
            write_sites(folder, sites)
            workers = min(bank.workers.jobs, len(jobs))
            executor = Processes(replay_there, workers, replaying, open_early, str(folder))
        for job, told in zip(jobs, executor.run(jobs), strict=True):
            bank.asked.update(told.calls)
            yield numbered(owners[job.site], told)


def replaying(job: Block) -> str:
    return f"replayed the points {job.points[0]:,} and later"


def judged_beside(group: "Group", points: int, bank: Bank) -> str:
    """Dear domains beside a strategy are asked whenever it is: at every bar."""
    market, rows = group.market, tradable_rows(group.market)
    names = [*strategies(market), *(name_of(own) for own in each_domain(market))]
    for name in names:
        bank.alone[name] += points * rows.size
    bank.replays += points
    for name in remembering(market.settings):
        bank.say_once(
            f"{name} may remember every bar, since it declares no may_act: each point is replayed "
            "on all of them"
        )
    return bank.judge(market, rows) if points else ""


def site_of(group: "Group", bank: Bank, every_bar: bool) -> Site:
    windows = None if every_bar or remembering(group.market.settings) else group.windows
    return Site(group.market, group.space, windows, bank.scores(group.market))


def in_processes(sites: Sequence[Site], jobs: Sequence[Block], bank: Bank) -> bool:
    """Whether other processes are wanted, and could load the strategies."""
    if bank.workers.jobs == 1 or len(jobs) == 1:
        return False
    if not loads_elsewhere(sites[0].market.settings):
        bank.say_once("Strategies that are in no file are replayed in one process")
        return False
    return True


def numbered(group: "Group", told: Told) -> Played:
    """With the numbers of the whole space."""
    known = dict(zip(group.points.numbers.tolist(), group.numbers.tolist(), strict=True))
    numbers = np.array([known[point] for point in told.points], dtype=np.int64)
    return Played(numbers, told.sums, tuple((known[point], why) for point, why in told.failed))

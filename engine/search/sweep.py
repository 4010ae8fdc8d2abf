"""A sweep: screen once for a box, then replay every point exactly.

    space → groups of one screen each → candidates for the box → params table → sums → store

Screen-scope keys make groups, each screened by itself; replay-scope keys are boxed. A point's sums
are those of its own full replay: `verify` replays some of them bar by bar, and compares bytes.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from engine import __version__
from engine.bars.dates import bar_range, iso
from engine.bars.series import Bars
from engine.errors import OutputError, PluginError, SettingsError, WorkerError
from engine.kernel import Ints, Table
from engine.locks import in_use
from engine.plugins.precompute import Workers
from engine.prescreen.box import Box, corner
from engine.prescreen.candidates import CandidateFile, read_candidates, screen_rows
from engine.prescreen.windows import Windows, around
from engine.replay.costs import refuse_impossible_costs
from engine.replay.market import Market, piped, prepare
from engine.results.run_directory import config_hash
from engine.search.bank import Bank
from engine.search.measures import scores_of
from engine.search.plan import Dates, Plan
from engine.search.play import play
from engine.search.points import Points, points_of, settings_at
from engine.search.progress import Report
from engine.search.settings import Score
from engine.search.space import Space
from engine.search.store import append_failed, append_rows, open_store, read_failed, read_rows

DEFAULT_SCORE = Score()
Made = TypeVar("Made")


@dataclass(frozen=True)
class Group:
    """One screen of a sweep. numbers: int64[p], the points in the whole space; number: its own;
    space: of its points.
    """

    market: Market
    candidates: CandidateFile
    windows: Windows
    points: Points
    numbers: Ints
    number: int
    space: Space


@dataclass(frozen=True)
class Swept:
    """numbers: int64[p], in order; sums: SUMS[p]; refused, failed: (point, reason), of those that
    are no legal settings, and of those at which a function of the user's failed.
    """

    plan: Plan
    numbers: Ints
    sums: Table
    refused: tuple[tuple[int, str], ...] = ()
    groups: tuple[Group, ...] = field(default=(), repr=False)
    failed: tuple[tuple[int, str], ...] = ()

    @property
    def pips(self) -> tuple[float | None]:
        """`costs.pip` as it is in force, of the one asset."""
        return (self.groups[0].market.settings.costs.pip,)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the rows of the first screen say about themselves."""
        return self.groups[0].market.rows.notes


def group_of(plan: Plan, number: int, file: Path | None) -> Group:
    """Screen one group for the box, or read its candidates from a file that covers the box."""
    settings = settings_at(plan.base, plan.screens.changes(number))
    market = prepare(settings, plan.bars, *plan.dates, whole_rows=True)
    found = candidates_for(market, plan.box, file)
    if "B" in plan.replays.values_of("costs.scenario"):
        market = piped(market)
    points = points_of(market.settings, plan.replays, plan.bars.has_volume)
    refuse_impossible_costs(points.params, market.rows, market.span)
    windows = around(found.bar, 0, *market.span)
    numbers = numbers_of(plan, number, points.numbers)
    return Group(market, found, windows, points, numbers, number, plan.replays)


@dataclass(frozen=True)
class Screened(Generic[Made]):
    """failed: points of screens at which a plug-in failed; refused: of screens that are no legal
    settings; each with its reason.
    """

    groups: list[Made]
    failed: list[tuple[int, str]]
    refused: list[tuple[int, str]]


def screened(plan: Plan, make: Callable[[int], Made]) -> Screened[Made]:
    """Every screen that can be made, by its number. Raises the last error when none can."""
    found: Screened[Made] = Screened([], [], [])
    for number in range(plan.groups):
        try:
            found.groups.append(make(number))
        except WorkerError:
            raise
        except (PluginError, SettingsError) as error:
            if number + 1 == plan.groups and not found.groups:
                raise
            every = numbers_of(plan, number, np.arange(plan.replays.size)).tolist()
            lost = found.failed if isinstance(error, PluginError) else found.refused
            lost += [(point, str(error)) for point in every]
    return found


def candidates_for(market: Market, box: Box, file: Path | None) -> CandidateFile:
    rows, settings, span = market.rows, market.settings, market.span
    if file is None:
        return screen_rows(rows, settings, span, box)
    for end in (0, 1):
        read_candidates(file, rows.bars, corner(settings, box, end), span, rows.context)
    return read_candidates(file, rows.bars, settings, span, rows.context)


def numbers_of(plan: Plan, group: int, points: Ints) -> Ints:
    """Where points of a group lie in the whole space."""
    digits = dict(zip(plan.screens.keys, plan.screens.digits(group), strict=True))
    shape = [len(values) for values in plan.replays.values]
    own = np.unravel_index(points, shape) if shape else ()
    columns = dict(zip(plan.replays.keys, own, strict=True))
    every = [columns.get(key, np.full(points.size, digits.get(key, 0))) for key in plan.space.keys]
    sizes = [len(values) for values in plan.space.values]
    return np.asarray(np.ravel_multi_index(every, sizes), dtype=np.int64)


def identity_of(plan: Plan, groups: Sequence[Group]) -> dict[str, Any]:
    """What must be the same for a sweep to be gone on with; groups: for the content of macro series
    and funding rates.
    """
    keys = zip(plan.space.keys, plan.space.values, strict=True)
    return {
        "version": __version__,
        "asset": plan.base.asset,
        "data": plan.bars.fingerprint(),
        "config": config_hash(plan.base),
        "plugins": plan.base.plugged.source,
        "series": [[each.market.rows.context, each.market.rows.funding] for each in groups],
        "dates": list(plan.dates),
        "space": {key: list(values) for key, values in keys},
    }


def run_sweep(
    plan: Plan,
    folder: Path,
    resume: bool,
    workers: int,
    report: Report,
    file: Path | None = None,
    score: Score = DEFAULT_SCORE,
    bank: Bank | None = None,
) -> Swept:
    """Replay every point that the folder does not have yet; each block is stored when it is done.

    bank: of the scores of dear domains, to be shared with `verify` and `refine`.

    Raises OutputError for a folder of another sweep, SettingsError when no point is legal.
    """
    made = screened(plan, lambda number: group_of(plan, number, file))
    groups, legal = made.groups, sum(group.numbers.size for group in made.groups)
    if legal == 0:
        raise SettingsError(f"space: no point is legal: {groups[0].points.refused[0][1]}")
    bank = Bank(Workers(workers)) if bank is None else bank
    with in_use(folder):
        open_store(folder, identity_of(plan, groups), resume)
        done = done_in(folder)
        begin, count = time.perf_counter(), int(done.size)
        bank.folder = folder / "scores"
        for block in play(groups, done, bank):
            append_rows(folder, block.numbers, block.sums)
            append_failed(folder, block.failed)
            count += block.numbers.size + len(block.failed)
            report(count, legal, time.perf_counter() - begin, scores_of(block.sums, score))
        numbers, sums = read_rows(folder)
        refuse_gaps(done_in(folder), [group.numbers for group in groups], folder)
        failed = tuple(sorted([*made.failed, *failed_alone(folder, numbers)]))
    if not numbers.size:
        raise PluginError(f"every point failed, as {failed[0][0]:,}: {failed[0][1]}")
    refused = tuple(sorted([*made.refused, *refused_points(plan, groups)]))
    return Swept(plan, numbers, sums, refused, tuple(groups), failed)


def done_in(folder: Path) -> Ints:
    """The points that need no replay, each once: those with sums, and those that failed."""
    every = np.union1d(read_rows(folder)[0], list(read_failed(folder)))
    return every.astype(np.int64)


def failed_alone(folder: Path, numbers: Ints) -> list[tuple[int, str]]:
    """The points that failed and have no sums from another try, with the reason."""
    have = set(numbers.tolist())
    return [(number, why) for number, why in read_failed(folder).items() if number not in have]


def refuse_gaps(stored: Ints, numbers: Sequence[Ints], folder: Path) -> None:
    """Raise OutputError unless the store has every legal point; numbers: those of each screen."""
    legal = np.concatenate(numbers)
    there = int(np.isin(legal, stored).sum())
    if there < legal.size:
        raise OutputError(
            f"{folder}: holds {there:,} of {legal.size:,} points; run it again with --resume"
        )


def refused_points(plan: Plan, groups: Sequence[Group]) -> tuple[tuple[int, str], ...]:
    """The points that are no legal settings, by their number in the whole space."""
    found: list[tuple[int, str]] = []
    for group in groups:
        points = np.array([point for point, _ in group.points.refused], dtype=np.int64)
        reasons = [reason for _, reason in group.points.refused]
        found += zip(numbers_of(plan, group.number, points).tolist(), reasons, strict=True)
    return tuple(sorted(found))


def start_of_last(bars: Bars, dates: Dates, count: int) -> str:
    """The stamp from which on at most `count` bars of the range are left."""
    first, stop = bar_range(bars, *dates)
    return iso(int(bars.open_time[max(first, stop - count)]))

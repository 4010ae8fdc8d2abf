"""Points whose decisions are asked bar by bar with the position at hand: a replay for each.

A site is what all points of one screen have in common. It is written once, and workers map its
arrays into their memory; a job names a site and a few points of it.
"""

import pickle
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import PluginError
from engine.features.columns import Columns
from engine.kernel import Table
from engine.plugins.extend import extended
from engine.plugins.judging import Scores, judging
from engine.plugins.load import load_plugins
from engine.plugins.visit import replay_asking
from engine.plugins.worker_data import Brief, opened, write_data
from engine.prescreen.gates import GateInput
from engine.prescreen.row import row_type
from engine.prescreen.rows import Rows
from engine.prescreen.windows import Windows
from engine.replay.choice import remembering
from engine.replay.loop import Replay
from engine.replay.market import Market
from engine.results.sums import SUMS, sums_of
from engine.search.points import settings_at
from engine.search.space import Space
from engine.settings import Tree, validate
from engine.workers.arrays import mapped_arrays, write_arrays

POINTS = 4  # of a job: the same for any number of workers, since blocks are stored as they come
SITES = "sites.pickle"


@dataclass(frozen=True)
class Site:
    """space: what its points are numbered in. windows: None visits every bar. scores: of dear
    domains beside the strategy, by row.
    """

    market: Market
    space: Space
    windows: Windows | None
    scores: Mapping[int, Scores]


@dataclass(frozen=True)
class Block:
    """A job. place: the folder of the sites, empty where they are in memory. site: its place."""

    place: str
    site: int
    points: tuple[int, ...]


@dataclass(frozen=True)
class Told:
    """sums: SUMS[k] of the points that did not fail, and which they are; failed: the others, each
    with its reason. calls: by strategy.
    """

    points: tuple[int, ...]
    sums: Table
    failed: tuple[tuple[int, str], ...]
    calls: Counter[str] = field(default_factory=Counter)


def replay_own(market: Market, windows: Windows | None, scores: dict[int, Scores]) -> Replay:
    """A replay that asks for itself, but for scores that are known; new ones are added to them."""
    windows = None if remembering(market.settings) else windows
    asking = judging([market], focused=windows is not None)
    assert asking is not None
    own = replace(asking.assets[0], scores=scores)
    asking = replace(asking, assets=[own])
    done = replay_asking(market, market.table, windows, asking)
    return replace(done, calls=own.calls())


def blocks_of(place: str, site: int, points: Sequence[int]) -> Iterator[Block]:
    for start in range(0, len(points), POINTS):
        yield Block(place, site, tuple(points[start : start + POINTS]))


def replay_points(sites: Sequence[Site], job: Block) -> Told:
    """The points of a job, each by itself; one that fails in the strategy leaves the others."""
    site = sites[job.site]
    sums, failed, calls = [], [], Counter[str]()
    scores = dict(site.scores)
    for point in job.points:
        settings = settings_at(site.market.settings, site.space.changes(point))
        try:
            replayed = replay_own(replace(site.market, settings=settings), site.windows, scores)
        except PluginError as error:
            failed.append((point, str(error)))
            continue
        sums.append(sums_of(replayed, settings))
        strategies = {each.name for each in settings.plugged.strategies}
        calls.update({k: v for k, v in replayed.calls.items() if k in strategies})
    points = tuple(each for each in job.points if each not in dict(failed))
    return Told(points, np.concatenate([np.empty(0, SUMS), *sums]), tuple(failed), calls)


def replay_there(job: Block) -> Told:
    """In a worker."""
    return replay_points(opened_sites(job.place), job)


# --- what workers map into their memory ---------------------------------------------------------


@dataclass(frozen=True)
class Sheet:
    """A site without its arrays. limited: places of the dear domains."""

    tree: Tree
    span: tuple[int, int]
    warmup: int
    columns: tuple[str, ...]
    limited: tuple[int, ...]
    space: Space
    windows: Windows | None
    scores: dict[int, Scores]


def write_sites(folder: Path, sites: Sequence[Site]) -> None:
    """All arrays, and one file that says what they are; the bars, which all share, once."""
    settings, rows = sites[0].market.settings, sites[0].market.rows
    brief = write_data(folder, settings.plugins, settings.plugged.source, rows.bars, {}, [])
    sheets = [_write_site(folder / str(k), site) for k, site in enumerate(sites)]
    (folder / SITES).write_bytes(pickle.dumps((brief, sheets)))


def _write_site(folder: Path, site: Site) -> Sheet:
    settings, rows = site.market.settings, site.market.rows
    folder.mkdir()
    strategies = settings.plugged.strategies
    names = tuple(dict.fromkeys(name for each in strategies for name in each.columns))
    names = tuple(name for name in names if name in rows.columns.values)
    # As bytes: a type of rows that went through a file is another one for compiled code.
    write_arrays(folder, "table", [rows.table.view(np.uint8)])
    write_arrays(folder, "column", [rows.columns[name] for name in names])
    write_arrays(folder, "limits", [np.stack(ends) for ends in rows.limits.values()])
    tree = settings.model_dump(mode="json", exclude_unset=True)
    return Sheet(
        tree, site.market.span, rows.warmup, names, tuple(rows.limits), site.space, site.windows,
        dict(site.scores),
    )  # fmt: skip


def open_early(place: str) -> None:
    """Before the first job of a process; what is wrong is said by the job."""
    with suppress(PluginError):
        opened_sites(place)


@cache
def opened_sites(place: str) -> tuple[Site, ...]:
    """Once in each process. Raises PluginError when a plug-in is no longer what it was."""
    folder = Path(place)
    brief, sheets = pickle.loads((folder / SITES).read_bytes())
    opened(brief)
    return tuple(_site(folder / str(k), brief, sheet) for k, sheet in enumerate(sheets))


def _site(folder: Path, brief: Brief, sheet: Sheet) -> Site:
    settings: Any = validate(extended(load_plugins(brief.plugins)), sheet.tree, "sweep")
    bars = opened(brief).bars
    values = mapped_arrays(folder, "column", len(sheet.columns))
    columns = Columns(sheet.columns, sheet.warmup, dict(zip(sheet.columns, values, strict=True)))
    kind = row_type(len(settings.fusion.weights.domains), settings.plugged.source != "")
    table = mapped_arrays(folder, "table", 1)[0].view(kind)
    ends = map(tuple, mapped_arrays(folder, "limits", len(sheet.limited)))
    limits = dict(zip(sheet.limited, ends, strict=True))
    # Gates are in the table already; nothing in a replay asks them again.
    gates = GateInput(
        bars, columns, sheet.warmup, settings.data.tz, np.zeros(0, dtype=np.uint8), ()
    )
    rows = Rows(bars, columns, table, sheet.warmup, gates, "", "", (), limits)
    return Site(Market(settings, rows, sheet.span), sheet.space, sheet.windows, sheet.scores)

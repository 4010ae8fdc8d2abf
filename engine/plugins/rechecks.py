"""Asking dear functions again, for a few bars in another order: another answer is an error.

A fresh process is asked, since what a function remembers of a run is not there; once for the same
function, settings and data, which is remembered beside compiled code. Otherwise this process is.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from engine.errors import PluginError
from engine.kernel import cache_folder
from engine.plugins.fresh import Fresh, standing_by
from engine.plugins.judging import Judged
from engine.plugins.load import load_plugins
from engine.plugins.precompute import brief_of
from engine.plugins.score_file import identity_of
from engine.plugins.worker_data import Answers
from engine.replay.settings import Settings
from engine.workers.arrays import own_folder

RECHECKED = 5  # rows of each asset
Recheck = Callable[[], str]


@contextmanager
def rechecking(assets: Sequence[Judged], fresh: bool) -> Iterator[Recheck]:
    """What to call when the replays in the block are done: it says in a line how it asked again,
    nothing where nothing was asked. fresh: whether a fresh process may be started.

    It raises PluginError for another answer.
    """
    dear = [each for each in assets if each.domains()]
    unknown = [each for each in dear if not remembered(each)]
    if not (fresh and unknown):
        yield lambda: asked_here(dear, "a fresh process agreed before" if fresh else "")
    elif not loads_elsewhere(unknown[0].settings):
        yield lambda: asked_here(dear, "no other could load functions that are in no file")
    else:
        with own_folder() as folder:
            briefs = [brief_of(each, new(folder / str(k))) for k, each in enumerate(unknown)]
            with standing_by(folder, briefs) as process:
                yield lambda: asked_elsewhere(unknown, process)


def new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def loads_elsewhere(settings: Settings) -> bool:
    """Whether another process finds the same functions by the names that the settings have."""
    try:
        return load_plugins(settings.plugins).source == settings.plugged.source
    except PluginError:
        return False


def drawn(judged: Judged) -> list[int]:
    """A few of the rows that were asked for, in random order; the same for the same run."""
    known = sorted(judged.scores)
    rows: list[int] = np.random.default_rng(len(known)).permutation(known)[:RECHECKED].tolist()
    return rows


def asked_here(assets: Sequence[Judged], why: str) -> str:
    for each in assets:
        for row in drawn(each):
            for slot, before in each.scores[row].items():
                again = each.score(slot, row)
                if again != before:
                    raise differs(each, slot, row, repr(again), "")
    return said(assets, f"this process: {why}" if why else "this process")


def asked_elsewhere(assets: Sequence[Judged], process: Fresh) -> str:
    rows = [drawn(each) for each in assets]
    if not any(rows):
        return ""
    for each, asked, found in zip(assets, rows, process.answers(rows), strict=True):
        compare(each, asked, found)
        remember(each)
    return said(assets, "a fresh process")


def compare(judged: Judged, rows: Sequence[int], found: Answers) -> None:
    where = " in a fresh process"
    for row, scores in zip(rows, found.scores, strict=False):
        for slot, again in zip(judged.domains(), scores, strict=True):
            if again != judged.scores[row][slot]:
                raise differs(judged, slot, row, repr(again), where)
    if found.failure is not None:
        slots = {own.name: slot for slot, own in judged.domains().items()}
        error = f"failed with {found.failure.error}"
        raise differs(judged, slots[found.failure.name], found.failure.row, error, where)


def differs(judged: Judged, slot: int, row: int, again: str, where: str) -> PluginError:
    return PluginError(
        f"{judged.domains()[slot].name}: gave {judged.scores[row][slot]!r} at {judged.where(row)}, "
        f"and {again} when asked again{where}: it must depend on the past and its settings alone"
    )


def said(assets: Sequence[Judged], where: str) -> str:
    count = sum(len(drawn(each)) for each in assets)
    names = dict.fromkeys(own.name for each in assets for own in each.domains().values())
    return f"Asked {', '.join(names)} again at {count} bars, in {where}" if count else ""


def marker(judged: Judged) -> Path | None:
    folder = cache_folder()
    return None if folder is None else folder / "rechecked" / identity_of(judged)


def remembered(judged: Judged) -> bool:
    path = marker(judged)
    return path is not None and path.is_file()


def remember(judged: Judged) -> None:
    path = marker(judged)
    if path is not None and judged.scores:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

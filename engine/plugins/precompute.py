"""Asking dear domains ahead: the bars that a replay could ask about, judged in processes of their
own, before it begins. The replay then takes the scores from the table, so its bytes are the same
for any number of processes.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from engine.errors import PluginError, SettingsError
from engine.fusion.dear import DearDomain
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.kernel import Codes, Ints, Record
from engine.plugins.judging import Judged, Judging
from engine.plugins.score_file import ScoreFile
from engine.plugins.worker_data import Answers, Brief, Failure, answers, write_data
from engine.prescreen.windows import Windows, inside
from engine.replay.asking import Answer
from engine.replay.settings import Settings
from engine.workers.arrays import own_folder
from engine.workers.executors import Processes

CHUNKS = 8  # of each process, so that none waits long for the others
MOST = 256  # rows of a chunk: progress is told after each


def quiet(line: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Workers:
    """How dear domains are asked. jobs: processes; 1 asks in this one, as the replay comes by.
    keep: whether scores are kept on disk for later runs. progress, say: where lines go. fresh:
    whether a fresh process is asked again for a few bars.
    """

    jobs: int = 1
    keep: bool = False
    progress: Callable[[str], None] = quiet
    say: Callable[[str], None] = quiet
    fresh: bool = False


@dataclass
class Counted:
    """Answers for a replay, and counts the rows that it asked about, of each asset."""

    judging: Judging
    used: tuple[set[int], ...]

    @property
    def ask(self) -> Sequence[Codes]:
        return self.judging.ask

    def answer(self, asset: int, row: int, state: Record) -> Answer:
        self.used[asset].add(row)
        return self.judging.answer(asset, row, state)

    def calls(self, asset: int = 0) -> dict[str, int]:
        """How often the replay needed each: the same however they were asked."""
        own, used = self.judging.assets[asset], len(self.used[asset])
        return own.calls() | {each.name: used for each in own.domains().values()}


def refuse_idle(markets: Sequence[Settings], workers: Workers) -> None:
    """Raise SettingsError where there is nothing to ask ahead or to keep in any market."""
    if workers.jobs == 1 and not workers.keep:
        return
    every = [own for each in markets for own in each.domains_of(True)]
    if not any(isinstance(each, DearDomain) and each.judge is not None for each in every):
        option = "--cache-scores" if workers.keep else f"--jobs {workers.jobs}"
        raise SettingsError(
            f"{option}: this run has no dear domain, which alone is judged ahead; leave it out"
        )


def rows_ahead(ask: Codes, first: int, windows: Windows | None) -> Ints:
    """The rows in range at which a flat account could ask, in order."""
    wanted = ask & np.uint8(LONG_BIT | SHORT_BIT) != 0
    wanted[:first] = False
    if windows is not None:
        wanted &= inside(windows, ask.size)
    found: Ints = np.flatnonzero(wanted)
    return found


def ask_ahead(judged: Judged, rows: Ints, workers: Workers) -> None:
    """Fill in the scores of rows that are not known yet.

    Raises PluginError for the first row that fails; the scores before it stay.
    """
    unknown = [row for row in rows.tolist() if row not in judged.scores]
    if not unknown or not judged.domains():
        return
    with own_folder() as folder:
        brief = brief_of(judged, folder)
        with closing(in_workers(brief, unknown, workers.jobs)) as chunks:
            done = 0
            for chunk, found in chunks:
                take(judged, chunk, found)
                if found.failure is not None:
                    workers.progress(f"{found.failure.trace}\nstopping")
                    raise failed(judged, found.failure)
                done += len(chunk)
                workers.progress(f"judged {done:,} of {len(unknown):,} bars")


def take(judged: Judged, rows: Sequence[int], found: Answers) -> None:
    """Write scores into the table, each checked. Raises PluginError for one beyond its limits."""
    domains = judged.domains()
    for row, scores in zip(rows, found.scores, strict=False):
        judged.scores[row] = {
            slot: judged.checked(own.name, slot, row, score)
            for (slot, own), score in zip(domains.items(), scores, strict=True)
        }


def failed(judged: Judged, failure: Failure) -> PluginError:
    """In the words of a run that asks by itself."""
    return PluginError(f"{failure.name}: failed at {judged.where(failure.row)}: {failure.error}")


def brief_of(judged: Judged, folder: Path) -> Brief:
    settings, rows = judged.settings, judged.rows
    domains = [(each, getattr(settings.domains, each.name)) for each in judged.domains().values()]
    columns = {name: rows.columns[name] for own, _ in domains for name in own.columns}
    return write_data(
        folder, settings.plugins, settings.plugged.source, rows.bars, columns, domains
    )


def in_workers(
    brief: Brief, rows: Sequence[int], jobs: int
) -> Generator[tuple[Sequence[int], Answers]]:
    """Chunks of rows and their answers, in order, whoever is ready first.

    Raises WorkerError when a process ends by itself.
    """
    size = max(1, min(MOST, len(rows) // (jobs * CHUNKS)))
    chunks = [rows[k : k + size] for k in range(0, len(rows), size)]
    processes = Processes(partial(answers, brief), jobs, says=judging_from)
    yield from zip(chunks, processes.run(chunks), strict=True)


def judging_from(rows: Sequence[int]) -> str:
    return f"judged bars {rows[0]:,} and later"


@dataclass(frozen=True)
class Ahead:
    """What was prepared for a replay. kept: the file of each asset, None where nothing is kept."""

    counted: Counted
    kept: tuple[ScoreFile | None, ...]

    def finished(self, workers: Workers) -> None:
        """Keep what is known now, and say how much of it was needed."""
        assets = self.counted.judging.assets
        for own, kept in zip(assets, self.kept, strict=True):
            if kept is not None:
                kept.write(own.scores)
        if workers.jobs > 1:
            judged = sum(len(own.scores) for own in assets)
            used = sum(map(len, self.counted.used))
            workers.say(
                f"Judged {judged:,} bars in {workers.jobs} processes; the replay used "
                f"{used:,} of them: which bars it skips while it holds, only it knows"
            )


def prepared(
    judging: Judging, firsts: Sequence[int], windows: Windows | None, workers: Workers
) -> Ahead:
    """Who answers, with everything known ahead that can be, asset by asset.

    firsts: the first row in range of each. windows: of the rows of one asset; None for all rows.
    """
    assets = judging.assets
    kept = tuple(ScoreFile.of(own) if workers.keep else None for own in assets)
    pairs = zip(assets, kept, strict=True)
    known = sum(file.read(own.scores) for own, file in pairs if file is not None)
    if known:
        workers.say(f"Scores of {known:,} bars were kept from earlier runs")
    if workers.jobs > 1:
        for own, ask, first, file in zip(assets, judging.ask, firsts, kept, strict=True):
            try:
                ask_ahead(own, rows_ahead(ask, first, windows), workers)
            except PluginError as error:
                raise type(error)(f"{error}; {_kept(own, file)}") from error
    return Ahead(Counted(judging, tuple(set() for _ in assets)), kept)


def _kept(own: Judged, kept: ScoreFile | None) -> str:
    if kept is None:
        return f"nothing of the {len(own.scores):,} bars judged before it is kept"
    kept.write(own.scores)
    return f"the scores of {len(own.scores):,} bars are kept"

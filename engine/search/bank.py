"""Dear domains in a sweep: each bar is judged once for all points whose function is the same.

A score depends on the function, its settings, the bars and the columns it reads; every other
parameter moves points around the same scores. They are judged before the points of a screen are
replayed, at each bar at which any of them could act, and written into a copy of the row table.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from engine.errors import PluginError, WorkerError
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.kernel import Ints, Table
from engine.plugins.judging import Judged, Scores, judged_on
from engine.plugins.precompute import Workers, ask_ahead
from engine.plugins.rechecks import rechecking
from engine.plugins.score_file import ScoreFile, identity_of
from engine.replay.market import Market

Shelf = dict[int, Scores]  # by row, of one function


@dataclass
class Bank:
    """Every score that was judged, by what it depends on. folder: where they are kept for a sweep
    that goes on, None until there is one. asked, known: how often each was asked, and how many
    scores were there before. alone: how often so many full replays would have asked by themselves,
    at most.
    """

    workers: Workers
    folder: Path | None = None
    shelves: dict[str, Shelf] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    replays: int = 0
    rechecked: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)

    def shelf(self, own: Judged) -> Shelf:
        """The scores of the one domain of `own`."""
        key = identity_of(own)
        if key not in self.shelves:
            found: Shelf = {}
            if self.folder is not None:
                self.known[name_of(own)] += self._file(own, key).read(found)
            self.shelves[key] = found
        return self.shelves[key]

    def _file(self, own: Judged, key: str) -> ScoreFile:
        assert self.folder is not None
        return ScoreFile(self.folder / f"{key}.npz", tuple(own.domains()))

    def judge(self, market: Market, rows: Ints) -> str:
        """Ask for the rows that are not known; returns why it failed at one of them, or nothing.

        Raises PluginError for a function that gives another answer when it is asked again.
        """
        for own in each_domain(market):
            shelf = self.shelf(own)
            before = len(shelf)
            try:
                failed = self._asked(replace(own, scores=shelf), rows)
            finally:
                self._keep(own, shelf, before)
            if failed:
                return failed
        return ""

    def _asked(self, own: Judged, rows: Ints) -> str:
        missing = [row for row in rows.tolist() if row not in own.scores]
        name = name_of(own)
        if not missing and name in self.rechecked:
            return ""
        with rechecking([own], fresh=name not in self.rechecked) as recheck:
            try:
                ask(own, np.array(missing, dtype=np.int64), self.workers)
            except WorkerError:
                raise
            except PluginError as error:
                return str(error)
            said = recheck()
        if name not in self.rechecked:
            self.workers.say(said)
        self.rechecked.add(name)
        return ""

    def _keep(self, own: Judged, shelf: Shelf, before: int) -> None:
        self.asked[name_of(own)] += len(shelf) - before
        if self.folder is not None and len(shelf) > before:
            self._file(own, identity_of(own)).write(shelf)

    def scores(self, market: Market) -> Shelf:
        """Of the rows at which every domain is known."""
        shelves = [self.shelf(own) for own in each_domain(market)]
        rows = set.intersection(*map(set, shelves)) if shelves else set()
        return {row: {k: v for each in shelves for k, v in each[row].items()} for row in rows}

    def learn(self, market: Market, scores: Shelf) -> None:
        """Take in what a replay asked for by itself."""
        for own in each_domain(market):
            (slot,) = own.domains()
            shelf = self.shelf(own)
            before = len(shelf)
            for row, known in scores.items():
                shelf[row] = {slot: known[slot]}
            self._keep(own, shelf, before)

    def table(self, market: Market) -> Table:
        """The rows of the range with all known scores in it; NaN, which never acts, elsewhere."""
        stop = market.span[1]
        table = market.rows.table[:stop].copy()
        for own in each_domain(market):
            (slot,) = own.domains()
            shelf = self.shelf(own)
            rows = np.array([row for row in shelf if row < stop], dtype=np.int64)
            table["scores"][rows, slot] = [shelf[row][slot] for row in rows.tolist()]
        table.flags.writeable = False
        return table

    def say_once(self, line: str) -> None:
        if line not in self.said:
            self.said.add(line)
            self.workers.say(line)

    def lines(self) -> list[str]:
        """How often each was asked, and how often without a sweep."""
        totals = [(f"Asked {name}", self.asked[name], most) for name, most in self.alone.items()]
        if len(totals) > 1:
            totals.append(("Asked in all", self.asked.total(), self.alone.total()))
        kept = self.known.total()
        more = f"; {kept:,} scores were known before" if kept else ""
        return [
            f"{what} {asked:,} times for {self.replays:,} replays; in full and each by itself they "
            f"would ask up to {most:,} times{more}"
            for what, asked, most in totals
        ]


def each_domain(market: Market) -> Iterator[Judged]:
    """The market as seen by each of its dear domains alone; strategies are not among them."""
    settings, rows = market.settings, market.rows
    every = settings.fusion.weights.domains
    strategies = {each.name for each in settings.plugged.strategies}
    for slot in rows.limits:
        if every[slot].name not in strategies:
            own = replace(rows, limits={slot: rows.limits[slot]})
            yield Judged(settings, own, {}, np.zeros(0, dtype=np.uint8))


def name_of(own: Judged) -> str:
    (domain,) = own.domains().values()
    return domain.name


def ask(own: Judged, rows: Ints, workers: Workers) -> None:
    """In other processes, or bar by bar in this one. Raises PluginError for the first that fails;
    the scores before it stay.
    """
    if workers.jobs > 1:
        ask_ahead(own, rows, workers)
        return
    for row in rows.tolist():
        own.scores[row] = {slot: own.score(slot, row) for slot in own.domains()}


def tradable_rows(market: Market) -> Ints:
    """Rows of the range behind the warm-up: what a position could be held at."""
    first, stop = market.span
    return np.arange(max(first, market.rows.warmup), stop)


def asked_alone(market: Market) -> int:
    """At how many rows a full replay by itself may ask, at most."""
    judged = judged_on(market, {})
    sides = judged.ask(market.span[1], False)[market.span[0] :] & np.uint8(LONG_BIT | SHORT_BIT)
    return int((sides != 0).sum())

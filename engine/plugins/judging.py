"""Asking dear domains for their scores: once a bar, checked, counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import nan
from numbers import Real
from typing import Any

import numpy as np

from engine.errors import PluginError
from engine.fusion.dear import DearDomain
from engine.fusion.fuse import LONG_BIT, SHORT_BIT, side_bit
from engine.kernel import Codes, Record
from engine.plugins.arrays import place
from engine.plugins.guard import brief, guarded
from engine.plugins.on_bar import Acting, answer_of
from engine.plugins.past import Past
from engine.prescreen.bound import bounds, reachable_sides
from engine.prescreen.rows import Rows
from engine.replay.asking import ALWAYS, HELD, Answer
from engine.replay.choice import DearCost
from engine.replay.market import Market
from engine.replay.settings import Settings

BOTH_SIDES = np.uint8(LONG_BIT | SHORT_BIT)
Scores = dict[int, float]  # by place among the domains


@dataclass(frozen=True)
class Judged:
    """One asset: the rows of its file, the strategies that act on it, the sides that its bound lets
    through (uint8[n] of side bits), and the scores that the dear domains gave, by row.
    """

    settings: Settings
    rows: Rows
    acting: dict[int, Acting]
    may: Codes
    scores: dict[int, Scores] = field(default_factory=dict)

    def domains(self) -> dict[int, DearDomain]:
        """The dear domains of the run, by their place among all; strategies are not among them."""
        return self._domains

    @cached_property
    def _domains(self) -> dict[int, DearDomain]:
        every = self.settings.fusion.weights.domains
        dear = {slot: every[slot] for slot in self.rows.limits if slot not in self.acting}
        return {slot: each for slot, each in dear.items() if isinstance(each, DearDomain)}

    def ask(self, stop: int, focused: bool) -> Codes:
        """uint8[stop]: full asks wherever only the score could decide, focused where the bound
        lets it; a strategy is asked at every bar that it replays. Nobody in the warm-up, where
        columns are not known yet.
        """
        table, has_volume = self.rows.table, self.rows.bars.has_volume
        sides = self.may if focused else reachable_sides(table, self.settings, has_volume)
        extra = (HELD if self.reads_held() else 0) | (ALWAYS if self.acting and not focused else 0)
        asked: Codes = sides[:stop] | np.uint8(extra)
        asked[: self.rows.warmup] = 0
        return asked

    def reads_held(self) -> bool:
        """Whether an exit reads the score while a position is held."""
        return bool(self.acting) or (self.settings.exits.exit_confidence or 0.0) > 0.0

    def counts(self, row: int, state: Record) -> bool:
        """Whether the score decides: no side that could act reaches its bound otherwise, and the
        bar is below the threshold, asked or not.
        """
        side = int(state["side"])
        considered = LONG_BIT | SHORT_BIT if side == 0 else side_bit(-side)
        return bool(self.may[row] & considered) or (side != 0 and self.reads_held())

    def answer(self, row: int, state: Record) -> Answer:
        """What is decided at a row. Raises PluginError for what is no decision."""
        if row not in self.scores:
            self.scores[row] = {slot: self.score(slot, row) for slot in self.domains()}
        answer = Answer(self.scores[row])
        for slot, acting in self.acting.items():
            columns = {name: self.rows.columns[name] for name in acting.own.columns}
            order = acting.act(self.rows.bars, columns, row, state)
            close, named = float(self.rows.bars.close[row]), acting.own.names_stop
            own = answer_of(order, slot, int(state["side"]), close, named)
            if state["side"] == 0:
                self.checked(acting.own.name, slot, row, own.scores[slot])
            answer = Answer({**answer.scores, **own.scores}, own.fields)
        if self.counts(row, state):
            return answer
        return Answer(dict.fromkeys(answer.scores, nan), answer.fields)

    def score(self, slot: int, row: int) -> float:
        domain = self.domains()[slot]
        assert domain.judge is not None
        columns = {name: self.rows.columns[name] for name in domain.columns}
        own = getattr(self.settings.domains, domain.name)
        what = f"{domain.name}: judge failed at {self.where(row)}"
        given = guarded(what, domain.judge, Past(row, self.rows.bars, columns), own)
        return self.checked(domain.name, slot, row, given)

    def checked(self, name: str, slot: int, row: int, given: Any) -> float:
        """The score as a float inside its limits."""
        low, high = (float(end[row]) for end in self.rows.limits[slot])
        if isinstance(given, bool) or not isinstance(given, Real) or given != given:
            raise PluginError(
                f"{name}: gave {brief(given)} at {self.where(row)}; expected a number in "
                f"[{low!r}, {high!r}]"
            )
        score = float(given)
        if not low <= score <= high:
            raise PluginError(
                f"{name}: gave {score!r} at {self.where(row)}, outside its bound "
                f"[{low!r}, {high!r}]; skipping would not be safe"
            )
        return score

    def where(self, row: int) -> str:
        return place(self.rows.bars, row)

    def calls(self) -> dict[str, int]:
        """How often each was asked."""
        counts = {each.name: len(self.scores) for each in self.domains().values()}
        return counts | {each.own.name: each.calls for each in self.acting.values()}


@dataclass(frozen=True)
class Judging:
    """Several assets, as the replay asks for them."""

    assets: Sequence[Judged]
    ask: Sequence[Codes]

    def answer(self, asset: int, row: int, state: Record) -> Answer:
        return self.assets[asset].answer(row, state)


def judging(markets: Sequence[Market], focused: bool) -> Judging | None:
    """Who answers for the dear domains of these markets; None where there is none."""
    if not any(each.rows.limits for each in markets):
        return None
    assets = [judged_on(each, acting_on(each)) for each in markets]
    ask = [own.ask(each.span[1], focused) for own, each in zip(assets, markets, strict=True)]
    return Judging(assets, ask)


def judged_on(market: Market, acting: dict[int, Acting]) -> Judged:
    """An asset about which nothing has been asked yet."""
    rows, settings = market.rows, market.settings
    may = bounds(rows.table, settings, rows.bars.has_volume, limits=rows.limits)[2]
    return Judged(settings, rows, acting, may)


def dear_cost(market: Market) -> DearCost:
    """What the dear domains of a run may cost over its range, by their own declaration."""
    if not market.rows.limits:
        return DearCost()
    judged, (first, stop) = judged_on(market, {}), market.span
    full, focused = (
        int((judged.ask(stop, mode)[first:] & BOTH_SIDES != 0).sum()) for mode in (False, True)
    )
    milliseconds = sum(each.milliseconds for each in judged.domains().values())
    return DearCost(full, focused, milliseconds)


def acting_on(market: Market) -> dict[int, Acting]:
    """A fresh object of each strategy of the run, by its place among the domains."""
    settings = market.settings
    every = settings.fusion.weights.domains
    own = {each.name: each for each in settings.plugged.strategies}
    return {
        slot: Acting(own[every[slot].name], getattr(settings.domains, every[slot].name))
        for slot in market.rows.limits
        if every[slot].name in own
    }

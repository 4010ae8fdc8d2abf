"""Asking dear domains for their scores: once a bar, checked, counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.bars.dates import iso
from engine.errors import PluginError
from engine.fusion.dear import DearDomain
from engine.kernel import Codes
from engine.plugins.past import Past
from engine.prescreen.bound import bounds, reachable_sides
from engine.prescreen.rows import Rows
from engine.replay.asking import HELD
from engine.replay.settings import Settings

RECHECKED = 5  # rows that are asked for again when all is done


@dataclass(frozen=True)
class Judged:
    """One asset: the rows of its file, and the scores that were given, by row then slot."""

    settings: Settings
    rows: Rows
    scores: dict[int, dict[int, float]] = field(default_factory=dict)

    def domains(self) -> dict[int, DearDomain]:
        """The dear domains of the run, by their place among all."""
        every = self.settings.fusion.weights.domains
        dear = {slot: every[slot] for slot in self.rows.limits}
        return {slot: each for slot, each in dear.items() if isinstance(each, DearDomain)}

    def ask(self, stop: int, focused: bool) -> Codes:
        """uint8[stop]: full asks wherever only the score could decide, focused where the bound
        lets it.
        """
        has_volume = self.rows.bars.has_volume
        if focused:
            limits = self.rows.limits
            sides = bounds(self.rows.table, self.settings, has_volume, limits=limits)[2]
        else:
            sides = reachable_sides(self.rows.table, self.settings, has_volume)
        reads_held = (self.settings.exits.exit_confidence or 0.0) > 0.0
        return sides[:stop] | np.uint8(HELD if reads_held else 0)

    def answer(self, row: int) -> dict[int, float]:
        """The scores of a row, asked for once. Raises PluginError for what is no score."""
        if row not in self.scores:
            self.scores[row] = {slot: self.score(slot, row) for slot in self.rows.limits}
        return self.scores[row]

    def score(self, slot: int, row: int) -> float:
        domain = self.domains()[slot]
        assert domain.judge is not None
        columns = {name: self.rows.columns[name] for name in domain.columns}
        own = getattr(self.settings.domains, domain.name)
        try:
            given = domain.judge(Past(row, self.rows.bars, columns), own)
        except Exception as error:
            raise PluginError(
                f"{domain.name}: failed at {self.where(row)}: {type(error).__name__}: {error}"
            ) from error
        return self.checked(domain, slot, row, given)

    def checked(self, domain: DearDomain, slot: int, row: int, given: Any) -> float:
        """The score as a float inside its limits."""
        try:
            score = float(given)
        except (TypeError, ValueError) as error:
            raise PluginError(
                f"{domain.name}: gave {given!r:.60} at {self.where(row)}; expected a number"
            ) from error
        low, high = (float(end[row]) for end in self.rows.limits[slot])
        if not low <= score <= high:
            raise PluginError(
                f"{domain.name}: gave {score!r} at {self.where(row)}, outside its bound "
                f"[{low!r}, {high!r}]; skipping would not be safe"
            )
        return score

    def where(self, row: int) -> str:
        return f"bar {row:,} ({iso(int(self.rows.bars.open_time[row]))})"

    def recheck(self) -> None:
        """Ask again for a few rows, in another order. Raises PluginError for another answer."""
        known = sorted(self.scores)
        for row in np.random.default_rng(len(known)).permutation(known)[:RECHECKED].tolist():
            for slot, before in self.scores[row].items():
                again = self.score(slot, row)
                if again != before:
                    name = self.domains()[slot].name
                    raise PluginError(
                        f"{name}: gave {before!r} at {self.where(row)}, and {again!r} when asked "
                        "again: it must depend on the past and its settings alone"
                    )


@dataclass(frozen=True)
class Judging:
    """Several assets, as the replay asks for them."""

    assets: Sequence[Judged]
    ask: Sequence[Codes]

    def answer(self, asset: int, row: int) -> Mapping[int, float]:
        return self.assets[asset].answer(row)

    def calls(self) -> dict[str, int]:
        """How often each dear domain was asked, all assets together."""
        counts: dict[str, int] = {}
        for each in self.assets:
            for domain in each.domains().values():
                counts[domain.name] = counts.get(domain.name, 0) + len(each.scores)
        return counts


def judging(markets: Sequence[tuple[Settings, Rows, int]], focused: bool) -> Judging | None:
    """Who answers for the dear domains of these markets; None where there is none.

    markets: settings, rows and the end of the range of each.
    """
    if not any(rows.limits for _, rows, _ in markets):
        return None
    assets = [Judged(settings, rows) for settings, rows, _ in markets]
    stops = [stop for *_, stop in markets]
    ask = [each.ask(stop, focused) for each, stop in zip(assets, stops, strict=True)]
    return Judging(assets, ask)

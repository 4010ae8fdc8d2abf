"""What a law found out about a record, in words."""

from dataclasses import dataclass
from typing import Literal

from engine.bars.dates import iso
from engine.review.lookahead.poison import Timeline

Judgement = Literal["holds", "broken", "inconclusive", "note"]


@dataclass(frozen=True)
class Finding:
    """One law on one record and one market. says: what is wrong, or why nothing is shown. row,
    timestamp: the bar, where there is one. known, changed: both values. fix: what to do about it.
    also: other markets that show the same.
    """

    record: str
    law: str
    judgement: Judgement
    market: str
    says: str = ""
    row: int | None = None
    timestamp: str = ""
    known: str = ""
    changed: str = ""
    fix: str = ""
    also: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The details, for people."""
        where = f" at bar {self.row:,} ({self.timestamp})" if self.row is not None else ""
        also = f" (also {', '.join(self.also)})" if self.also else ""
        lines = [f"{self.record}, {self.law}: {self.says}{where}, market {self.market}{also}"]
        if self.known or self.changed:
            lines += [f"  was:    {self.known}", f"  became: {self.changed}"]
        return [*lines, f"  fix: {self.fix}"] if self.fix else lines


def at(market: Timeline, row: int | None) -> str:
    """The stamp of a row of a market."""
    return "" if row is None else iso(int(market.bars.open_time[row]))

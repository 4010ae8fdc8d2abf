"""What a lossy replay found of the full one: said by number, never called equal."""

from dataclasses import dataclass

from engine.kernel import Table


@dataclass(frozen=True)
class Recall:
    """found of entries: how many of the full replay's entries the focused one has, bar and side."""

    found: int
    entries: int

    @property
    def share(self) -> float:
        """In [0, 1]; 1 when there was nothing to find."""
        return self.found / self.entries if self.entries else 1.0


def recall(full: Table, focused: Table) -> Recall:
    """Compare the trades (TRADE) of a full and a focused replay."""
    wanted, had = _entries(full), _entries(focused)
    return Recall(len(wanted & had), len(wanted))


def _entries(trades: Table) -> set[tuple[int, int]]:
    return set(zip(trades["entry_bar"].tolist(), trades["side"].tolist(), strict=True))

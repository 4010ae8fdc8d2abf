"""A sweep on a terminal: a bar that is drawn again in its place, and tables with lines."""

from typing import Self

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from engine.kernel import Floats
from engine.search.progress import Best, progress_line
from engine.search.summary import Rows

GAP = 3  # what a column takes beside its text


class Bar:
    """Called like progress lines; drawn between `with Bar(...)` and its end, where it stays."""

    def __init__(self, eta: bool, console: Console | None = None) -> None:
        self.eta, self.best = eta, Best()
        # Without a total it moves to and fro: the market is being screened.
        self.drawn = Progress(BarColumn(), TextColumn("{task.description}"), console=console)
        self.task = self.drawn.add_task("screening", total=None)

    def __enter__(self) -> Self:
        self.drawn.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.drawn.stop()

    def __call__(self, done: int, total: int, elapsed: float, scores: Floats) -> None:
        text = progress_line(done, total, elapsed, self.best.of(scores), self.eta)
        self.drawn.update(self.task, completed=done, total=total, description=text)


def print_table(title: str, rows: Rows, console: Console | None = None) -> None:
    """rows: the names of the columns, then the cells. Where a column would break its longest word,
    the table is turned: a line for each name, and as many rows as fit beside each other.
    """
    shown = console or Console()
    names = [name.replace("_", " ") for name in rows[0]]
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    if sum(_least(name, rows, k) + GAP for k, name in enumerate(names)) < shown.width:
        lines, least = rows[1:], [_least(name, rows, k) for k, name in enumerate(names)]
    else:
        names, lines = _turned(rows, shown.width)
        least = [max(len(line[k]) for line in (names, *lines)) for k in range(len(names))]
    for name, width in zip(names, least, strict=True):
        table.add_column(name, justify="right", min_width=width)
    for line in lines:
        table.add_row(*line)
    shown.print(table)


def _least(name: str, rows: Rows, place: int) -> int:
    """The width of a column that breaks no word of its name and no cell."""
    return max(len(text) for text in (*name.split(), *(row[place] for row in rows[1:])))


def _turned(rows: Rows, width: int) -> tuple[list[str], Rows]:
    left = width - 1 - max(map(len, rows[0])) - GAP
    kept = [rows[0]]
    for row in rows[1:]:
        left -= max(map(len, row)) + GAP
        if left < 0:
            break
        kept.append(row)
    first, *others = [list(line) for line in zip(*kept, strict=True)]
    return first, others

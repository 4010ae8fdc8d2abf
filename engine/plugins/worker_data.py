"""What a worker judges with: bars, columns and dear functions, opened once from a folder."""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from engine.bars.series import Bars
from engine.errors import WorkerError
from engine.fusion.dear import DearDomain
from engine.kernel import Floats
from engine.plugins.guard import let_stops_pass
from engine.plugins.load import load_plugins
from engine.plugins.past import Past
from engine.workers.arrays import mapped_arrays, write_arrays

ARRAYS = ("open_time", "open", "high", "low", "close", "volume")
SHOWN = 12  # lines of a traceback


@dataclass(frozen=True)
class Brief:
    """What a worker is told: where the arrays lie, the files of the functions and their
    fingerprint, what the bars are called, and each function by name with its settings as JSON.
    """

    folder: str
    plugins: tuple[str, ...]
    source: str
    market: tuple[str, int, str, bool]  # asset, timeframe, source, has_volume
    columns: tuple[str, ...]
    domains: tuple[tuple[str, str], ...]


class Failure(NamedTuple):
    """A function that raised: at which row, what, and the end of its traceback."""

    row: int
    name: str
    error: str
    trace: str


class Answers(NamedTuple):
    """scores: of each function, row by row, up to the one that failed."""

    scores: list[list[float]]
    failure: Failure | None


class WorkerData(NamedTuple):
    bars: Bars
    columns: Mapping[str, Floats]
    domains: Sequence[tuple[DearDomain, Any]]  # with their settings


def write_data(
    folder: Path,
    plugins: Sequence[str],
    source: str,
    bars: Bars,
    columns: Mapping[str, Floats],
    domains: Sequence[tuple[DearDomain, Any]],
) -> Brief:
    """Write the arrays that the functions read; workers map them into their memory."""
    names = tuple(dict.fromkeys(name for own, _ in domains for name in own.columns))
    write_arrays(folder, "bars", [getattr(bars, name) for name in ARRAYS])
    write_arrays(folder, "column", [columns[name] for name in names])
    files = tuple(str(Path(each).resolve()) if each.endswith(".py") else each for each in plugins)
    market = (bars.asset, bars.timeframe, bars.source, bars.has_volume)
    told = tuple((own.name, settings.model_dump_json()) for own, settings in domains)
    return Brief(str(folder), files, source, market, names, told)


@cache
def opened(brief: Brief) -> WorkerData:
    """Once in each process. Raises WorkerError when a file is no longer what it was."""
    plugins = load_plugins(brief.plugins)
    if plugins.source != brief.source:
        raise WorkerError(f"plugins: {', '.join(brief.plugins)} changed while it was running")
    folder = Path(brief.folder)
    bars = Bars(*brief.market, *mapped_arrays(folder, "bars", len(ARRAYS)))
    values = mapped_arrays(folder, "column", len(brief.columns))
    columns = dict(zip(brief.columns, values, strict=True))
    known = {each.name: each for each in plugins.domains if isinstance(each, DearDomain)}
    domains = [
        (known[name], known[name].settings.model_validate_json(text))
        for name, text in brief.domains
    ]
    return WorkerData(bars, columns, domains)


def answers(brief: Brief, rows: Sequence[int]) -> Answers:
    """The scores of each function at each row, in order, up to the first that fails."""
    bars, columns, domains = opened(brief)
    found: list[list[float]] = []
    for row in rows:
        scores = []
        for own, settings in domains:
            named = {name: columns[name] for name in own.columns}
            assert own.judge is not None
            try:
                scores.append(float(own.judge(Past(row, bars, named), settings)))
            except BaseException as error:
                let_stops_pass(error)
                lines = traceback.format_exc().splitlines()[-SHOWN:]
                text = f"{type(error).__name__}: {error}"
                return Answers(found, Failure(row, own.name, text, "\n".join(lines)))
        found.append(scores)
    return Answers(found, None)

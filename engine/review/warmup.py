"""How far values depend on where the file begins, and from where decisions do not.

Every column is computed again from later beginnings and compared, at the same stamps, with what the
whole file gives. A window forgets after its own length. An average that never ends (EMA, Wilder)
forgets by a constant factor a bar, and its last bits perhaps never: beside the same bytes, a
relative difference of 1e-9 is asked for, since that is far below a tick of any price, and a million
times what the roundings of such a sum amount to.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.bars.dates import bar_range
from engine.bars.series import Bars
from engine.errors import RangeError
from engine.features.catalogue import COLUMNS, Catalogue, find
from engine.features.columns import first_finite
from engine.features.feature import FIELDS, Feature
from engine.kernel import Floats
from engine.prescreen.bound import bounds
from engine.prescreen.rows import Rows, build_rows
from engine.replay.settings import Settings
from engine.review.lookahead.flat import flat_decisions
from engine.review.lookahead.known import Array, different
from engine.review.lookahead.poison import head, tail

NEAR = 1e-9  # relative; see above
LADDER = tuple(step * 10**power for power in range(7) for step in (1, 2, 5))
AT_RANDOM = 8  # later beginnings that are no round numbers
SEED = 20_230_101
DECISIONS = ("may_enter", "decision")  # by bytes, and what a run does hangs on them
MEMORIES = ("window", "anchored", "recursive", "whole")


@dataclass(frozen=True)
class Dependence:
    """How many bars after a later beginning the value is what the whole file gives.

    exact: in bytes. near: within 1e-9. None: not after half of the bars that were left. ready: the
    bars that the value itself waits for. memory: the longest of the column and its inputs.
    """

    name: str
    memory: str
    ready: int
    near: int | None
    exact: int | None


@dataclass(frozen=True)
class Warmup:
    """warmup: bars before the first decision. origins: bars dropped. tested: half of what the last
    origin left. decided: bars after which decisions are those of the whole file, None if never.
    """

    bars: int
    origins: tuple[int, ...]
    tested: int
    warmup: int
    decided: int | None
    dependences: tuple[Dependence, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure_warmup(
    settings: Settings, bars: Bars, start: str | None = None, end: str | None = None
) -> Warmup:
    """Compare the bars of a range of dates, as if they were the file, with later beginnings of it.

    Raises RangeError when they are less than four times the warm-up.
    """
    first, stop = bar_range(bars, start, end)
    bars = tail(head(bars, stop), first)
    rows = build_rows(bars, settings)
    if bars.size < 4 * rows.warmup:
        raise RangeError(
            f"{bars.source}: {bars.size:,} bars are less than four times the warm-up of "
            f"{rows.warmup:,}; give it more history, or an earlier --start"
        )
    tried = origins(bars.size // 2)
    whole = values_of(rows, settings)
    reaches: dict[str, list[tuple[int | None, int | None]]] = {name: [] for name in whole}
    for origin in tried:
        late = values_of(build_rows(tail(bars, origin), settings), settings)
        for name, values in whole.items():
            reaches[name].append(_reach(values, values[origin:], late[name]))
    known = settings.patterns.columns
    found = [_dependence(name, each, rows, known) for name, each in reaches.items()]
    decided = [each.exact for each in found if each.name in DECISIONS]
    return Warmup(
        bars=bars.size,
        origins=tried,
        tested=(bars.size - tried[-1]) // 2,
        warmup=rows.warmup,
        decided=None if None in decided else max(each for each in decided if each is not None),
        dependences=tuple(sorted(found, key=_longest_first)),
    )


def origins(most: int) -> tuple[int, ...]:
    """Later beginnings, ascending: 1, 2, 5, 10, … bars dropped, and some at random, to `most`."""
    chance = np.random.default_rng(SEED).integers(1, most + 1, AT_RANDOM)
    return tuple(sorted({*(m for m in LADDER if m <= most), most, *chance.tolist()}))


def values_of(rows: Rows, settings: Settings) -> dict[str, Array]:
    """Columns that the configuration reads, and what it decides: an element a bar each."""
    has_volume = rows.bars.has_volume
    decided = flat_decisions(rows.table, settings, has_volume)
    return {
        **rows.columns.values,
        "may_enter": bounds(rows.table, settings, has_volume, limits=rows.limits)[2],
        "decision": decided["code"],
        "order quantity": decided["quantity"],
        "order stop distance": decided["stop_distance"],
    }


def _reach(whole: Array, ours: Array, theirs: Array) -> tuple[int | None, int | None]:
    """(near, exact): bars after which the two are alike, None unless they are for as many more."""
    differ = different(ours, theirs)
    far = differ
    if ours.dtype.kind == "f":
        far = differ & ~_is_near(whole, ours, theirs)
    return _settled(far), _settled(differ)


def _is_near(whole: Floats, ours: Floats, theirs: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """bool[m]: within 1e-9 of the larger one, or of what is usual where a column crosses zero."""
    usual = float(np.median(np.abs(whole[np.isfinite(whole)]))) if whole.size else 0.0
    scale = np.maximum(np.maximum(np.abs(ours), np.abs(theirs)), usual)
    near: np.ndarray[Any, np.dtype[np.bool_]] = np.abs(ours - theirs) <= NEAR * scale
    return near


def _settled(differ: np.ndarray[Any, np.dtype[np.bool_]]) -> int | None:
    last = np.flatnonzero(differ)
    count = int(last[-1]) + 1 if last.size else 0
    return count if 2 * count <= differ.size else None


def _dependence(
    name: str, reaches: list[tuple[int | None, int | None]], rows: Rows, known: Catalogue
) -> Dependence:
    near, exact = (_longest(list(each)) for each in zip(*reaches, strict=True))
    if name not in rows.columns.values:
        return Dependence(name, "decision", rows.warmup, near, exact)
    ready = int(first_finite(rows.columns[name]))
    return Dependence(name, memory_of(name.partition("@")[0], known), ready, near, exact)


def _longest(counts: list[int | None]) -> int | None:
    return None if None in counts else max(each for each in counts if each is not None)


def _longest_first(each: Dependence) -> tuple[float, float, str]:
    ends = [np.inf if count is None else count for count in (each.near, each.exact)]
    return -ends[0], -ends[1], each.name


def memory_of(name: str, known: Catalogue = COLUMNS) -> str:
    """`pattern`, or the longest memory of the column and of what it is computed from."""
    words = set(_memories(name, known))
    return next(word for word in ("pattern", *reversed(MEMORIES)) if word in words)


def _memories(name: str, known: Catalogue) -> Iterator[str]:
    record = find(name, known)
    yield record.memory if isinstance(record, Feature) else "pattern"
    for each in record.inputs:
        if each not in FIELDS:
            yield from _memories(each, known)


def warmup_lines(found: Warmup) -> list[str]:
    """A table of what depends longest on the beginning, and when decisions do not any more."""
    width = max(len(each.name) for each in found.dependences)
    lines = [
        f"{found.bars:,} bars, {len(found.origins)} later beginnings, "
        f"1 … {found.origins[-1]:,} bars dropped",
        f"{'bars after the first, until':<{width}}  {'memory':<9}  "
        f"{'first value':>11}  {'within 1e-9':>11}  {'same bytes':>10}",
    ]
    for each in found.dependences:
        near, exact = (_count(count) for count in (each.near, each.exact))
        lines.append(
            f"{each.name:<{width}}  {each.memory:<9}  {each.ready:>11,}  {near:>11}  {exact:>10}"
        )
    lines.append(f"never: not after half of the bars that were left, {found.tested:,} or more")
    lines.append(f"The warm-up of this configuration is {found.warmup:,} bars")
    return [*lines, decided_line(found)]


def decided_line(found: Warmup) -> str:
    if found.decided is None:
        return f"decisions still change {found.tested:,} bars after the first bar of the file"
    return (
        f"decisions do not change any more {found.decided:,} bars after the first bar of the file"
    )


def _count(count: int | None) -> str:
    return "never" if count is None else f"{count:,}"

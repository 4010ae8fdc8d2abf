"""One compiled call that takes the columns of one timeframe from one bar to the next.

The call is generated: a kernel can only call kernels that it names, and which columns a
configuration reads is not known before. The text is kept beside the compile cache.
"""

import hashlib
import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from math import nan
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.errors import SettingsError
from engine.features.catalogue import Catalogue, Column, find
from engine.features.feature import COUNTED, FIELDS, OF_BARS, Feature, count_of
from engine.features.pattern import NO_STREAM, Pattern, rules_of
from engine.files import write_atomically
from engine.kernel import Floats, cache_folder
from engine.settings import Section

Snapshot = dict[str, npt.NDArray[Any]]


class Bar(NamedTuple):
    """One closed bar: open_time in ns UTC, prices > 0, volume >= 0 (0 without one)."""

    open_time: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class FrameStep:
    """The columns of one timeframe: the rows they look back on, their states, the compiled step."""

    def __init__(
        self, names: list[str], timeframe: int, anchor: int, patterns: Section, catalogue: Catalogue
    ) -> None:
        self.timeframe, self.anchor = timeframe, anchor
        self.columns = _in_order(names, catalogue)
        _refuse_whole(self.columns)
        self.row_of = {
            name: k for k, name in enumerate((*OF_BARS, *(c.name for c in self.columns)))
        }
        features = [each for each in self.columns if isinstance(each, Feature)]
        found = [each for each in self.columns if isinstance(each, Pattern)]
        self.reach = max([each.lookback for each in features], default=0)
        self.values = np.full((len(self.row_of), 4 * self.reach + 64), nan)
        self.known = self.values.view()
        self.known.flags.writeable = False  # as the columns' inputs are: no second compile
        self.counts = np.zeros((len(COUNTED), self.values.shape[1]), dtype=np.int64)
        self.counts_known = self.counts.view()
        self.counts_known.flags.writeable = False
        self.state = np.zeros(sum(each.state_size for each in features))
        self.pattern_states = [np.zeros(each.sets, dtype=each.state) for each in found]
        self.scratch = np.empty(self.reach + 1)
        self.position = -1
        self.rules = [rules_of(each, getattr(patterns, each.name)) for each in found]
        source, self.whole, self.share = _source(self.columns, self.row_of)
        self.step = _compiled(source)

    def push(self, bar: Bar) -> None:
        p = self._next_position()
        for k, name in enumerate(COUNTED):
            self.counts[k, p] = count_of(name, bar.open_time, self.timeframe, self.anchor)
        self.values[: len(OF_BARS), p] = bar[1:]
        self.step(
            self.counts_known, self.known, self.values, self.whole, self.share, self.state,
            self.scratch, NO_STREAM, p, *self.rules, *self.pattern_states,
        )  # fmt: skip

    def _next_position(self) -> int:
        """The column of the next row; when the room is used up the last rows move to its front."""
        size = self.counts.shape[1]
        if self.position + 1 == size:
            kept = slice(size - self.reach, size)
            self.values[:, : self.reach] = self.values[:, kept].copy()
            self.counts[:, : self.reach] = self.counts[:, kept].copy()
            self.position = self.reach - 1
        self.position += 1
        return self.position

    def last(self, name: str) -> float:
        return float(self.values[self.row_of[name], self.position]) if self.position >= 0 else nan

    def snapshot(self) -> Snapshot:
        states = {f"pattern-{k}": table.copy() for k, table in enumerate(self.pattern_states)}
        return {
            "values": self.values.copy(),
            "counts": self.counts.copy(),
            "state": self.state.copy(),
            "position": np.array([self.position]),
            **states,
        }

    def restore(self, saved: Snapshot) -> None:
        self.values[:], self.counts[:] = saved["values"], saved["counts"]
        self.state[:] = saved["state"]
        self.position = int(saved["position"][0])
        for k, table in enumerate(self.pattern_states):
            table[:] = saved[f"pattern-{k}"]


def _in_order(names: Iterable[str], catalogue: Catalogue) -> list[Column]:
    """The columns and everything they read, each after its inputs."""
    done: dict[str, Column] = {}

    def visit(name: str) -> None:
        if name not in FIELDS and name not in done:
            column = find(name, catalogue)
            for each in column.inputs:
                visit(each)
            done[name] = column

    for name in names:
        visit(name)
    return list(done.values())


def _refuse_whole(columns: list[Column]) -> None:
    for each in columns:
        if isinstance(each, Feature) and each.memory == "whole":
            raise SettingsError(
                f"column {each.name!r}: its memory is 'whole', so it cannot go on bar by bar; "
                "give it a compiled kernel with another memory"
            )


def _source(
    columns: list[Column], row_of: Mapping[str, int]
) -> tuple[str, npt.NDArray[np.int64], Floats]:
    """The text of the step over these columns, and the integers and floats it reads.

    Constants come by array: a literal in a call would compile the kernel once more for itself.
    """
    whole: list[int] = []
    share: list[float] = []
    body: list[str] = []
    imports: set[str] = set()
    offset = patterns = 0
    for column in columns:
        alias, statement = _import(column)
        imports.add(statement)
        out = f"values[{row_of[column.name]}, p : p + 1]"
        if isinstance(column, Pattern):
            inputs = f"({', '.join(_slices(column, 'p', row_of))},)"
            arguments = [inputs, f"rules_{patterns}", f"states_{patterns}", "stream", out]
            body.append(f"{alias}({', '.join(arguments)})")
            patterns += 1
            continue
        given = [_constant(value, whole, share) for value in column.constants]
        if column.memory == "recursive":
            state = f"state[{offset} : {offset + column.state_size}]"
            offset += column.state_size
            arguments = [*_slices(column, "p", row_of), *given, state, out]
            body.append(f"{alias}({', '.join(arguments)})")
        else:
            arguments = [*_slices(column, "a", row_of), *given, "scratch[: p + 1 - a]"]
            body.append(f"a = max(p - {column.lookback}, 0)")
            body.append(f"{alias}({', '.join(arguments)})")
            body.append(f"values[{row_of[column.name]}, p] = scratch[p - a]")
    given = [f"{what}_{k}" for what in ("rules", "states") for k in range(patterns)]
    known = ["counts", "known", "values", "whole", "share", "state", "scratch", "stream", "p"]
    head = f"def step({', '.join([*known, *given])}):"
    lines = [*sorted(imports), "from engine.kernel import kernel", "", "", "@kernel", head]
    text = "\n".join([*lines, *(f"    {line}" for line in body or ["pass"]), ""])
    return text, np.array(whole or [0], dtype=np.int64), np.array(share or [0.0])


def _import(column: Column) -> tuple[str, str]:
    """What the step calls the column's kernel, and the import that names it so."""
    kernel: Any = column.kernel
    alias = f"{kernel.__module__.rpartition('.')[2]}_{kernel.__name__}"
    return alias, f"from {kernel.__module__} import {kernel.__name__} as {alias}"


def _slices(column: Column, first: str, row_of: Mapping[str, int]) -> list[str]:
    rows = f"{first} : p + 1"
    return [
        f"counts[{COUNTED.index(name)}, {rows}]"
        if name in COUNTED
        else f"known[{row_of[name]}, {rows}]"
        for name in column.inputs
    ]


def _constant(value: float, whole: list[int], share: list[float]) -> str:
    if isinstance(value, int):
        whole.append(value)
        return f"whole[{len(whole) - 1}]"
    share.append(value)
    return f"share[{len(share) - 1}]"


def _compiled(source: str) -> Callable[..., None]:
    """The step of a source text, loaded from a file so that its machine code can be kept."""
    name = f"barsieve_columns_{hashlib.sha256(source.encode()).hexdigest()[:16]}"
    if name not in sys.modules:
        path = (cache_folder() or Path(tempfile.gettempdir())) / f"{name}.py"
        if not path.is_file() or path.read_text(encoding="utf-8") != source:
            write_atomically(path, source)
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path}: cannot be loaded")
        module = importlib.util.module_from_spec(spec)
        # Registered before it runs: the compile cache looks the function up by its module's name.
        sys.modules[name] = module
        spec.loader.exec_module(module)
    step: Callable[..., None] = sys.modules[name].step
    return step

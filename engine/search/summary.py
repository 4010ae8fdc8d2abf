"""Tables of a finished sweep."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.kernel import Ints, Table
from engine.results.metrics.catalogue import METRICS, plain
from engine.results.metrics.metric import NO_VALUE
from engine.search.space import Space
from engine.search.stages import Ranked

SHOWN = ("score", "trades", "net_return", "profit_factor", "average_r", "max_drawdown", "sharpe")
SCORE = "{:.4f}"

Rows = list[list[str]]  # the names of the columns, then the cells


def best_rows(space: Space, numbers: Ints, table: Table, count: int) -> Rows:
    """The best points: number, the keys that vary, and a few measures."""
    keys = varying(space)
    rows = [["combo", *(key.rpartition(".")[2] for key in keys), *SHOWN]]
    for number, own in zip(numbers[:count].tolist(), table, strict=False):
        changes = space.changes(number)
        measures = [figure(name, own[name]) for name in SHOWN]
        rows.append([f"{number:,}", *(json.dumps(changes[key]) for key in keys), *measures])
    return rows


def asset_rows(own: Mapping[str, Table]) -> Rows:
    """The measures of each asset at the first point of its table."""
    rows = [["asset", *SHOWN]]
    for name, table in own.items():
        rows.append([name, *(figure(each, table[0][each]) for each in SHOWN)])
    return rows


def ranked_rows(space: Space, ranked: Ranked) -> Rows:
    """The points of the second stage, by their worst score."""
    keys = varying(space)
    names = list(ranked.tables)
    rows = [["combo", *(key.rpartition(".")[2] for key in keys), *names, "final"]]
    for place, number in enumerate(ranked.numbers.tolist()):
        changes = space.changes(number)
        scores = [figure("score", ranked.tables[name]["score"][place]) for name in names]
        own = [json.dumps(changes[key]) for key in keys]
        rows.append([f"{number:,}", *own, *scores, figure("score", ranked.final[place])])
    return rows


def varying(space: Space) -> list[str]:
    return [key for key, values in zip(space.keys, space.values, strict=True) if len(values) > 1]


def figure(name: str, value: Any) -> str:
    """A measure of a point as a replay of it would show it; value: as in the table of measures."""
    if name == "score":
        return NO_VALUE if np.isnan(value) else SCORE.format(value)
    return METRICS[name].text(plain(METRICS[name], value))


def aligned(rows: Sequence[Sequence[Any]]) -> list[str]:
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(str(cell).rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]

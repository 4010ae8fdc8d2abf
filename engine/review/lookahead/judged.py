"""What is judged one bar at a time, as text with every digit: it may be a score, an order, or a
failure, and all of them are compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from engine.bars.series import Bars
from engine.errors import PluginError
from engine.fusion.dear import DearDomain
from engine.kernel import Floats, Ints
from engine.plugins.guard import let_stops_pass
from engine.plugins.on_bar import Acting
from engine.plugins.past import Past
from engine.plugins.records import BarStrategy
from engine.review.lookahead.cuts import Cut, candidate_rows
from engine.review.lookahead.known import Known
from engine.review.lookahead.layers import Layer, Values
from engine.review.lookahead.poison import Timeline

Asked = DearDomain | BarStrategy
# An account that holds nothing, as far as a strategy sees it.
FLAT = {"side": 0, "quantity": 0.0, "entry_price": 0.0, "entry_row": -1, "cash": 10_000.0}
BESIDE = 3  # rows before a cut, and candidates before it, that are asked for


def judged(
    own: Asked, settings: Any, bars: Bars, columns: Mapping[str, Floats], rows: Sequence[int]
) -> list[str]:
    """The answers at ascending rows; a strategy with `on_bar` is a fresh object, flat all along."""
    if isinstance(own, DearDomain):
        return [_score(own, settings, Past(row, bars, columns)) for row in rows]
    acting = Acting(own, settings)
    return [_order(acting, bars, columns, row) for row in rows]


def _score(own: DearDomain, settings: Any, past: Past) -> str:
    assert own.judge is not None
    try:
        return repr(float(own.judge(past, settings)))
    except BaseException as error:
        let_stops_pass(error)
        return f"failed: {type(error).__name__}: {error}"


def _order(acting: Acting, bars: Bars, columns: Mapping[str, Floats], row: int) -> str:
    try:
        found = acting.act(bars, columns, row, FLAT)
    except PluginError as error:
        return f"failed: {error}"
    return f"{found.wish}, stop {found.stop!r}, target {found.target!r}"


def judged_layer(market: Timeline, cuts: Iterable[Cut]) -> Layer:
    """The dear scores and the strategies of a run, at the candidates and bars before each cut."""
    rows = rows_beside(market, cuts)
    return Layer("judged", lambda other: _values(other, rows[rows < other.bars.size]))


def rows_beside(market: Timeline, cuts: Iterable[Cut]) -> Ints:
    candidates = candidate_rows(market)
    chosen: set[int] = set()
    for cut in cuts:
        chosen |= set(range(max(cut.row - BESIDE, market.rows.warmup), cut.row))
        chosen |= set(candidates[candidates < cut.row][-BESIDE:].tolist())
    return np.array(sorted(chosen), dtype=np.int64)


def _values(market: Timeline, rows: Ints) -> Values:
    found = {}
    for own in asked_in(market):
        columns = {name: market.rows.columns[name] for name in own.columns}
        settings = getattr(market.settings.domains, own.name)
        texts = judged(own, settings, market.bars, columns, rows.tolist())
        found[own.name] = Known(np.array(texts, dtype=str), rows)
    return found


def asked_in(market: Timeline) -> list[Asked]:
    """What is judged bar by bar in the run of a market."""
    strategies = {each.name: each for each in market.settings.plugged.strategies}
    every = market.settings.fusion.weights.domains
    named = [every[slot] for slot in market.rows.limits]
    return [strategies.get(each.name, each) for each in named]

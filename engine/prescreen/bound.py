"""The bound per side, and the bars at which the rule could enter.

At one point of the box the bound *is* the confidence of the fused score, by the kernels that the
step calls, so it needs no margin. Over a box of weights the extreme of Σ w·s / Σ w is at a vertex,
where all scores above some level have their largest weight and the others their smallest.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np

from engine.fusion.fuse import (
    LONG_BIT,
    SHORT_BIT,
    confidence,
    fused_score,
    fusion_parameters,
)
from engine.fusion.modes import MODES, may_name
from engine.fusion.scores import weights
from engine.kernel import Codes, Floats, Record, Table, inlined, kernel
from engine.prescreen.box import NO_BOX, Box, corner, has_weights
from engine.prescreen.settings import ScreenSettings


def margin(domains: int) -> float:
    """A weighted mean with weights inside the box may round above the one at the vertex: each of
    the K products, K sums and the quotient by at most half an ulp of 1.
    """
    return 8 * domains * 2.0**-52


# Of dear scores, by their place among the domains: float64[n] low and high.
Limits = Mapping[int, tuple[Floats, Floats]]
NO_LIMITS: Limits = MappingProxyType({})


@cache
def bound_type(domains: int) -> np.dtype[np.void]:
    """The parameters of the bound of a run with so many domains in its catalogue."""
    return np.dtype(
        [
            *fusion_parameters(domains),
            ("low_weights", np.float64, (domains,)),
            ("high_weights", np.float64, (domains,)),
            ("margin", np.float64),
            ("is_box", np.uint8),
        ],
        align=True,
    )


@inlined
def vertex_score(row: Record, params: Record, level: float, direction: int) -> float:
    """Σ w·s / Σ w with the largest weight where direction·s >= direction·level, else the least."""
    total, weight_sum = 0.0, 0.0
    for k in range(len(params["high_weights"])):
        score = row["scores"][k]
        if direction * score >= direction * level:
            weight = params["high_weights"][k]
        else:
            weight = params["low_weights"][k]
        if weight > 0.0:
            total += weight * score
            weight_sum += weight
    return total / weight_sum


@inlined
def extreme_score(row: Record, params: Record, direction: int) -> float:
    """The largest (direction +1) or smallest (−1) F over the weight box, margin included; before
    the warm-up, where scores are NaN, about −direction: no reason to enter.
    """
    best = -1.0 * direction
    for k in range(len(params["high_weights"])):
        if params["high_weights"][k] > 0.0:
            score = vertex_score(row, params, row["scores"][k], direction)
            if direction * score > direction * best:
                best = score
    # Beyond ±1 there is no score.
    return direction * min(direction * best + params["margin"], 1.0)


@inlined
def bound_row(row: Record, params: Record) -> tuple[float, float]:
    """(long, short), each in [0, 1]; 0 before the warm-up."""
    if params["is_box"] == 0:
        score = fused_score(row, params)
        return confidence(score, 1, row, params), confidence(score, -1, row, params)
    upper = extreme_score(row, params, 1)
    lower = extreme_score(row, params, -1)
    return confidence(upper, 1, row, params), confidence(lower, -1, row, params)


@inlined
def may_enter_row(row: Record, long: float, short: float, params: Record) -> int:
    """The bits of the sides that are open and that the mode could name."""
    bits = 0
    if row["gate_long"] == 0 and may_name(1, long, short, row, params):
        bits |= LONG_BIT
    if row["gate_short"] == 0 and may_name(-1, long, short, row, params):
        bits |= SHORT_BIT
    return bits


@kernel
def bound_columns(table: Table, params: Table, long: Floats, short: Floats, may: Codes) -> None:
    p = params[0]
    for i in range(table.size):
        long[i], short[i] = bound_row(table[i], p)
        may[i] = may_enter_row(table[i], long[i], short[i], p)


@kernel
def may_columns(table: Table, params: Table, long: Floats, short: Floats, may: Codes) -> None:
    p = params[0]
    for i in range(table.size):
        may[i] = may_enter_row(table[i], long[i], short[i], p)


def bounds(
    table: Table,
    settings: ScreenSettings,
    has_volume: bool,
    box: Box = NO_BOX,
    limits: Limits = NO_LIMITS,
) -> tuple[Floats, Floats, Codes]:
    """bound_long, bound_short: float64[n] in [0, 1]; may_enter: uint8[n] of side bits.

    They hold for every point of the box around `settings`, and for every value of a dear score
    between its limits.
    """
    params = bound_parameters(settings, has_volume, box)
    long, short = np.empty(table.size), np.empty(table.size)
    may = np.empty(table.size, dtype=np.uint8)
    if not limits:
        bound_columns(table, params, long, short, may)
        return long, short, may
    # F grows with each score: its extremes are at the limits.
    unread = np.empty(table.size)
    bound_columns(with_scores(table, limits, 1), params, long, unread, may)
    bound_columns(with_scores(table, limits, 0), params, unread, short, may)
    may_columns(table, params, long, short, may)
    return long, short, may


def with_scores(table: Table, limits: Limits, end: int) -> Table:
    """A copy of the row table with dear scores at their low (0) or high (1) limit."""
    copy = table.copy()
    for slot, ends in limits.items():
        copy["scores"][:, slot] = ends[end]
    copy.flags.writeable = False
    return copy


def reachable_sides(table: Table, settings: ScreenSettings, has_volume: bool) -> Codes:
    """uint8[n]: the sides that only the score could keep out."""
    params = bound_parameters(settings, has_volume, NO_BOX)
    most, may = np.ones(table.size), np.empty(table.size, dtype=np.uint8)
    may_columns(table, params, most, most, may)
    return may


def bound_parameters(settings: ScreenSettings, has_volume: bool, box: Box) -> Table:
    """The parameters of the bound: a table of one record."""
    domains = len(settings.fusion.weights.domains)
    params = np.zeros(1, dtype=bound_type(domains))
    fill_fusion_parameters(params, corner(settings, box), has_volume)
    for name, end in (("low_weights", 0), ("high_weights", 1)):
        moved = corner(settings, box, end)
        params[name] = weights(moved.fusion, moved.domains_of(has_volume))
    params["is_box"] = has_weights(box)
    params["margin"] = margin(domains)
    params.flags.writeable = False
    return params


def fill_fusion_parameters(params: Table, settings: ScreenSettings, has_volume: bool) -> None:
    """Write the `fusion_parameters` into a table of one record, of the bound or of the step."""
    fusion = settings.fusion
    run_weights = weights(fusion, settings.domains_of(has_volume))
    params["weights"] = run_weights
    params["weight_sum"] = sum(run_weights)
    params["misalignment_penalty"] = fusion.misalignment_penalty
    params["thresholds"] = fusion.thresholds()
    params["mode"] = MODES.index(fusion.execution_mode)

"""The bound per side, and the bars at which the rule could enter.

With no dear domain the bound at the box's loosest corner *is* the confidence of the fused score
there, computed by the kernels that the step calls, so it needs no margin.
"""

import numpy as np

from engine.fusion.fuse import (
    FUSION_PARAMETERS,
    LONG_BIT,
    SHORT_BIT,
    confidence,
    fused_score,
)
from engine.fusion.scores import active_domains, weights
from engine.kernel import Codes, Floats, Record, Table, inlined, kernel
from engine.prescreen.settings import ScreenSettings

PARAMETERS = np.dtype(FUSION_PARAMETERS, align=True)


@inlined
def bound_row(row: Record, params: Record) -> tuple[float, float]:
    """(long, short), each in [0, 1]; 0 before the warm-up."""
    score = fused_score(row, params)
    return confidence(score, 1, row, params), confidence(score, -1, row, params)


@inlined
def may_enter_row(row: Record, long: float, short: float, threshold: float) -> int:
    """The bits of the sides that are scheduled, open and within reach of the threshold."""
    bits = 0
    if row["scheduled"]:
        if row["gate_long"] == 0 and long >= threshold:
            bits |= LONG_BIT
        if row["gate_short"] == 0 and short >= threshold:
            bits |= SHORT_BIT
    return bits


@kernel
def bound_columns(table: Table, params: Table, long: Floats, short: Floats, may: Codes) -> None:
    p = params[0]
    for i in range(table.size):
        long[i], short[i] = bound_row(table[i], p)
        may[i] = may_enter_row(table[i], long[i], short[i], p["threshold"])


def bounds(
    table: Table, settings: ScreenSettings, has_volume: bool
) -> tuple[Floats, Floats, Codes]:
    """bound_long, bound_short: float64[n]; may_enter: uint8[n] of side bits.

    `settings` is the loosest corner of the box: lowest threshold, smallest penalty.
    """
    params = np.zeros(1, dtype=PARAMETERS)
    fill_fusion_parameters(params, settings, has_volume)
    long, short = np.empty(table.size), np.empty(table.size)
    may = np.empty(table.size, dtype=np.uint8)
    bound_columns(table, params, long, short, may)
    return long, short, may


def fill_fusion_parameters(params: Table, settings: ScreenSettings, has_volume: bool) -> None:
    """Write FUSION_PARAMETERS into a table of one record, for the bound and for the step alike."""
    fusion = settings.fusion
    run_weights = weights(fusion, active_domains(fusion, has_volume))
    params["weights"] = run_weights
    params["weight_sum"] = sum(run_weights)
    params["misalignment_penalty"] = fusion.misalignment_penalty
    params["threshold"] = fusion.entry_threshold_confidence

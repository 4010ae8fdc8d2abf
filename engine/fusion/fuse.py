"""The fused score of a bar and what it is worth for a side. Screen and step call these kernels.

    F            = Σ w·s / Σ w                      over the domains of the run, in catalogue order
    confidence_s = max(s·F, 0) · m_s                s = +1 long, −1 short
    m_s          = 1 − misalignment_penalty when a higher timeframe's trend is against s, else 1

`row` needs the fields of `fusion_row`, `params` those of `fusion_parameters`.
"""

from typing import Any

import numpy as np

from engine.kernel import Record, inlined

LONG_BIT = 1
SHORT_BIT = 2

Fields = list[tuple[Any, ...]]


def fusion_row(domains: int) -> Fields:
    """Fields that a row carries for the kernels below, with a score for each domain."""
    return [
        ("scores", np.float64, (domains,)),
        ("misaligned", np.uint8),
        ("regime", np.uint8),
        ("scheduled", np.uint8),
        ("fast", np.int8),  # side of the fast signal
    ]


def fusion_parameters(domains: int) -> Fields:
    """Fields that a parameter record carries for the kernels below."""
    return [
        ("weights", np.float64, (domains,)),
        ("weight_sum", np.float64),
        ("misalignment_penalty", np.float64),
        ("thresholds", np.float64, (4,)),  # by regime
        ("mode", np.uint8),
    ]


@inlined
def side_bit(side: int) -> int:
    return LONG_BIT if side > 0 else SHORT_BIT


@inlined
def fused_score(row: Record, params: Record) -> float:
    """F in [-1, 1]; NaN before the warm-up."""
    total = 0.0
    # A domain without a weight has the score 0 and adds nothing.
    for k in range(len(params["weights"])):
        total += params["weights"][k] * row["scores"][k]
    return total / params["weight_sum"]


@inlined
def confidence(score: float, side: int, row: Record, params: Record) -> float:
    """What `score` is worth for `side`, in [0, 1]; 0 where the score is NaN."""
    strength = side * score
    if not strength > 0.0:
        return 0.0
    if row["misaligned"] & side_bit(side):
        return strength * (1.0 - params["misalignment_penalty"])
    return strength

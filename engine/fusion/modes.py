"""The execution modes: which side the rule names at a bar, and where it could name one at all.

| mode | names side s when (fast = side of the fast signal) |
|---|---|
| advisory | fast = s |
| prefilter | fast = s, confidence of F's own side >= threshold |
| execute_only_if_fusion_confirms | fast = s, confidence of s >= threshold |
| fusion_only | scheduled, sign F = s, confidence of s >= threshold |
"""

from typing import get_args

from engine.fusion.fuse import confidence, fused_score
from engine.fusion.settings import Mode
from engine.kernel import Record, inlined

MODES: tuple[Mode, ...] = get_args(Mode)
ADVISORY, PREFILTER, CONFIRMS, FUSION_ONLY = range(len(MODES))
# Modes in which the score itself reaches the threshold on the side that is entered.
CONFIRMED: tuple[Mode, ...] = (MODES[CONFIRMS], MODES[FUSION_ONLY])

# Why no side is named: decision codes of the step.
NOT_SCHEDULED = 34
BELOW_THRESHOLD = 35
NO_FAST_SIGNAL = 41


@inlined
def threshold_of(row: Record, params: Record) -> float:
    """The least confidence of an entry in the regime of the bar."""
    return params["thresholds"][row["regime"]]


@inlined
def sign_of(score: float) -> int:
    return 1 if score > 0.0 else -1


@inlined
def named_side(row: Record, params: Record) -> tuple[int, int]:
    """(side, 0) where the rule names a side, else (0, the code that says why not)."""
    if params["mode"] == FUSION_ONLY:
        if row["scheduled"] == 0:
            return 0, NOT_SCHEDULED
        score = fused_score(row, params)
        return passed(sign_of(score), sign_of(score), score, row, params)
    if row["fast"] == 0:
        return 0, NO_FAST_SIGNAL
    side = int(row["fast"])
    if params["mode"] == ADVISORY:
        return side, 0
    score = fused_score(row, params)
    judged = side if params["mode"] == CONFIRMS else sign_of(score)
    return passed(side, judged, score, row, params)


@inlined
def passed(side: int, judged: int, score: float, row: Record, params: Record) -> tuple[int, int]:
    """(side, 0) when the score is worth the threshold for the side `judged`."""
    if confidence(score, judged, row, params) >= threshold_of(row, params):
        return side, 0
    return 0, BELOW_THRESHOLD


@inlined
def may_name(side: int, long: float, short: float, row: Record, params: Record) -> bool:
    """The cheap condition of the mode: whether `side` could be named, given the bounds."""
    if params["mode"] == FUSION_ONLY:
        bound = long if side > 0 else short
        return row["scheduled"] != 0 and bound >= threshold_of(row, params)
    if row["fast"] != side:
        return False
    if params["mode"] == ADVISORY:
        return True
    bound = long if side > 0 else short
    if params["mode"] == PREFILTER:
        bound = max(long, short)
    return bound >= threshold_of(row, params)

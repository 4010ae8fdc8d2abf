"""How steady the winner is: the points that differ from it in one value."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.report.swept import SweepResults


@dataclass(frozen=True)
class Neighbour:
    """place: among the results, None where the settings were refused. step: places away from the
    winner's value, in the order of the space.
    """

    key: str
    value: Any
    step: int
    place: int | None


def neighbours(sweep: SweepResults) -> list[Neighbour]:
    """Those of every varying key, key by key."""
    own = sweep.digits[:, sweep.winner]
    sizes = [len(values) for values in sweep.space.values]
    found = []
    for place in sweep.varying:
        for digit, value in enumerate(sweep.space.values[place]):
            if digit == own[place]:
                continue
            digits = own.copy()
            digits[place] = digit
            number = int(np.ravel_multi_index(tuple(digits), sizes))
            step = digit - int(own[place])
            found.append(Neighbour(sweep.space.keys[place], value, step, sweep.place_of(number)))
    return found


def steadiness(sweep: SweepResults, found: list[Neighbour]) -> str:
    """One sentence on the scores next to the winner's, one step away."""
    scores = sweep.measures["score"]
    own = float(scores[sweep.winner])
    near = [scores[each.place] for each in found if abs(each.step) == 1 and each.place is not None]
    near = [score for score in near if not np.isnan(score)]
    if not near or not own > 0.0:
        return "There is no neighbour to compare the winner with."
    shares = np.array(near) / own
    alone = "A winner that stands alone is more likely luck than skill."
    if shares.size == 1:
        return f"The one point a step away has {shares[0]:.0%} of the winner's score. {alone}"
    return (
        f"One step away in one key lie {shares.size} points; their score is {shares.min():.0%} to "
        f"{shares.max():.0%} of the winner's, {np.median(shares):.0%} in the median. {alone}"
    )

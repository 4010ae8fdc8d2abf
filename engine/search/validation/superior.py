"""Whether any column beats doing nothing: the test of superior predictive ability, by `arch`."""

import numpy as np

from engine.errors import MissingExtraError, RangeError
from engine.kernel import Floats
from engine.search.validation.resampling import SEED, usual_length

DRAWS = 500


def superior_probability(stretches: Floats, draws: int = DRAWS, seed: int = SEED) -> float:
    """The consistent p-value: of returns as high as those of the best column, were none better than
    0 in the long run; after P. Hansen, A Test for Superior Predictive Ability (2005).

    stretches: float64[k, m], returns of each column added over m stretches of time, by which the
    test is a hundredth of the work of one on all bars. Columns that never move are left out.

    Raises MissingExtraError without `arch`, RangeError when no column moves.
    """
    try:
        from arch.bootstrap import SPA
    except ImportError as error:
        raise MissingExtraError(
            "the test of superior predictive ability needs arch, which is not installed; install "
            "it with: pip install 'barsieve[stats]'"
        ) from error
    moving = stretches[np.ptp(stretches, axis=1) > 0.0]
    if not moving.size:
        raise RangeError("no column moves: there is nothing to test")
    periods = moving.shape[1]
    # Losses: nothing for doing nothing, the negative return for a column.
    test = SPA(
        np.zeros(periods), -moving.T, block_size=usual_length(periods), reps=draws, seed=seed
    )
    test.compute()
    return float(test.pvalues["consistent"])

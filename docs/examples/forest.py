"""A random forest as a dear domain: fitted again and again, each time on earlier bars alone."""

from functools import lru_cache

import numpy as np

from barsieve import BarsieveError
from barsieve.strategy import DearDomain, Section

LAGS, AHEAD, REFIT, HISTORY = (1, 4, 12, 24), 6, 500, 1500  # bars


def returns(close):
    """What the price did over each lag before a bar: a row for each bar from the 25th on."""
    return np.stack([close[24:] / close[24 - lag : close.size - lag] - 1 for lag in LAGS], axis=1)


@lru_cache(maxsize=64)
def fitted(prices):
    try:  # an extra, and slow to import
        from sklearn.ensemble import RandomForestClassifier
    except ImportError:
        raise BarsieveError("needs scikit-learn: pip install 'barsieve[tune]'") from None
    close = np.frombuffer(prices)
    rose = close[24 + AHEAD :] > close[24:-AHEAD]  # known by the last of these rows
    return RandomForestClassifier(20, random_state=0).fit(returns(close)[:-AHEAD], rose)


def judge(past, settings):
    """How sure the forest is that was fitted on rows before the latest multiple of REFIT."""
    known = past.close[: past.row // REFIT * REFIT][-HISTORY:]
    if known.size < HISTORY:
        return 0.0  # no opinion yet
    forest = fitted(known.tobytes())
    return 2.0 * forest.predict_proba(returns(past.close[-25:]))[0, 1] - 1.0


FOREST = DearDomain("forest", (), Section, None, 0.4, judge=judge)

"""A column smoothed by a convolution of the same length, which is centred."""

import numpy as np

from barsieve.strategy import Domain, Feature, Section


def smoothed(close, out):
    padded = np.pad(close, 8, mode="edge")
    smooth = np.convolve(padded, np.ones(17) / 17, mode="valid")
    out[0] = np.nan
    out[1:] = np.diff(smooth) / close[1:]


def score(columns, settings):
    steep = 600 * columns[0]
    return steep / (1 + np.abs(steep))


COLUMN = Feature("smoothed_slope", ("close",), "window", smoothed, "none", lookback=17)
OWN = Domain("feature_same", ("smoothed_slope",), Section, score, 1.0)

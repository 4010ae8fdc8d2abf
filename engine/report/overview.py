"""Long series for the eye: the smallest and the largest value of each bucket, in order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.kernel import Floats, Ints
from engine.prescreen.windows import Mask

BUCKETS = 1_500
MEANS = 300


@dataclass(frozen=True)
class Buckets:
    """Rows edges[k] … edges[k + 1] − 1 are a bucket, drawn as two points: `starts` and `middles`.
    width: rows of a bucket, about; 1: every row is a point of its own.
    """

    edges: Ints
    starts: Ints
    middles: Ints
    width: int


def buckets_of(size: int, most: int = BUCKETS) -> Buckets:
    """At most `most` buckets of `size` rows, as equal as whole rows allow."""
    count = min(size, most)
    edges = np.arange(count + 1, dtype=np.int64) * size // count
    middles = (edges[:-1] + edges[1:]) // 2
    return Buckets(edges, edges[:-1], middles, -(-size // count))


def shown_rows(buckets: Buckets) -> Ints:
    """int64[p]: the rows whose times the points of `extremes` are drawn at."""
    if buckets.width == 1:
        return buckets.starts
    return np.stack((buckets.starts, buckets.middles), axis=1).ravel()


def extremes(values: Floats, buckets: Buckets) -> Floats:
    """float64[p]: of each bucket the smallest and the largest value, the earlier one first; NaN
    only where a bucket has nothing else.
    """
    if buckets.width == 1:
        return values
    low = np.fmin.reduceat(values, buckets.starts)
    high = np.fmax.reduceat(values, buckets.starts)
    rising = _first_place(values, low, buckets) <= _first_place(values, high, buckets)
    first, second = np.where(rising, low, high), np.where(rising, high, low)
    return np.stack((first, second), axis=1).ravel()


def _first_place(values: Floats, wanted: Floats, buckets: Buckets) -> Ints:
    """The first row of each bucket with its wanted value, `values.size` where it has none."""
    each = np.repeat(wanted, np.diff(buckets.edges))
    places = np.where(values == each, np.arange(values.size), values.size)
    first: Ints = np.minimum.reduceat(places, buckets.starts)
    return first


def means(values: Floats, buckets: Buckets) -> Floats:
    """float64[b]: the mean of each bucket's values that are not NaN; NaN where it has none."""
    known = np.isfinite(values)
    counts = np.add.reduceat(known.astype(np.int64), buckets.starts)
    sums = np.add.reduceat(np.where(known, values, 0.0), buckets.starts)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def shares(marked: Mask, buckets: Buckets) -> Floats:
    """float64[b]: the share of each bucket's rows that are marked."""
    counts = np.add.reduceat(marked.astype(np.int64), buckets.starts)
    share: Floats = counts / np.diff(buckets.edges)
    return share


def milliseconds(times: Ints) -> Ints:
    """Instants as browsers count them."""
    whole: Ints = times // 1_000_000
    return whole


def plain_numbers(values: Floats, digits: int | None = None) -> Sequence[float | None]:
    """For JSON, NaN as null; digits: rounded to so many decimals."""
    rounded = values if digits is None else np.round(values, digits)
    return [None if each != each else each for each in rounded.tolist()]

"""The laws of features, as functions of a catalogue; each raises AssertionError."""

import ast
from dataclasses import replace
from itertools import pairwise

import numpy as np
from feature_markets import head
from naive import NAIVE

from engine.bars.series import Bars
from engine.features.catalogue import Catalogue
from engine.features.columns import compute
from engine.features.feature import COUNTED, FIELDS, Feature, count_of, run
from engine.review.lookahead.poison import illegal_bars

FORBIDDEN = {"exp", "log", "log2", "log10", "log1p", "expm1", "pow", "tanh", "fastmath"}
# NumPy sums in pairs and by instruction set: other bits than a loop.
FORBIDDEN_CALLS = {"sum", "mean", "std", "var", "cumsum", "dot", "convolve"}

# Kernels that wait for an event, which some markets never have.
EVENTS = {"last_swing"}


def column(features: Catalogue, name: str, bars: Bars) -> np.ndarray:
    return compute(bars, [name], catalogue=features)[name]


def inputs(features: Catalogue, feature: Feature, bars: Bars) -> list[np.ndarray]:
    """What the feature's kernel reads, read-only."""

    def one(name: str) -> np.ndarray:
        if name in COUNTED:
            return count_of(name, bars.open_time, bars.timeframe, 0)
        return getattr(bars, name) if name in FIELDS else column(features, name, bars)

    arrays = [one(name) for name in feature.inputs]
    for array in arrays:
        array.flags.writeable = False
    return arrays


def same_bits(left: np.ndarray, right: np.ndarray, what: str) -> None:
    assert left.size == right.size, what
    different = np.flatnonzero(left.view(np.int64) != right.view(np.int64))
    # Not every NaN has the same bits; nothing depends on which one it is.
    different = different[~(np.isnan(left[different]) & np.isnan(right[different]))]
    if different.size:
        i = int(different[0])
        raise AssertionError(f"{what}: row {i}: {left[i]!r}, {right[i]!r} ({different.size} rows)")


def twin_law(features: Catalogue, name: str, bars: Bars) -> None:
    feature = features[name]
    lists = [array.tolist() for array in inputs(features, feature, bars)]
    twin = NAIVE[feature.kernel.__name__](*lists, *feature.constants)
    same_bits(column(features, name, bars), np.array(twin, dtype=np.float64), name)


def prefix_law(features: Catalogue, name: str, bars: Bars, cuts: list[int]) -> None:
    full = column(features, name, bars)
    for cut in cuts:
        same_bits(column(features, name, head(bars, cut)), full[:cut], f"{name} cut at {cut}")


def poisoned(bars: Bars, row: int, poison: float) -> Bars:
    """The same bars up to `row`; after it every price and volume is `poison`, and time jumps."""
    return illegal_bars(bars, row + 1, poison)


def poison_law(features: Catalogue, name: str, bars: Bars, rows: list[int]) -> None:
    full = column(features, name, bars)
    for row in rows:
        for poison in (np.nan, np.inf, -np.inf, 1e300, -7.7e-115):
            got = column(features, name, poisoned(bars, row, poison))
            same_bits(got[: row + 1], full[: row + 1], f"{name}, {poison} after {row}")


def chunk_law(features: Catalogue, name: str, bars: Bars, edges: list[int]) -> None:
    """The column in chunks between `edges`: with carried state, or with lookback rows in front."""
    feature = features[name]
    arrays = inputs(features, feature, bars)
    state = np.zeros(feature.state_size)
    lookback = 0 if feature.memory == "recursive" else feature.lookback
    bounds = [0, *edges, bars.size]
    parts = []
    for start, stop in pairwise(bounds):
        first = max(start - lookback, 0)
        part = run(feature, [array[first:stop] for array in arrays], state)
        parts.append(part[start - first :])
    same_bits(np.concatenate(parts), run(feature, arrays), f"{name} in chunks")


def finite_law(features: Catalogue, name: str, bars: Bars) -> None:
    """NaN, then finite values in the declared range, and some of them."""
    values = column(features, name, bars)
    finite = np.flatnonzero(np.isfinite(values))
    if not finite.size and features[name].kernel.__name__ in EVENTS:
        return
    assert finite.size, f"{name}: never finite"
    after = values[finite[0] :]
    assert np.isfinite(after).all(), f"{name}: not finite after its warm-up"
    assert np.isnan(values[: finite[0]]).all(), f"{name}: infinite before its warm-up"
    low, high = features[name].low, features[name].high
    assert after.min() >= low, f"{name}: {after.min()!r} < {low}"
    assert after.max() <= high, f"{name}: {after.max()!r} > {high}"


def mirrored(bars: Bars, about: float) -> Bars:
    return replace(
        bars,
        open=about - bars.open,
        high=about - bars.low,
        low=about - bars.high,
        close=about - bars.close,
    )


def mirror_law(features: Catalogue, name: str, bars: Bars, about: float) -> None:
    """The column of the mirrored market, turned back, is the counterpart's.

    `even` in bits, when prices are mirrored without rounding. The rest is only near: about − x
    rounds where x is a mean, and 100 − RSI rounds once more than RSI.
    """
    feature = features[name]
    if feature.mirror == "none":
        return
    got = column(features, name, mirrored(bars, about))
    want = column(features, feature.mirrored_by or name, bars)
    if feature.mirror == "even":
        same_bits(got, want, f"{name} mirrored")
        return
    total = {"odd": 0.0, "price": about, "complement": feature.low + feature.high}[feature.mirror]
    np.testing.assert_allclose(got, total - want, rtol=1e-9, atol=1e-9, err_msg=name)


def forbidden_words(source: str) -> set[str]:
    """Spellings that round differently by machine or library, as identifiers or operators."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Pow):
            found.add("**")
        if isinstance(node, ast.Name | ast.Attribute | ast.alias | ast.keyword):
            word = getattr(node, "id", None) or getattr(node, "attr", None)
            word = word or getattr(node, "name", None) or getattr(node, "arg", None)
            found |= {word} & FORBIDDEN
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found |= {node.func.attr} & FORBIDDEN_CALLS
    return found

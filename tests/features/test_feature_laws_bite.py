"""Each law refuses a feature that breaks it."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest
from feature_laws import (
    chunk_law,
    finite_law,
    forbidden_words,
    mirror_law,
    poison_law,
    prefix_law,
    twin_law,
)
from feature_markets import demo

from engine.features.catalogue import FEATURES, catalogue
from engine.features.feature import Feature

BARS = demo(400)


def only(kernel, **record):
    """A catalogue of one feature, `wrong`; its kernel is plain Python."""
    record = {"inputs": ("close",), "memory": "window", "mirror": "price", **record}
    return catalogue((Feature(name="wrong", kernel=kernel, **record),))


def test_prefix_and_poison_refuse_a_peek_of_one_bar():
    def peek(close, out):
        out[:-1], out[-1] = close[1:], close[-1]

    with pytest.raises(AssertionError, match="row 199"):
        prefix_law(only(peek), "wrong", BARS, [200])
    with pytest.raises(AssertionError, match="row 199"):
        poison_law(only(peek), "wrong", BARS, [199])


def test_prefix_refuses_a_centred_window():
    def centred(close, out):
        out[:] = np.convolve(close, np.ones(5) / 5, mode="same")

    with pytest.raises(AssertionError, match="row 198"):
        prefix_law(only(centred), "wrong", BARS, [200])


def test_poison_refuses_an_index_that_wraps_to_the_end():
    def lag(close, out):
        for i in range(out.size):
            out[i] = close[i - 3]

    with pytest.raises(AssertionError, match="row 0"):
        poison_law(only(lag), "wrong", BARS, [100])


def test_poison_refuses_a_scale_taken_from_the_whole_series():
    def scaled(close, out):
        out[:] = close / close.max()

    with pytest.raises(AssertionError):
        poison_law(only(scaled), "wrong", BARS, [100])


def running_mean(close, window, out):
    total = 0.0
    for i in range(out.size):
        total += close[i] - (close[i - window] if i >= window else 0.0)
        out[i] = total / window if i >= window - 1 else nan


def test_chunks_refuse_a_running_sum_that_never_restarts():
    features = only(running_mean, constants=(20,), lookback=40)
    with pytest.raises(AssertionError, match="in chunks"):
        chunk_law(features, "wrong", BARS, [100, 200, 300])


def test_chunks_refuse_a_lookback_that_is_too_short():
    features = {**FEATURES, "high_20": replace(FEATURES["high_20"], lookback=18)}
    with pytest.raises(AssertionError, match="high_20 in chunks"):
        chunk_law(features, "high_20", BARS, [100, 200])


def test_chunks_refuse_a_state_that_is_not_carried():
    def forgetful(close, state, out):
        level = close[0]
        for i in range(out.size):
            level = 0.9 * level + 0.1 * close[i]
            out[i] = level

    with pytest.raises(AssertionError, match="in chunks"):
        chunk_law(only(forgetful, memory="recursive", state_size=1), "wrong", BARS, [50])


def test_finite_refuses_a_nan_in_the_middle_and_a_value_out_of_range():
    def torn(close, out):
        out[:] = close
        out[100] = nan

    def never(close, out):
        out[:] = nan

    with pytest.raises(AssertionError, match="not finite"):
        finite_law(only(torn), "wrong", BARS)
    with pytest.raises(AssertionError, match="never finite"):
        finite_law(only(never), "wrong", BARS)
    with pytest.raises(AssertionError, match="> 55"):
        finite_law({**FEATURES, "rsi": replace(FEATURES["rsi_wilder_14"], high=55.0)}, "rsi", BARS)


def test_twin_refuses_another_smoothing():
    def simple(values, seed, skipped, keep, weight, state, out):
        running_mean(values, seed, out)

    simple.__name__ = "average"
    other = replace(FEATURES["atr_ema_20"], kernel=simple)
    with pytest.raises(AssertionError, match="atr_ema_20: row 20"):
        twin_law({**FEATURES, "atr_ema_20": other}, "atr_ema_20", BARS)


def test_mirror_refuses_a_feature_for_one_side():
    features = {**FEATURES, "wick": replace(FEATURES["upper_wick_share"], mirrored_by="wick")}
    with pytest.raises(AssertionError, match="wick mirrored"):
        mirror_law(features, "wick", BARS, 8_192.0)


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("from math import exp", "exp"),
        ("y = np.tanh(x)", "tanh"),
        ("y = math.log(x)", "log"),
        ("y = x ** 2", "**"),
        ("y **= 2", "**"),
        ("f = njit(fastmath=True)(g)", "fastmath"),
        ("y = x[1:5].sum()", "sum"),
        ("y = np.mean(x)", "mean"),
    ],
)
def test_forbidden_words_are_found(source, word):
    assert forbidden_words(source) == {word}


def test_names_are_unique():
    record = FEATURES["trend"]
    for taken in (record, replace(record, name="close"), replace(record, name="a@4h")):
        with pytest.raises(ValueError, match="taken or reserved"):
            catalogue((record,), (taken,))

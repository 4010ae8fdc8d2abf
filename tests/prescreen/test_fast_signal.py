"""The fast signal on hand-made values: each key at its limit, and what says nothing."""

from dataclasses import replace

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.errors import SettingsError
from engine.features.columns import Columns
from engine.inputs import load_settings
from engine.prescreen.fast_signal import FastSignalSettings, fast_sides, signal_confidence
from engine.prescreen.rows import build_rows
from engine.prescreen.settings import ScreenSettings, read_mode
from engine.settings import validate

NAN = float("nan")
LONG = {"close": 100.0, "rsi": 60.0, "adx": 30.0, "average": 100.0, "slow": 95.0}
SHORT = {"close": 100.0, "rsi": 40.0, "adx": 30.0, "average": 100.0, "slow": 105.0}


def side_of(values, tree=None):
    settings = validate(FastSignalSettings, tree or {}, "test")
    names = settings.columns()
    given = [values[key] for key in ("rsi", "adx", "average", "slow")]
    columns = Columns(names, 0, {k: np.array([v]) for k, v in zip(names, given, strict=True)})
    bars = demo_bars(1)
    return int(fast_sides(replace(bars, close=np.array([values["close"]])), columns, settings)[0])


def test_the_averages_give_the_side():
    assert side_of(LONG) == 1
    assert side_of(SHORT) == -1
    assert side_of(LONG | {"slow": 100.0}) == 0


AFTER, BEFORE = (lambda x: float(np.nextafter(x, np.inf))), (lambda x: float(np.nextafter(x, 0)))


@pytest.mark.parametrize(
    ("values", "tree", "side"),
    [
        (LONG | {"adx": 20.0}, {}, 1),
        (LONG | {"adx": BEFORE(20.0)}, {"min_confidence": 0.0}, 0),
        (LONG | {"adx": 30.0}, {"adx_threshold": 30.0}, 1),
        (LONG | {"adx": 30.0}, {"adx_threshold": AFTER(30.0)}, 0),
        (LONG | {"rsi": 72.0}, {}, 1),
        (LONG | {"rsi": AFTER(72.0)}, {}, 0),
        (LONG | {"rsi": 5.0}, {}, 1),  # oversold says nothing against a long
        (LONG | {"rsi": 60.0}, {"rsi_overbought": 59.0}, 0),
        (SHORT | {"rsi": 28.0}, {}, -1),
        (SHORT | {"rsi": BEFORE(28.0)}, {}, 0),
        (SHORT | {"rsi": 95.0}, {}, -1),
        (SHORT | {"rsi": 40.0}, {"rsi_oversold": 41.0}, 0),
        (LONG | {"close": 108.0}, {}, 1),
        (LONG | {"close": AFTER(108.0)}, {}, 0),
        (LONG | {"close": 92.0}, {}, 1),
        (LONG | {"close": BEFORE(92.0)}, {}, 0),  # stretched away on the other side too
        (SHORT | {"close": BEFORE(92.0)}, {}, 0),
        (LONG | {"close": 101.5}, {"price_extension_pct": 1.0}, 0),
        (LONG | {"adx": 20.0, "rsi": 50.0}, {}, 0),  # confidence 0
        (LONG | {"adx": 20.0, "rsi": 50.0}, {"min_confidence": 0.0}, 1),
    ],
)
def test_each_limit_includes_itself(values, tree, side):
    assert side_of(values, tree) == side


def test_the_confidence_is_the_formula_and_reaches_its_floor():
    """X = (30 − 20) / 20 + |60 − 50| / 50 = 0.7."""
    found = float(signal_confidence(30.0, 60.0, 20.0))
    assert found == pytest.approx(0.9 * 0.7 / 1.7, rel=1e-15)
    assert signal_confidence(30.0, 40.0, 20.0) == found
    assert signal_confidence(20.0, 50.0, 20.0) == 0.0
    assert 0.85 < signal_confidence(100.0, 100.0, 5.0) < 0.9
    assert side_of(LONG, {"min_confidence": found}) == 1
    assert side_of(LONG, {"min_confidence": AFTER(found)}) == 0


@pytest.mark.parametrize("name", ["rsi", "adx", "average", "slow"])
@pytest.mark.parametrize("values", [LONG, SHORT])
def test_a_value_that_is_unknown_gives_no_side(name, values):
    assert side_of(values | {name: NAN}, {"min_confidence": 0.0}) == 0


def test_it_mirrors():
    rng = np.random.default_rng(8)
    sides = []
    for _ in range(300):
        long = {
            "close": rng.uniform(85, 115), "rsi": rng.uniform(10, 90), "adx": rng.uniform(10, 50),
            "average": 100.0, "slow": rng.uniform(90, 110),
        }  # fmt: skip
        short = long | {
            "close": 200 - long["close"], "rsi": 100 - long["rsi"], "slow": 200 - long["slow"]
        }  # fmt: skip
        sides.append(side_of(long))
        assert side_of(short) == -sides[-1]
    assert {-1, 0, 1} == set(sides)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("adx_threshold", 28.0),
        ("rsi_overbought", 58.0),
        ("rsi_oversold", 42.0),
        ("price_extension_pct", 0.5),
        ("min_confidence", 0.4),
        ("adx_timeframe", "1h"),
        ("trend_timeframe", "4h"),
    ],
)
def test_each_key_moves_the_signal_of_the_demo_market(key, value):
    def sides(tree):
        fast = {"fusion": {"execution_mode": "advisory"}, "fast_signals": tree}
        return build_rows(demo_bars(8_000), validate(ScreenSettings, fast, "test")).table["fast"]

    plain, other = sides({}), sides({key: value})
    assert {-1, 1} <= set(np.unique(plain).tolist())
    assert plain.tolist() != other.tolist()
    if key not in ("adx_timeframe", "trend_timeframe", "adx_threshold"):
        assert ((other == plain) | (other == 0)).all()  # a tighter limit only takes away


def test_the_mode_that_does_not_read_it_does_not_compute_it():
    settings = validate(ScreenSettings, {}, "test")
    assert not build_rows(demo_bars(1_500), settings).table["fast"].any()


@pytest.mark.parametrize(
    ("tree", "word"),
    [
        ({"rsi_oversold": 50.0, "rsi_overbought": 50.0}, "must be below"),
        ({"adx_threshold": 0.0}, "adx_threshold"),
        ({"min_confidence": 0.91}, "min_confidence"),
        ({"price_extension_pct": 0.0}, "price_extension_pct"),
    ],
)
def test_settings_that_cannot_be_are_refused(tree, word):
    with pytest.raises(SettingsError, match=word):
        validate(FastSignalSettings, tree, "test")


def test_a_timeframe_that_bars_do_not_divide_is_refused_by_its_key():
    tree = {"timeframe": "4h", "fast_signals": {"adx_timeframe": "1h"}, "fusion": {}}
    validate(ScreenSettings, tree, "test")  # not read
    tree["fusion"] = {"execution_mode": "advisory"}
    with pytest.raises(SettingsError, match=r"fast_signals\.adx_timeframe: 1h"):
        validate(ScreenSettings, tree, "test")


# --- fast_signals.mode --------------------------------------------------------------------------


def test_the_mode_may_be_given_under_the_fast_signals():
    tree = {"fast_signals": {"mode": "prefilter", "adx_threshold": 25.0}}
    settings = validate(ScreenSettings, read_mode(tree), "test")
    assert settings.fusion.execution_mode == "prefilter"
    assert settings.fast_signals.adx_threshold == 25.0
    assert tree == {"fast_signals": {"mode": "prefilter", "adx_threshold": 25.0}}
    assert read_mode({"fusion": {"execution_mode": "advisory"}}) == {
        "fusion": {"execution_mode": "advisory"}
    }


def test_both_names_of_the_mode_are_an_error_even_when_they_agree():
    tree = {"fast_signals": {"mode": "advisory"}, "fusion": {"execution_mode": "advisory"}}
    with pytest.raises(SettingsError, match=r"fusion\.execution_mode and fast_signals\.mode"):
        read_mode(tree)


def test_a_mode_that_does_not_exist_is_refused_under_either_name():
    with pytest.raises(SettingsError, match="execution_mode"):
        validate(ScreenSettings, read_mode({"fast_signals": {"mode": "fast"}}), "test")


def test_the_command_line_takes_the_other_name_too():
    assert load_settings(None, "DEMO", ["fast_signals.mode=advisory"]).fusion.execution_mode == (
        "advisory"
    )

"""Boxes on the command line, and the corner at which they are screened."""

import pytest
from plain_strategy import ONLY_MOMENTUM

from engine.bars.demo import demo_bars
from engine.errors import SettingsError
from engine.experiment import screen_market
from engine.prescreen.box import corner, parse_box
from engine.replay.settings import Settings
from engine.settings import override, validate

THRESHOLD = "fusion.entry_threshold_confidence"
PENALTY = "fusion.misalignment_penalty"


def settings_with(changes):
    return validate(Settings, override({}, {**ONLY_MOMENTUM, **changes}), "test")


def test_a_box_is_key_low_high_repeatable():
    texts = [f"{THRESHOLD}=0.40:0.55", f"{PENALTY}=0:1"]
    assert parse_box(texts, Settings()) == {THRESHOLD: (0.4, 0.55), PENALTY: (0.0, 1.0)}
    assert parse_box([f"{THRESHOLD}=0.5:0.5"], Settings()) == {THRESHOLD: (0.5, 0.5)}
    assert parse_box([], Settings()) == {}


@pytest.mark.parametrize(
    "interval", ["0.5:0.4", "0.4", "0.4-0.5", "a:b", "", ":", "0.4:", "0.4:0.5:0.6"]
)
def test_an_interval_that_is_none_is_refused_with_an_example(interval):
    with pytest.raises(SettingsError, match="expected KEY=LOW:HIGH with LOW <= HIGH"):
        parse_box([f"{THRESHOLD}={interval}"], Settings())


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("fusion.entry_threshold_confidense", THRESHOLD),
        ("entry_threshold_confidence", THRESHOLD),
        ("fusion.misalignment", PENALTY),
    ],
)
def test_a_key_that_is_none_is_refused_with_the_nearest(key, near):
    with pytest.raises(SettingsError, match=f"did you mean {near}"):
        parse_box([f"{key}=0:1"], Settings())


@pytest.mark.parametrize(
    "key",
    [
        "fusion.full_engine_validation_interval_bars",  # screen scope, not monotone
        "domains.momentum.gain",
        "exits.max_bars_in_trade",  # loosens nothing: needs no box
        "batch_mode.candidate_window_bars",
        "fusion.execution_mode",
        "asset",
    ],
)
def test_a_key_that_cannot_be_boxed_is_refused_by_name(key):
    with pytest.raises(SettingsError, match=f"--box {key}: cannot be boxed") as caught:
        parse_box([f"{key}=1:2"], Settings())
    assert THRESHOLD in str(caught.value) and PENALTY in str(caught.value)


BY_REGIME = "fusion.entry_threshold_by_regime.trend"


def test_a_threshold_that_is_left_out_cannot_be_boxed():
    """It would follow the ordinary one, about which its own interval says nothing."""
    with pytest.raises(SettingsError, match=f"--box {BY_REGIME}: is left out; give it a value"):
        parse_box([f"{BY_REGIME}=0.3:0.5"], Settings())
    given = settings_with({BY_REGIME: 0.4})
    box = parse_box([f"{BY_REGIME}=0.3:0.5"], given)
    assert corner(given, box).fusion.thresholds()[1] == 0.3


def test_the_loosest_corner_is_where_may_enter_is_largest():
    box = {THRESHOLD: (0.3, 0.6), PENALTY: (0.1, 0.9)}
    loosest = corner(Settings(), box)
    assert loosest.fusion.entry_threshold_confidence == 0.3
    assert loosest.fusion.misalignment_penalty == 0.1
    assert loosest.exits == Settings().exits
    assert corner(Settings(), {}) == Settings()


@pytest.mark.parametrize("key", [THRESHOLD, PENALTY])
def test_the_declared_direction_is_the_true_one(key):
    """Fewer candidates at the high end, each of them a candidate at the low end."""
    bars = demo_bars(2_500)
    low, high = (
        set(screen_market(settings_with({key: value}), bars, None, None).bar.tolist())
        for value in (0.2, 0.6)
    )
    assert high < low


@pytest.mark.parametrize("interval", [(0.0, 0.5), (0.5, 1.5)])
def test_both_ends_must_be_legal_values(interval):
    with pytest.raises(SettingsError, match=r"--box: fusion\.entry_threshold_confidence"):
        parse_box([f"{THRESHOLD}={interval[0]}:{interval[1]}"], Settings())


def test_the_file_of_a_box_is_that_of_its_loosest_corner():
    bars = demo_bars(2_500)
    box = {THRESHOLD: (0.3, 0.6), PENALTY: (0.1, 0.9)}
    boxed = screen_market(settings_with({THRESHOLD: 0.5}), bars, None, None, box)
    loosest = screen_market(settings_with({THRESHOLD: 0.3, PENALTY: 0.1}), bars, None, None)
    assert boxed.text == loosest.text
    assert box.items() <= boxed.manifest.box.items()
    assert boxed.manifest.settings != loosest.manifest.settings

"""Absorption on drawn bars: each rule holds at its threshold and fails just beyond it."""

import numpy as np
import pytest
from feature_markets import read
from pattern_laws import inputs, play

from engine.features.catalogue import PATTERNS
from engine.features.pattern import BIRTH
from engine.features.patterns.absorption import AbsorptionSettings

ABSORPTION = PATTERNS["absorption"]
ROWS, AT = 30, 10
HAMMER = {"open": 103.0, "high": 104.0, "low": 100.0, "close": 103.5, "z": 3.0}


def drawn(bar, turned=False, later=(), **settings):
    """Quiet bars around 102, one drawn bar, and later closes as (row, close)."""
    quiet = {"open": 102.0, "high": 104.0, "low": 100.0, "close": 102.0, "z": 0.0}
    columns = {name: np.full(ROWS, value) for name, value in quiet.items()}
    for name, value in bar.items():
        columns[name][AT] = value
    for row, close in later:
        columns["close"][row] = close
    if turned:
        columns["high"], columns["low"] = 204.0 - columns["low"], 204.0 - columns["high"]
        columns["open"], columns["close"] = 204.0 - columns["open"], 204.0 - columns["close"]
    arrays = list(columns.values())
    for array in arrays:
        array.flags.writeable = False
    return play(ABSORPTION, arrays, AbsorptionSettings(**settings))


def test_a_hammer_on_volume_votes_long_and_fades():
    played = drawn(HAMMER)
    strength = 3.0 / 4.5 * (1.0 - 0.125)
    want = [strength / (1.0 + age / 4.0) for age in range(13)]
    assert played.votes[AT : AT + 13].tolist() == want
    assert not played.votes[:AT].any()
    assert not played.votes[AT + 13 :].any()
    (birth,) = (line for line in played.stream if line["why"] == BIRTH)
    assert (birth["side"], birth["low"], birth["high"]) == (1, 100.0, 104.0)


def test_the_mirrored_bar_votes_short():
    assert (drawn(HAMMER, turned=True).votes == -drawn(HAMMER).votes).all()


NEAR_MISSES = {
    "the volume is too low": ({"z": 1.5}, {"z": 1.49}),
    "the body is too large": ({"open": 102.0, "close": 103.0}, {"open": 101.9, "close": 103.25}),
    "the close is in the middle": ({"close": 102.75}, {"close": 102.25}),
    "the bar has no range": ({}, {name: 103.0 for name in ("open", "high", "low", "close")}),
}


@pytest.mark.parametrize("what", NEAR_MISSES)
@pytest.mark.parametrize("turned", [False, True])
def test_near_misses(what, turned):
    hit, miss = (drawn(HAMMER | change, turned) for change in NEAR_MISSES[what])
    assert hit.votes.any()
    assert not miss.votes.any()


@pytest.mark.parametrize("turned", [False, True])
def test_the_thresholds_themselves_are_enough(turned):
    bar = HAMMER | {"open": 102.0, "close": 103.0, "z": 2.0}
    exact = {"min_volume_z": 2.0, "max_body_share": 0.25, "min_location": 0.75}
    assert drawn(bar, turned, **exact).votes.any()
    for key, step in (("min_volume_z", 0.01), ("max_body_share", -0.01), ("min_location", 0.01)):
        assert not drawn(bar, turned, **exact | {key: exact[key] + step}).votes.any()


def test_a_close_beyond_the_bar_ends_it():
    votes = drawn(HAMMER, later=[(13, 99.9)]).votes
    assert votes[12] > 0.0
    assert not votes[13:].any()
    assert drawn(HAMMER, later=[(13, 100.0)]).votes[13] > 0.0


def test_more_volume_and_less_body_are_stronger():
    plain = drawn(HAMMER).votes[AT]
    assert drawn(HAMMER | {"z": 6.0}).votes[AT] > plain
    assert drawn(HAMMER | {"open": 103.5}).votes[AT] > plain
    assert drawn(HAMMER | {"z": 1e9, "open": 103.5}).votes[AT] <= 1.0


def test_found_on_real_bars(shared_data):
    bars = read(shared_data / "bars" / "ETHUSDT_binance_perp_1h.parquet")
    stream = play(ABSORPTION, inputs(ABSORPTION, bars)).stream
    for side in (1, -1):
        found = ((stream["side"] == side) & (stream["why"] == BIRTH)).sum()
        assert 20 <= found < bars.size // 20

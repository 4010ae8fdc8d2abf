"""Regimes and volume traps at their limits, and the thresholds that follow the regime."""

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.errors import SettingsError
from engine.features.columns import Columns
from engine.fusion.settings import FusionSettings
from engine.prescreen.bound import bounds
from engine.prescreen.regimes import REGIMES, RegimeSettings, regimes
from engine.prescreen.rows import build_rows
from engine.prescreen.settings import ScreenSettings
from engine.prescreen.volume_trap import VolumeTrapSettings, trapped_sides
from engine.settings import validate

NAN = float("nan")


@pytest.mark.parametrize(
    ("adx", "rank", "regime"),
    [
        (25.0, 0.5, "trend"),
        (np.nextafter(25.0, 0), 0.5, "none"),
        (18.0, 0.5, "none"),
        (np.nextafter(18.0, 0), 0.5, "range"),
        (40.0, 0.95, "turmoil"),
        (10.0, 1.0, "turmoil"),
        (40.0, np.nextafter(0.95, 0), "trend"),
        (NAN, 0.5, "none"),
        (NAN, NAN, "none"),
    ],
)
def test_the_regime_of_a_bar(adx, rank, regime):
    arrays = {"adx_wilder_14": np.array([adx]), "atr_rank_100": np.array([rank])}
    found = regimes(Columns(tuple(arrays), 0, arrays), RegimeSettings())
    assert REGIMES[found[0]] == regime
    assert found.dtype == np.uint8


def test_limits_that_cross_are_refused():
    with pytest.raises(SettingsError, match="range_adx 26"):
        validate(RegimeSettings, {"range_adx": 26.0}, "test")
    limits = validate(RegimeSettings, {"range_adx": 25.0, "trend_adx": 25.0}, "test")
    arrays = {"adx_wilder_14": np.array([25.0, 24.9]), "atr_rank_100": np.zeros(2)}
    assert regimes(Columns(tuple(arrays), 0, arrays), limits).tolist() == [1, 2]


@pytest.mark.parametrize("key", ["trend_adx", "range_adx", "turmoil_rank"])
def test_each_limit_moves_some_bars(key):
    value = {"trend_adx": 35.0, "range_adx": 12.0, "turmoil_rank": 0.5}[key]
    plain, other = (
        build_rows(demo_bars(2_000), validate(ScreenSettings, {"regimes": tree}, "test"))
        for tree in ({}, {key: value})
    )
    assert set(np.unique(plain.table["regime"]).tolist()) == {0, 1, 2, 3}
    assert plain.table["regime"].tolist() != other.table["regime"].tolist()
    assert plain.warmup == other.warmup


def test_a_regime_without_a_threshold_of_its_own_takes_the_ordinary_one():
    plain = validate(FusionSettings, {"entry_threshold_confidence": 0.5}, "test")
    assert plain.thresholds() == (0.5, 0.5, 0.5, 0.5)
    tree = {"entry_threshold_by_regime": {"range": 0.7, "turmoil": 1.0}}
    assert validate(FusionSettings, tree, "test").thresholds() == (0.34, 0.34, 0.7, 1.0)


def test_a_threshold_counts_in_its_own_regime_only():
    """Candidates move in the regime whose threshold moved, and nowhere else."""
    plain = validate(ScreenSettings, {}, "test")
    rows = build_rows(demo_bars(3_000), plain)
    before = bounds(rows.table, plain, True)[2]
    for place, name in enumerate(REGIMES[1:], start=1):
        tree = {"fusion": {"entry_threshold_by_regime": {name: 0.05}}}
        after = bounds(rows.table, validate(ScreenSettings, tree, "test"), True)[2]
        moved = before != after
        assert moved.sum() > 20
        assert set(rows.table["regime"][moved].tolist()) == {place}


@pytest.mark.parametrize("value", [0.0, 1.1])
def test_a_threshold_of_a_regime_lies_above_0_and_at_most_at_1(value):
    tree = {"entry_threshold_by_regime": {"trend": value}}
    with pytest.raises(SettingsError, match="entry_threshold_by_regime"):
        validate(FusionSettings, tree, "test")


# --- volume traps -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("volume", "location", "bits"),
    [
        (2.0, 0.25, 1),
        (2.0, 0.0, 1),
        (2.0, 0.26, 0),
        (2.0, 0.75, 2),
        (2.0, 1.0, 2),
        (2.0, 0.74, 0),
        (1.99, 0.0, 0),
        (NAN, 0.0, 0),
        (2.0, NAN, 0),
    ],
)
def test_the_sides_that_a_volume_trap_warns(volume, location, bits):
    arrays = {"volume_z_20": np.array([volume]), "close_location": np.array([location])}
    found = trapped_sides(Columns(tuple(arrays), 0, arrays), VolumeTrapSettings())
    assert found.tolist() == [bits]
    assert found.dtype == np.uint8

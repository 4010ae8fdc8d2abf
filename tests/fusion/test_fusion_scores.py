"""The fused score, the confidence of a side, and what leaves a run."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from plain_strategy import ONLY_MOMENTUM

from engine.bars.demo import demo_bars
from engine.errors import SettingsError
from engine.features.columns import compute
from engine.fusion.catalogue import DOMAINS, Weights
from engine.fusion.domain import Domain
from engine.fusion.fuse import confidence, fused_score, side_bit
from engine.fusion.modes import MODES
from engine.fusion.momentum import MOMENTUM, momentum
from engine.fusion.scores import (
    active_domains,
    misaligned_sides,
    score_column,
    trend_columns,
    weights,
)
from engine.fusion.settings import FusionSettings
from engine.prescreen.bound import bound_type, fill_fusion_parameters
from engine.prescreen.rows import ROW, build_rows
from engine.prescreen.settings import ScreenSettings
from engine.settings import override, validate


def settings_with(changes):
    return validate(ScreenSettings, override({}, {**ONLY_MOMENTUM, **changes}), "test")


def record(changes):
    params = np.zeros(1, dtype=bound_type(len(DOMAINS)))
    fill_fusion_parameters(params, settings_with(changes), True)
    return params[0]


def row(score, misaligned=0):
    table = np.zeros(1, dtype=ROW)
    table["scores"], table["misaligned"] = score, misaligned
    return table[0]


@pytest.mark.parametrize("weight", [1.0, 0.5, 0.25])
def test_one_domain_alone_is_its_own_score(weight):
    """Weights are shares: with powers of two not even the last bit moves."""
    for score in (-1.0, -0.3, 0.0, 0.1, 1.0):
        assert fused_score(row(score), record({"fusion.weights.momentum": weight})) == score


@pytest.mark.parametrize("score", [-1.0, -0.4, 0.0, 0.4, 1.0])
@pytest.mark.parametrize("penalty", [0.0, 0.35, 1.0])
def test_the_confidence_of_each_side(score, penalty):
    params = record({"fusion.misalignment_penalty": penalty})
    for side, bits in product((1, -1), (0, 1, 2, 3)):
        share = 1.0 - penalty if bits & (1 if side > 0 else 2) else 1.0
        expected = max(side * score, 0.0) * share
        assert confidence(score, side, row(score, bits), params) == expected


def test_a_nan_score_has_no_confidence():
    params = record({})
    assert confidence(float("nan"), 1, row(0.0), params) == 0.0
    assert confidence(float("nan"), -1, row(0.0), params) == 0.0
    assert np.isnan(fused_score(row(np.nan), params))


def test_side_bits():
    assert (side_bit(1), side_bit(-1)) == (1, 2)


def test_without_any_weight_the_settings_are_refused():
    with pytest.raises(SettingsError, match="weights sum to 0"):
        settings_with({"fusion.weights.momentum": 0.0})


THIRSTY = Domain(
    name="momentum",
    columns=("volume_z_20",),
    settings=MOMENTUM.settings,
    score=MOMENTUM.score,
    default_weight=0.3,
)


def test_a_domain_without_its_volume_leaves_the_run(monkeypatch):
    fusion = FusionSettings()
    weighted = [domain.name for domain in active_domains(fusion, True)]
    assert weighted == ["wyckoff", "liquidity", "momentum", "smc"]
    assert [domain.name for domain in active_domains(fusion, False)] == ["momentum"]
    monkeypatch.setattr(Weights, "domains", (THIRSTY,))
    assert active_domains(fusion, True) == [THIRSTY]
    assert active_domains(fusion, False) == []
    assert weights(fusion, []) == [0.0]


def test_a_run_without_any_domain_left_is_refused(monkeypatch):
    monkeypatch.setattr(Weights, "domains", (THIRSTY,))
    silent = replace(demo_bars(800), has_volume=False)
    with pytest.raises(SettingsError, match="no volume"):
        build_rows(silent, settings_with({}))


def test_a_score_column_is_the_kernel_over_its_columns():
    bars, settings = demo_bars(900), settings_with({"domains.momentum.gain": 2.0})
    columns = compute(bars, MOMENTUM.columns)
    found = score_column(MOMENTUM, columns, settings.domains)
    expected = np.empty(bars.size)
    momentum(*(columns[name] for name in MOMENTUM.columns), 0.15, 20.0, 0.0, 2.0, expected)
    assert found.tobytes() == expected.tobytes()
    assert np.isfinite(found[columns.warmup :]).all()
    rows = build_rows(bars, settings)
    place = DOMAINS.index(MOMENTUM)
    assert rows.table["scores"][:, place].tobytes() == found.tobytes()


class Trends(dict):
    """Columns by name."""


@pytest.mark.parametrize(
    ("four_hours", "day", "bits"),
    [
        (0, 0, 0), (1, 1, 2), (-1, -1, 1), (1, -1, 3), (-1, 1, 3), (1, 0, 2), (0, -1, 1),
        (np.nan, np.nan, 0), (np.nan, 1, 2),
    ],
)  # fmt: skip
def test_a_side_is_misaligned_when_either_trend_is_against_it(four_hours, day, bits):
    """Bit 1: a falling trend is against long; bit 2: a rising one is against short."""
    columns = Trends({"trend@4h": np.array([four_hours]), "trend@1d": np.array([day])})
    assert misaligned_sides(demo_bars(1), columns, FusionSettings()).tolist() == [bits]


def test_the_trends_that_are_read_follow_the_settings():
    assert trend_columns(FusionSettings()) == ["trend@4h", "trend@1d"]
    assert trend_columns(FusionSettings(trend_timeframes=("1d",))) == ["trend@1d"]
    columns = Trends({"trend@1d": np.array([-1.0])})
    only = FusionSettings(trend_timeframes=("1d",))
    assert misaligned_sides(demo_bars(1), columns, only).tolist() == [1]
    assert misaligned_sides(
        demo_bars(1), columns, FusionSettings(trend_timeframes=())
    ).tolist() == [0]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_accepted_and_reaches_the_record(mode):
    assert record({"fusion.execution_mode": mode})["mode"] == MODES.index(mode)


def test_a_mode_that_does_not_exist_is_refused():
    with pytest.raises(SettingsError, match="execution_mode"):
        settings_with({"fusion.execution_mode": "fusion"})


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.1])
def test_a_threshold_lies_above_0_and_at_most_at_1(threshold):
    with pytest.raises(SettingsError, match="entry_threshold_confidence"):
        settings_with({"fusion.entry_threshold_confidence": threshold})

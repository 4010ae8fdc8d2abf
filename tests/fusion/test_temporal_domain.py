"""The temporal score: without weight nothing of it is read; range, mirror, settings."""

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.errors import SettingsError
from engine.features.columns import compute
from engine.fusion.catalogue import DOMAINS, DomainSettings
from engine.fusion.scores import score_column
from engine.fusion.temporal import TEMPORAL, TemporalSettings
from engine.prescreen.rows import columns_read
from engine.prescreen.settings import ScreenSettings
from engine.settings import parameters, validate

RNG = np.random.default_rng(10)
VOTES = [RNG.uniform(-1, 1, 2_000) for _ in TEMPORAL.columns]


def score(columns=VOTES, **settings):
    return TEMPORAL.score(columns, validate(TemporalSettings, settings, "test"))


def test_in_the_catalogue():
    assert DOMAINS[-1] is TEMPORAL
    assert TEMPORAL.default_weight == 0.0


def test_without_weight_nothing_is_read():
    assert not set(TEMPORAL.columns) & set(columns_read(ScreenSettings(), True))
    tree = {"fusion": {"weights": {"temporal": 0.1}}}
    weighted = validate(ScreenSettings, tree, "test")
    assert set(TEMPORAL.columns) <= set(columns_read(weighted, True))


def test_in_range_and_not_constant():
    values = score(gain=100.0)
    assert np.abs(values).max() < 1.0
    assert (values > 0.5).any()
    assert (values < -0.5).any()


def test_negated_votes_give_the_negated_score():
    assert np.array_equal(score([-votes for votes in VOTES]), -score())


@pytest.mark.parametrize("each", list(parameters(TemporalSettings())), ids=lambda each: each.key)
def test_settings_are_live_and_bounded(each):
    assert not np.array_equal(score(**{each.key: each.value * 2}), score())
    assert ">" in each.bounds
    assert "<" in each.bounds


@pytest.mark.parametrize("position", range(len(TEMPORAL.columns)))
def test_no_weight_no_vote(position):
    key = list(TemporalSettings.model_fields)[position]
    without = [np.zeros(2_000) if k == position else votes for k, votes in enumerate(VOTES)]
    assert np.array_equal(score(**{key: 0.0}), score(without))


def test_on_bars():
    columns = compute(demo_bars(10_000), TEMPORAL.columns)
    values = score_column(TEMPORAL, columns, DomainSettings())
    # 14 days until the ATR, 119 + 90 more, and the last hour of the next closes the day.
    assert columns.warmup == (14 + 119 + 90) * 24 + 23
    finite = values[columns.warmup :]
    assert np.isfinite(finite).all()
    assert (finite > 0.0).any()
    assert (finite < 0.0).any()


def test_needs_bars_of_an_hour_or_less():
    with pytest.raises(SettingsError, match="season_168@1h"):
        compute(demo_bars(100, "4h"), TEMPORAL.columns)

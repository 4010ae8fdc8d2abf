"""Sums over all columns: parts, known extremes, sparse columns, and `arch` beside it."""

import numpy as np
import pytest
from null_markets import columns, tried

from engine.errors import RangeError
from engine.search.validation import tried as module
from engine.search.validation.clusters import ALIKE
from engine.search.validation.overfitting import block_sums, probability_of_overfitting
from engine.search.validation.resampling import drawn, ends_of, usual_length
from engine.search.validation.tried import (
    Resampling,
    all_tried,
    band_of_overfitting,
    part_of,
    probability_of_luck,
    resampling,
)

NOISE = np.random.default_rng(2).standard_normal((300, 12)) * 0.01


def test_any_parts_of_the_columns_give_the_same() -> None:
    how = resampling(300, 12, draws=40)
    whole = all_tried([part_of(np.arange(12), NOISE, how)], how)
    numbers = np.arange(12)
    cuts = np.split(numbers, [1, 5, 6])
    parts = all_tried((part_of(own, NOISE[:, own], how) for own in cuts), how)
    for name in ("numbers", "ratios", "best", "stretches"):
        assert getattr(whole, name).tobytes() == getattr(parts, name).tobytes(), name
    assert whole.blocks.sums.tobytes() == parts.blocks.sums.tobytes()
    assert whole.bets == parts.bets == 12
    assert band_of_overfitting(whole) == band_of_overfitting(parts)


def test_ratios_are_means_over_standard_deviations() -> None:
    found = tried(NOISE, draws=20)
    # Sums in another order.
    assert found.ratios == pytest.approx(NOISE.mean(axis=0) / NOISE.std(axis=0), rel=1e-12)
    same = block_sums(NOISE, 16)
    assert probability_of_overfitting(found.blocks) == probability_of_overfitting(same)


def test_the_best_of_each_resample_by_its_definition() -> None:
    found = tried(NOISE, seed=3, draws=25)
    draws = drawn(300, 25, usual_length(300), 3)
    moved = NOISE - NOISE.mean(axis=0)
    for draw in range(25):
        own = moved[draws.places(draw)]
        # Means of 300 numbers, added in another order.
        best = (own.mean(axis=0) / own.std(axis=0)).max()
        assert found.best[draw] == pytest.approx(best, abs=1e-12)
    assert probability_of_luck(found, -1.0) == 1.0
    assert probability_of_luck(found, 5.0) == 0.0
    assert probability_of_luck(found, float(np.sort(found.best)[-5])) == 5 / 25


def test_the_band_is_of_resamples_without_an_edge() -> None:
    edge = NOISE.copy()
    edge[:, 4] += 0.01
    found = tried(edge, draws=200)
    assert probability_of_overfitting(found.blocks) == 0.0
    low, high = band_of_overfitting(found)
    assert 0.0 < low < 0.4 < 0.6 < high < 1.0


def test_flat_and_rare_columns_win_nothing_by_accident() -> None:
    rare = np.zeros((300, 3))
    rare[7, 0] = -0.05
    rare[[7, 250], 1] = -0.05, 0.0001  # without the loss it would hardly move, and only gain
    found = tried(rare, draws=200)
    assert found.ratios[2] == 0.0
    assert found.ratios[0] == pytest.approx(-1 / np.sqrt(299))
    assert found.best.max() < 0.3
    assert found.bets == 2  # the two that lose at once, and the one that does nothing


def test_columns_that_move_together_are_one_bet() -> None:
    rng = np.random.default_rng(5)
    kinds = rng.standard_normal((3_000, 6))
    copies = np.repeat(kinds, 7, axis=1) + 0.2 * rng.standard_normal((3_000, 42))
    assert tried(copies, draws=2).bets == 6
    assert tried(np.column_stack([copies, -copies[:, 0]]), draws=2).bets == 7
    # Correlated by 1 / (1 + s²): on both sides of the limit.
    for share, bets in ((ALIKE + 0.06, 1), (ALIKE - 0.06, 2)):
        noise = rng.standard_normal((3_000, 2)) * np.sqrt(1 / share - 1)
        assert tried(kinds[:, :1] + noise, draws=2).bets == bets


def test_only_some_columns_are_in_the_band_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BAND_COLUMNS", 5)
    found = tried(NOISE, draws=20)
    assert found.band[0].sums.shape == (8, 4)
    assert found.stretches.shape[0] == 4
    assert found.blocks.sums.shape == (16, 12)
    assert resampling(300, 12).every == 3


def test_too_few_bars_are_refused() -> None:
    with pytest.raises(RangeError, match="16 blocks of 10 rows"):
        resampling(10, 3)


def test_arch_finds_the_same_probability() -> None:
    bootstrap = pytest.importorskip("arch.bootstrap", reason="needs arch")
    returns = columns(3)
    rows, draws = returns.shape[0], 1_000
    found = tried(returns)
    moved = returns - returns.mean(axis=0)

    def best(own: np.ndarray) -> float:
        return float((own.mean(axis=0) / own.std(axis=0)).max())

    theirs = bootstrap.StationaryBootstrap(usual_length(rows), moved, seed=8)
    reached = theirs.apply(best, draws)[:, 0]
    for ratio in np.quantile(reached, (0.25, 0.5, 0.9, 0.97)):
        share = float((reached >= ratio).mean())
        error = 5 * np.sqrt(2 * share * (1 - share) / draws)
        assert probability_of_luck(found, ratio) == pytest.approx(share, abs=error)


def test_a_seed_gives_the_same_and_another_one_nearly() -> None:
    one, same, other = tried(NOISE, 1), tried(NOISE, 1), tried(NOISE, 2)
    assert one.best.tobytes() == same.best.tobytes()
    assert one.best.tobytes() != other.best.tobytes()
    ratio = float(one.ratios.max())
    # Five standard errors of a share of 1,000.
    assert probability_of_luck(one, ratio) == pytest.approx(
        probability_of_luck(other, ratio), abs=5 * np.sqrt(2 * 0.25 / 1_000)
    )


def test_a_resampling_of_ones_own() -> None:
    draws = drawn(300, 10, 300.0)
    how = Resampling(300, ends_of(draws, 1), ends_of(draws.first(4), 8), 4, 1)
    found = all_tried([part_of(np.arange(12), NOISE, how)], how)
    assert (found.best.size, len(found.band), found.blocks.sums.shape[0]) == (10, 4, 4)

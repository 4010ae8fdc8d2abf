"""What the shipped configurations do on the bars they are meant for."""

from pathlib import Path

import pytest

from engine.bars.demo import demo_bars
from engine.experiment import run_experiment
from engine.fusion.catalogue import DOMAINS
from engine.inputs import load_bars, load_settings
from engine.results.outcome import Outcome
from engine.results.summary import exit_counts

FILES = {
    "ETH": "ETHUSDT_binance_perp_1h.parquet",
    "BTC": "BTCUSDT_binance_perp_1h.parquet",
    "SOL": "SOLUSDT_binance_perp_1h.parquet",
    "SPY": "SPY_1h_1998_2021.parquet",
}


def run_both(asset: str, folder: Path, start: str | None, end: str | None) -> list[Outcome]:
    """The full replay and the focused one, window 0."""
    settings = load_settings(f"{asset}_comprehensive")
    assert settings.batch_mode.candidate_window_bars == 0
    bars, _ = load_bars(settings, folder / FILES[asset])
    return [run_experiment(settings, bars, start, end, mode) for mode in ("full", "focused")]


def refuse_different(full: Outcome, focused: Outcome) -> None:
    assert full.result.digest() == focused.result.digest()
    both = (full.replayed.codes != 0) & (focused.replayed.codes != 0)
    assert (full.replayed.codes[both] == focused.replayed.codes[both]).all()


@pytest.mark.parametrize("asset", FILES)
def test_focused_is_full_and_the_default_is_healthy(asset: str, shared_data: Path) -> None:
    full, focused = run_both(asset, shared_data / "bars", None, None)
    refuse_different(full, focused)
    visits, metrics = focused.visits(), focused.result.metrics
    assert visits["density"] <= 0.15
    assert visits["visited"] <= visits["bars"] * 2 / 3
    assert min(metrics.long_trades, metrics.short_trades) >= 100
    assert len(exit_counts(focused.result)) >= 3


def test_the_range_that_is_reported(shared_data: Path) -> None:
    full, focused = run_both("ETH", shared_data / "bars", "2025-06-15", "2025-09-30")
    refuse_different(full, focused)
    visits, metrics = focused.visits(), focused.result.metrics
    assert metrics.trades >= 20
    assert min(metrics.long_trades, metrics.short_trades) >= 5
    assert len(exit_counts(focused.result)) >= 3
    assert visits["visited"] <= visits["bars"] * 2 / 3


def test_a_difference_would_be_noticed(shared_data: Path) -> None:
    full, focused = run_both("ETH", shared_data / "bars", "2025-06-15", "2025-07-15")
    focused.replayed.codes[focused.replayed.codes != 0] += 1
    with pytest.raises(AssertionError):
        refuse_different(full, focused)


@pytest.mark.parametrize("name", [each.name for each in DOMAINS if each.default_weight > 0])
def test_setting_a_weight_to_0_changes_trades(name: str) -> None:
    bars = demo_bars(6_000)

    def trades(assignments: list[str]) -> bytes:
        settings = load_settings("ETH_comprehensive", "DEMO", assignments)
        return run_experiment(settings, bars, None, None).result.trades.tobytes()

    assert trades([f"fusion.weights.{name}=0"]) != trades([])

"""The macro tilt and the domain that votes with it."""

from pathlib import Path

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.bars.macro import Macro, MacroSeries
from engine.errors import SettingsError
from engine.experiment import run_experiment
from engine.inputs import load_settings
from engine.prescreen.macro_tilt import MacroTilt, deviations, tilt_column
from engine.prescreen.rows import build_rows

DAY = 86_400 * 10**9
SERIES = {"dollar": MacroSeries(path="dollar.csv", unit="index points", stale_after_periods=3)}
HIGH_IS_SHORT = MacroTilt(series="dollar", side_when_high="short", mean_periods=3)


def published(values: list[float], lag: int = 1) -> Macro:
    """One value a day from day 0, each published `lag` days after the beginning of its day."""
    date = np.arange(len(values), dtype=np.int64) * DAY
    return Macro("dollar.csv", "index points", date, date + lag * DAY, np.array(values), DAY)


def votes(macro: Macro, hours: list[int], tilt: MacroTilt = HIGH_IS_SHORT) -> list[float]:
    at = np.array(hours, dtype=np.int64) * (DAY // 24)
    return tilt_column((tilt,), SERIES, {"dollar": macro}, at).tolist()


def test_deviations_by_hand() -> None:
    # 1, 2, 6: mean 3, mean absolute deviation 2, x = 1.5; 2, 6, 4: mean 4, x = 0.
    assert deviations(np.array([1.0, 2.0, 6.0, 4.0]), 3).tolist() == [0.0, 0.0, 0.6, 0.0]
    assert deviations(np.array([5.0, 5.0, 5.0]), 3).tolist() == [0.0] * 3


def test_a_value_votes_from_its_publication_on() -> None:
    macro = published([1.0, 2.0, 6.0])
    assert votes(macro, [71, 72, 73]) == [0.0, -0.6, -0.6]
    other = HIGH_IS_SHORT.model_copy(update={"side_when_high": "long"})
    assert votes(macro, [72], other) == [0.6]


def test_a_stale_value_does_not_vote() -> None:
    assert votes(published([1.0, 2.0, 6.0]), [72 + 72, 72 + 73]) == [-0.6, 0.0]


def test_later_values_change_nothing() -> None:
    before = votes(published([1.0, 2.0, 6.0]), list(range(96)))
    after = votes(published([1.0, 2.0, 6.0, 1e9, -5.0]), list(range(96)))
    assert before == after
    assert votes(published([1.0, 2.0, 6.0, 4.0]), [96]) != votes(published([1.0, 2.0, 6.0]), [96])


@pytest.fixture
def config(tmp_path: Path) -> list[str]:
    """A dollar index beside the demo market, in swings of about forty days."""
    rows = [f"{np.datetime64('2022-11-01') + k},{100 + (k % 40) * 0.25}" for k in range(400)]
    path = tmp_path / "dollar.csv"
    path.write_text("date,close\n" + "\n".join(rows) + "\n", encoding="utf-8")
    series = f'macro.series={{"dollar": {{"path": "{path.as_posix()}", "unit": "index points"}}}}'
    return [series, 'macro.tilts=[{"series": "dollar", "side_when_high": "short"}]']


def test_a_weight_makes_it_count(config: list[str]) -> None:
    bars = demo_bars(5_000)
    plain = load_settings("ETH_comprehensive", "DEMO", config)
    tilted = load_settings("ETH_comprehensive", "DEMO", [*config, "fusion.weights.macro=0.3"])
    full, focused = (run_experiment(tilted, bars, None, None, mode) for mode in ("full", "focused"))
    assert full.result.digest() == focused.result.digest()
    assert full.result.digest() != run_experiment(plain, bars, None, None).result.digest()
    assert np.ptp(build_rows(bars, tilted).table["scores"][:, -2]) > 0.5


def test_a_weight_without_a_tilt_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"fusion\.weights\.macro needs macro\.tilts"):
        load_settings("ETH_comprehensive", "DEMO", ["fusion.weights.macro=0.3"])


def test_a_tilt_names_a_series() -> None:
    tilt = 'macro.tilts=[{"series": "dolar", "side_when_high": "short"}]'
    with pytest.raises(SettingsError, match="unknown series 'dolar'"):
        load_settings("ETH_comprehensive", "DEMO", [tilt])

"""The examples of docs/examples: short, traded on DEMO, proved, and the notebook as it stands."""

import contextlib
import importlib.util
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from barsieve.testing import assert_causal, assert_parity
from engine.errors import PluginError
from engine.experiment import run_experiment
from engine.inputs import load_bars, load_settings
from engine.plugins.past import Past

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
SPRING = ("2025-01-01", "2025-03-31")
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))
HAS_SKLEARN = importlib.util.find_spec("sklearn") is not None
NOTEBOOK = json.loads((EXAMPLES / "own_strategy.ipynb").read_text(encoding="utf-8"))


def config(name):
    return str(EXAMPLES / f"{name}.json")


def loaded(name):
    settings = load_settings(config(name))
    return settings, load_bars(settings)[0]


def module(name):
    return sys.modules[f"barsieve_plugins.{name}"]


def test_there_are_five():
    assert NAMES == ["donchian", "forest", "freqtrade_style", "rsi_reversion", "sma_cross"]


@pytest.mark.parametrize("name", NAMES)
def test_they_are_short(name):
    lines = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 40
    assert len(Path(config(name)).read_text(encoding="utf-8").splitlines()) <= 12


@pytest.mark.parametrize("name", NAMES)
def test_they_trade_and_are_proved(name):
    if name == "forest" and not HAS_SKLEARN:
        pytest.skip("needs scikit-learn: pip install 'barsieve[tune]'")
    settings, bars = loaded(name)
    assert settings.asset == "DEMO"
    found = run_experiment(settings, bars, *SPRING, "focused")
    assert found.choice.mode == "focused"
    assert found.result.metrics.trades >= 10
    assert_parity(config(name), bars, *SPRING)
    assert_causal(config(name), bars, *SPRING, cuts=3)


def sma(values, n):
    return np.array([values[max(i - n + 1, 0) : i + 1].mean() for i in range(values.size)])


def test_sma_cross_is_one():
    settings, bars = loaded("sma_cross")
    found = run_experiment(settings, bars, *SPRING)
    above = sma(bars.close, 20) > sma(bars.close, 50)
    crossed = np.flatnonzero(above[1:] != above[:-1]) + 1
    span = (found.replayed.first <= crossed) & (crossed < found.replayed.stop)
    assert found.candidates.bar.tolist() == crossed[span].tolist()
    sides = np.where(above[found.result.trades["entry_bar"] - 1], 1, -1)
    assert found.result.trades["side"].tolist() == sides.tolist()


def test_rsi_reversion_enters_below_and_leaves_above():
    settings, bars = loaded("rsi_reversion")
    found = run_experiment(settings, bars, *SPRING)
    change = np.diff(bars.close, prepend=bars.close[0])
    up, down, value = 0.0, 0.0, []
    for each in change:
        up, down = up + (max(each, 0) - up) / 14, down + (max(-each, 0) - down) / 14
        value.append(100 * up / (up + down) if up + down > 0 else 50)
    for trade in found.result.trades:
        assert value[trade["entry_bar"] - 1] < 30 + 1e-9
        if trade["exit_bar"] < found.replayed.stop - 1:
            left = value[trade["exit_bar"] - 1] > 55 - 1e-9
            stopped = bars.low[trade["exit_bar"]] <= trade["initial_stop"]
            assert left or stopped


def test_donchian_acts_beyond_the_channel_alone():
    settings, bars = loaded("donchian")
    for trade in run_experiment(settings, bars, *SPRING).result.trades:
        row = int(trade["entry_bar"]) - 1
        high, low = bars.high[row - 50 : row].max(), bars.low[row - 50 : row].min()
        assert bars.close[row] > high if trade["side"] > 0 else bars.close[row] < low


def test_freqtrade_style_takes_its_shares_of_the_price():
    settings, bars = loaded("freqtrade_style")
    found = run_experiment(settings, bars, *SPRING)
    for trade in found.result.trades:
        close = bars.close[trade["entry_bar"] - 1]
        stop = bars.open[trade["entry_bar"]] - 0.04 * close
        assert trade["initial_stop"] == pytest.approx(stop, rel=1e-12)
    assert set(found.result.trades["side"]) == {1}


class Even:
    """A forest that knows nothing."""

    def predict_proba(self, rows):
        assert rows.shape == (1, 4)
        return np.array([[0.5, 0.5]])


def test_the_forest_is_fitted_on_earlier_bars_alone(monkeypatch):
    settings, bars = loaded("forest")
    own, fits = module("forest"), []
    monkeypatch.setattr(own, "fitted", lambda prices: fits.append(prices) or Even())
    found = run_experiment(settings, bars, *SPRING, "focused")
    allowed = {bars.close[end - 1500 : end].tobytes(): end for end in range(1500, bars.size, 500)}
    ends = [allowed[prices] for prices in fits]  # KeyError: fitted on something else
    ordered = ends[: found.replayed.calls["forest"]]
    assert len(ordered) > 100
    assert ordered == sorted(ordered)
    assert len(set(ordered)) >= 4
    # What each bar was judged with ends before it.
    for row in found.candidates.bar[:50].tolist():
        fits.clear()
        own.judge(Past(row, bars, {}), None)
        assert allowed[fits[0]] <= row < allowed[fits[0]] + 500


def test_the_forest_says_what_it_needs(monkeypatch):
    settings, bars = loaded("forest")
    module("forest").fitted.cache_clear()
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(PluginError, match=r"forest: judge .* install 'barsieve\[tune\]'"):
        run_experiment(settings, bars, *SPRING, "focused")


def test_the_notebook_is_one():
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in NOTEBOOK["cells"]}) == len(NOTEBOOK["cells"])
    code = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert all(cell["outputs"] for cell in code)


def test_the_notebook_prints_what_it_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for cell in NOTEBOOK["cells"]:
        if cell["cell_type"] == "code":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile("".join(cell["source"]), "own_strategy.ipynb", "exec"), names)
            shown = "".join("".join(each["text"]) for each in cell["outputs"])
            assert printed.getvalue().split() == shown.split()

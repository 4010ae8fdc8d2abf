"""Answers that hide something: masked arrays, and stops that a setting would drop."""

import json

import numpy as np
import pytest
from plugin_runs import plugin, settings_of

from engine.bars.demo import demo_bars
from engine.commands.settings import params
from engine.errors import PluginError, SettingsError
from engine.experiment import run_experiment
from engine.inputs import load_settings
from engine.plugins.arrays import flags, numbers, signs, two_sides
from engine.search.points import points_of
from engine.search.space import Space

BARS = demo_bars(1_500)
STOPS = """
def signals(bars, columns, settings):
    up = bars.close > columns["sma_20"]
    return {"enter_long": up & ~np.r_[False, up[:-1]], "exit_long": ~up%s}

MINE = Signals("mine", signals, ("sma_20",), names_stop=%s)
"""


def masked(dtype, at=700):
    values = np.ma.array(np.zeros(BARS.size, dtype=dtype), mask=np.zeros(BARS.size, dtype=bool))
    values[at] = np.ma.masked
    return values


@pytest.mark.parametrize(
    "check",
    [
        lambda values: flags("own", "x", values, BARS),
        lambda values: signs("own", "x", values, BARS),
        lambda values: numbers("own", "x", values, BARS.size),
        lambda values: two_sides("own", "x", (values, values), BARS),
    ],
)
@pytest.mark.parametrize("dtype", [bool, np.int64, np.float64])
def test_a_masked_number_is_none(check, dtype) -> None:
    with pytest.raises(PluginError, match=r"own: x.* is masked at bar 700; .*filled"):
        check(masked(dtype))
    check(np.ma.array(np.zeros(BARS.size, dtype=dtype)))  # nothing is hidden


@pytest.mark.parametrize("name", ["enter_long", "signal", "target_distance"])
def test_signals_that_hide_a_bar_are_refused_with_it(tmp_path, name: str) -> None:
    text = f"""
    def signals(bars, columns, settings):
        values = np.ma.masked_less(bars.close, np.sort(bars.close)[3])
        return {{"{name}": values > 0 if "{name}" == "enter_long" else values}}

    MINE = Signals("mine", signals)
    """
    low = int(np.flatnonzero(BARS.close < np.sort(BARS.close)[3])[0])
    with pytest.raises(PluginError, match=f"mine: {name} is masked at bar {low:,}"):
        run_experiment(settings_of(plugin(tmp_path, text)), BARS, None, None)


# --- stops of their own ---------------------------------------------------------------------------


@pytest.fixture
def stopping(tmp_path):
    """A configuration whose strategy names its stops, and one whose does not."""
    stop = ', "stop_distance": 0.02 * bars.close'
    return (
        plugin(tmp_path, STOPS % (stop, "True"), "own"),
        plugin(tmp_path, (STOPS % ("", "False")).replace("mine", "other"), "bare"),
    )


def loaded(paths, *assignments: str):
    names = json.dumps([str(each) for each in paths])
    return load_settings(None, "DEMO", [f"plugins={names}", *assignments])


def test_a_setting_that_drops_the_stops_of_a_strategy_is_refused(stopping) -> None:
    with pytest.raises(SettingsError, match=r'risk.stop "atr" drops the stops that mine names'):
        loaded(stopping[:1], "risk.stop=atr")
    assert loaded(stopping[:1], "risk.stop=structure").risk.stop == "structure"
    assert loaded(stopping[1:], "risk.stop=atr").risk.stop == "atr"


def test_a_strategy_that_is_off_has_no_stops_to_drop(stopping) -> None:
    off = loaded(stopping, "risk.stop=atr", "fusion.weights.mine=0", "fusion.weights.other=1")
    assert off.risk.stop == "atr"


def test_a_sweep_over_it_says_why_a_point_is_not_legal(stopping) -> None:
    space = Space(("risk.stop",), (("structure", "atr"),))
    points = points_of(loaded(stopping[:1]), space, True)
    assert points.numbers.tolist() == [0]
    assert "drops the stops that mine names" in points.refused[0][1]


def test_params_says_whose_stops_are_in_force(stopping) -> None:
    from click.testing import CliRunner

    names = json.dumps([str(stopping[0])])
    said = CliRunner().invoke(params, ["--set", f"plugins={names}"]).stdout
    (line,) = [each for each in said.splitlines() if each.startswith("risk.stop ")]
    assert 'risk.stop = "structure"' in line
    assert "where mine names it" in line

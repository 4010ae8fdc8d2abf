"""Strategies as a class with `on_bar`, on a market by hand: orders, exits, and when it is asked."""

import pytest
from plugin_runs import flat, plugin, settings_of, trades

from engine.experiment import run_experiment
from engine.review.parity.in_process import compare_replays

STRATEGY = """
class Own:
    def __init__(self, settings):
        self.settings, self.seen = settings, []

    def on_bar(self, context):
        self.seen.append(context.row)
        if context.row == 200:
            return Order("long", stop=2.5, target=3.0)
        if context.row == 220:
            return "short"
        if context.side < 0 and context.row - context.entry_row == self.settings.bars:
            assert (context.entry_row, context.entry_price) == (221, 100.0)
            return "leave"

class Settings(Section):
    bars: int = parameter(8, "held for", unit="bars", ge=1)

"""
MAY_ACT = """
def may_act(bars, columns, settings):
    return np.isin(np.arange(bars.size), (200, 220))

OWN = BarStrategy("own", Own, (), Settings, may_act, names_stop=True)
"""
NO_MAY_ACT = "OWN = BarStrategy('own', Own, (), Settings, names_stop=True)\n"


@pytest.mark.parametrize("asked", ["full", "focused"])
@pytest.mark.parametrize("last", [MAY_ACT, NO_MAY_ACT])
def test_a_class_is_asked_bar_by_bar(tmp_path, last, asked):
    settings = settings_of(plugin(tmp_path, STRATEGY + last))
    bars = flat(high={205: 103.0})
    assert [each[:4] for each in trades(settings, bars, asked)] == [
        (1, 201, 205, "target"), (-1, 221, 230, "signal_exit"),
    ]  # fmt: skip
    # Without a target in the way it turns round.
    assert [each[:4] for each in trades(settings, flat(), asked)] == [
        (1, 201, 221, "flip"), (-1, 221, 230, "signal_exit"),
    ]  # fmt: skip
    assert trades(settings_of(tmp_path / "own.py", domains__own__bars=3), bars, asked)[1][2] == 225


def test_a_class_that_may_remember_is_replayed_in_full(tmp_path):
    forgetful = settings_of(plugin(tmp_path, STRATEGY + MAY_ACT))
    found = run_experiment(forgetful, flat(), None, None, "focused")
    held = 29 + 2  # bars 201 … 229 at their close, and both candidates, of which one is among them
    assert found.choice.mode == "focused"
    assert found.replayed.calls["own"] == held - 1 < 40
    remembers = settings_of(plugin(tmp_path, STRATEGY + NO_MAY_ACT))
    found = run_experiment(remembers, flat(), None, None, "focused")
    assert found.choice.mode == "full"
    assert "may_act" in found.choice.reason
    assert found.replayed.calls["own"] == 260 - found.rows.warmup  # all columns are known


def test_an_order_without_a_stop_has_one_by_atr(tmp_path):
    """The strategy names stops, so it never gets one at the latest swing."""
    text = """
        class Own:
            def __init__(self, settings):
                pass

            def on_bar(self, context):
                return "long" if context.row == 200 else None

        OWN = BarStrategy("own", Own, (), names_stop=True)
        """
    bars = flat(low={150: 80.0})  # far below: the latest swing
    settings = settings_of(plugin(tmp_path, text))
    outcome = run_experiment(settings, bars, None, None, "full")
    (trade,) = outcome.result.trades
    own = settings.risk.stop_buffer_multiplier * outcome.rows.columns["atr_ema_20"][200]
    assert trade["entry_raw"] - trade["initial_stop"] == pytest.approx(own, abs=1e-9)
    assert own < 10.0


def test_a_broken_promise_is_what_parity_shows(tmp_path):
    """With `may_act` it must not remember anything while it is flat; this one counts its calls."""
    text = """
        class Counts:
            def __init__(self, settings):
                self.calls = 0

            def on_bar(self, context):
                self.calls += 1
                if context.side == 0 and context.row % 50 == 0:
                    return "long" if self.calls % 3 else "short"
                return "leave" if context.row % 50 == 20 else None

        OWN = BarStrategy("own", Counts, may_act=lambda bars, columns, settings:
                          np.arange(bars.size) % 50 == 0)
        """
    settings = settings_of(plugin(tmp_path, text))
    assert compare_replays(settings, flat(900), None, None, ["0"]).verdict == "different"
    honest = text.replace("self.calls % 3", "context.row % 150")
    settings = settings_of(plugin(tmp_path, honest))
    assert compare_replays(settings, flat(900), None, None, ["0"]).verdict == "identical"

"""`assert_causal` sees what plug-ins write for all bars at once; what looks ahead is named."""

import pytest
from kinds import KINDS, MOMENTUM, SETTINGS
from plugin_runs import plugin, sets

from barsieve.testing import assert_causal
from engine.inputs import load_settings
from engine.review.parity.markets import demo

BARS = demo(3, 2_500)
# kind, a line of its file, the same line with a look ahead, what is named first
AHEAD = {
    "feature": ("x = settings.gain * columns[0]", "x = settings.gain * np.r_[columns[0][1:], 0.0]",
                "row score of own"),
    "sentinel": ("out[:] = high - low >", "out[:] = np.roll(high - low, -1) >",
                 "row sentinel own_jump"),
    "gate": ("calm = columns[0] <", "calm = np.roll(columns[0], -1) <", "row gate_long"),
    "exit": ("return columns[0] <", "columns = np.roll(columns, -1, axis=1)\n            "
             "return columns[0] <", "row signal_exit"),
    "signals": ('columns["sma_20"] >', 'np.roll(columns["sma_20"], -1) >', "row score of own"),
    "one_signal": ('columns["rsi_wilder_14"]', 'columns["rsi_wilder_14"][::-1].copy()',
                   "row score of own"),
    "dear_bounded": ("(columns[0] >", "(np.roll(columns[0], -1) >", "bound bound_"),
    "may_act": ("return bars.close > high", "return np.r_[bars.close[1:], 0.0] > high",
                "bound bound_"),
}  # fmt: skip


def loaded(folder, kind, text):
    start = {} if kind in ("signals", "one_signal", "may_act") else MOMENTUM
    changes = {**start, **SETTINGS.get(kind, {}), "fusion.full_engine_validation_interval_bars": 1}
    return load_settings(None, None, sets(plugin(folder, text), changes))


@pytest.mark.parametrize("kind", AHEAD)
def test_what_looks_ahead_is_found(kind, tmp_path):
    right, wrong, named = AHEAD[kind]
    assert right in KINDS[kind]
    assert_causal(loaded(tmp_path, kind, KINDS[kind]), BARS, cuts=3)
    with pytest.raises(AssertionError, match=f"first of all {named}"):
        assert_causal(loaded(tmp_path, kind, KINDS[kind].replace(right, wrong)), BARS, cuts=3)


def test_distances_are_among_it(tmp_path):
    text = KINDS["signals"].replace(
        '3 * columns["atr_wilder_14"]', '3 * np.roll(columns["atr_wilder_14"], -1)'
    )
    with pytest.raises(AssertionError, match="first of all row swing_"):
        assert_causal(loaded(tmp_path, "signals", text), BARS, cuts=3)

"""The policy `sentinel`: lossy, each of its keys at work, and its loss told by number."""

import numpy as np
import pytest
from plain_strategy import ONLY_MOMENTUM

from engine.bars.demo import demo_bars
from engine.errors import SettingsError
from engine.experiment import run_experiment, screen_market
from engine.prescreen.gates import OUTSIDE_WINDOW
from engine.prescreen.rows import build_rows
from engine.prescreen.screen import screen
from engine.prescreen.sentinels import SENTINELS, fired_bits
from engine.prescreen.windows import inside
from engine.replay.settings import Settings
from engine.settings import override, validate

SENTINEL = {
    **ONLY_MOMENTUM,
    "asset": "DEMO",
    "batch_mode.policy": "sentinel",
    "batch_mode.min_fusion_score": 0.3,
    "batch_mode.min_adx": 18.0,
    "batch_mode.candidate_window_bars": 2,
}


def settings_with(changes):
    return validate(Settings, override({}, {**SENTINEL, **changes}), "test")


@pytest.fixture(scope="module")
def bars():
    return demo_bars(3_000)


def test_the_candidates_are_the_rule_bar_by_bar(bars):
    """A sentinel fired, score and ADX reach their floors, and there is a side."""
    settings = settings_with({})
    rows = build_rows(bars, settings)
    found = screen(rows, settings, rows.warmup, bars.size)
    adx = rows.columns["adx_wilder_14"]
    assert found.candidates.size > 30
    assert "proto" not in found.candidates.reasons
    assert (found.candidates.score >= 0.3).all()
    assert (adx[found.candidates.bar] >= 18.0).all()
    long = found.candidates.bound_long >= found.candidates.bound_short
    assert (found.candidates.sides == np.where(long, 1, 2)).all()
    # What was left out misses one of the three.
    out = np.setdiff1d(np.arange(rows.warmup, bars.size), found.candidates.bar)
    proto = np.maximum(found.bound_long, found.bound_short)
    fired = fired_bits(bars, rows.columns, SENTINELS) != 0
    assert not (fired & (proto >= 0.3) & (adx >= 18.0))[out].any()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("batch_mode.min_fusion_score", 0.6),
        ("batch_mode.min_adx", 40.0),
        ("batch_mode.sentinels", ["volume_spike"]),
    ],
)
def test_each_key_narrows_the_candidates(bars, key, value):
    wide = screen_market(settings_with({}), bars, None, None).bar
    narrow = screen_market(settings_with({key: value}), bars, None, None).bar
    assert 0 < narrow.size < wide.size
    assert set(narrow.tolist()) < set(wide.tolist())


@pytest.mark.parametrize(("key", "value"), [("min_fusion_score", 0.3), ("min_adx", 18.0)])
def test_its_keys_are_an_error_under_the_other_policy(key, value):
    with pytest.raises(SettingsError, match=f"batch_mode.{key} belongs to policy sentinel"):
        validate(Settings, {"batch_mode": {key: value}}, "test")


def test_an_unknown_sentinel_is_an_error():
    with pytest.raises(SettingsError, match="did you mean sma20_cross"):
        validate(Settings, {"batch_mode": {"sentinels": ["sma_20_cross"]}}, "test")


def test_entries_happen_inside_windows_only_and_positions_are_managed_everywhere(bars):
    focused = run_experiment(settings_with({}), bars, None, None, "focused")
    within = inside(focused.windows, bars.size)
    orders = focused.result.orders
    entries = orders[orders["stop_distance"] > 0]
    assert entries.size > 10
    assert within[entries["bar"]].all()
    exits = focused.result.trades["exit_bar"]
    assert (~within[exits]).sum() > 5
    # After an exit outside a window the next bars are skipped, the exit's own bar is not.
    assert (focused.replayed.codes == OUTSIDE_WINDOW).sum() > 0


def test_the_loss_is_measured_against_the_full_replay(bars):
    full = run_experiment(settings_with({}), bars, None, None, "full")
    focused = run_experiment(settings_with({}), bars, None, None, "focused")
    assert full.recall is None
    wanted = set(zip(full.result.trades["entry_bar"], full.result.trades["side"], strict=True))
    had = set(zip(focused.result.trades["entry_bar"], focused.result.trades["side"], strict=True))
    assert focused.recall is not None
    assert (focused.recall.found, focused.recall.entries) == (len(wanted & had), len(wanted))
    assert 0 < focused.recall.share < 1
    assert focused.result.digest() != full.result.digest()


def test_wider_windows_lose_less(bars):
    shares = []
    for width in (0, 24, 10**6):
        changes = {"batch_mode.candidate_window_bars": width}
        shares.append(
            run_experiment(settings_with(changes), bars, None, None, "focused").recall.share
        )
    assert shares[0] < shares[1] <= shares[2] == 1.0


def test_the_admissible_policy_reports_no_recall(bars):
    settings = validate(Settings, {"asset": "DEMO"}, "test")
    assert run_experiment(settings, bars, None, None, "focused").recall is None

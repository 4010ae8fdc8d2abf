"""Full = focused in bytes for every kind of plug-in, and dear functions are asked only where the
design says.
"""

import numpy as np
import pytest
from kinds import KINDS, MOMENTUM, SETTINGS
from plugin_runs import ONLY_OWN, assert_same, module, plugin, sets

from engine.experiment import run_experiment
from engine.fusion.modes import MODES
from engine.inputs import load_bars, load_markets, load_settings
from engine.plugins.visit import visit
from engine.portfolio import run_portfolio
from engine.prescreen.windows import around
from engine.replay.codes import CODE_NAMES
from engine.replay.market import prepare
from engine.replay.records import REASON_NAMES
from engine.review.parity.in_process import compare_replays
from engine.review.parity.markets import demo

EXIT_ORDERED = next(code for code, name in CODE_NAMES.items() if name == "exit_ordered")
WHOLE = ("signals", "one_signal", "may_act")
BARS = demo(3, 2_500)


def loaded(folder, kind, **changes):
    path = plugin(folder, KINDS[kind])
    start = {} if kind in WHOLE else MOMENTUM
    return load_settings(None, None, sets(path, {**start, **SETTINGS.get(kind, {}), **changes}))


@pytest.mark.parametrize("kind", KINDS)
def test_focused_is_full(kind, tmp_path):
    found = assert_same(loaded(tmp_path, kind), BARS)
    assert found.entries >= 5


@pytest.mark.parametrize("kind", KINDS)
def test_the_plug_in_matters(kind, tmp_path):
    """Nothing here would pass if the file were ignored."""
    ours = run_experiment(loaded(tmp_path, kind), BARS, None, None)
    plain = run_experiment(load_settings(None, None, sets([], MOMENTUM)), BARS, None, None)
    assert ours.result.digest() != plain.result.digest()


@pytest.mark.parametrize("kind", ["dear", "dear_bounded", "signals", "may_act", "gate"])
def test_supersets_of_the_candidates_change_nothing(kind, tmp_path):
    market = prepare(loaded(tmp_path, kind), BARS, None, None)
    full = visit(market, None)
    draw = np.random.default_rng(5)
    known = run_experiment(market.settings, BARS, None, None).candidates.bar
    for width in (0, 3):
        more = draw.choice(np.arange(*market.span), 150, replace=False)
        rows = np.union1d(known, more).astype(np.int64)
        focused = visit(market, around(rows, width, *market.span))
        assert focused.events.tobytes() == full.events.tobytes()
        assert focused.equity.tobytes() == full.equity.tobytes()
        assert (focused.codes == 0).sum() > 0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["dear", "dear_bounded"])
def test_every_mode_asks_for_what_it_reads(mode, kind, tmp_path):
    changes = {
        "fusion.execution_mode": mode,
        "fusion.entry_threshold_confidence": 0.15,
        "fast_signals.adx_timeframe": "4h",
        "fast_signals.adx_threshold": 15.0,
        "safety.cooldown_bars": 5,
        "exits.exit_confidence": 0.01,
    }
    if mode in ("advisory", "prefilter"):
        changes |= {"safety.loss_streak_threshold": 1}
    settings = loaded(tmp_path, kind, **changes)
    counts, digests = [], set()
    for asked in ("full", "focused"):
        found = run_experiment(settings, BARS, None, None, asked)
        counts.append(found.replayed.calls["own"])
        digests.add(found.result.digest())
    assert len(digests) == 1
    assert found.result.trades.size >= 5
    assert 0 < counts[1] <= counts[0]


@pytest.mark.parametrize("kind", ["dear", "dear_bounded", "may_act"])
@pytest.mark.parametrize("capital", ["split", "shared"])
def test_portfolios_ask_too(kind, capital, tmp_path):
    path = plugin(tmp_path, KINDS[kind])
    start = {} if kind in WHOLE else MOMENTUM
    changes = {"portfolio.capital": capital, "portfolio.max_positions": 1,
               "batch_mode.candidate_window_bars": 0}  # fmt: skip
    whole, own = load_markets(None, ("DEMO", "DEMO2"), sets(path, {**start, **changes}))
    markets = [(each, load_bars(each, count=2_500)[0]) for each in own]
    full = run_portfolio(whole, markets, None, None, "full")
    focused = run_portfolio(whole, markets, None, None, "focused")
    assert focused.choice.mode == "focused"
    assert focused.result.digest() == full.result.digest()
    assert min(each.result.trades.size for each in full.own) > 3
    for ours, theirs in zip(full.own, focused.own, strict=True):
        assert theirs.result.digest() == ours.result.digest()
        assert 0 < theirs.replayed.calls["own"] < ours.replayed.calls["own"]


def sides_held(outcome):
    """int[n]: the side that is held at each close, from the trades."""
    held = np.zeros(outcome.replayed.stop, dtype=np.int64)
    for trade in outcome.result.trades:
        held[trade["entry_bar"] : trade["exit_bar"]] = trade["side"]
    return held[outcome.replayed.first :]


def could_reach(outcome, low, high):
    """bool[n] of longs and of shorts: F with the dear score at its ends reaches the threshold."""
    settings, span = outcome.settings, slice(outcome.replayed.first, outcome.replayed.stop)
    table = outcome.rows.table[span]
    momentum = [each.name for each in settings.fusion.weights.domains].index("momentum")
    weights = settings.fusion.weights
    total = weights.momentum + weights.own
    cheap = weights.momentum * table["scores"][:, momentum]
    threshold = settings.fusion.entry_threshold_confidence
    open_ = (table["scheduled"] != 0) & (np.arange(len(table)) >= outcome.rows.warmup - span.start)
    return (
        open_ & ((cheap + weights.own * high[span]) / total >= threshold),
        open_ & (-(cheap + weights.own * low[span]) / total >= threshold),
    )


def expected_calls(outcome, low, high):
    """Rows at which somebody flat could enter, or somebody in a position turn round."""
    held, (long, short) = sides_held(outcome), could_reach(outcome, low, high)
    acts = np.where(held == 0, long | short, np.where(held > 0, short, long))
    leaving = outcome.replayed.codes == EXIT_ORDERED  # decided already: nothing is asked
    return np.flatnonzero(acts & ~leaving) + outcome.replayed.first


@pytest.mark.parametrize("kind", ["dear", "dear_bounded"])
def test_calls_are_those_of_the_design(kind, tmp_path):
    changes = {"fusion.trend_timeframes": [], "batch_mode.candidate_window_bars": 0}
    settings = loaded(tmp_path, kind, **changes)
    counts = {}
    for asked in ("full", "focused"):
        module().ASKED.clear()
        found = run_experiment(settings, BARS, None, None, asked)
        rows = list(module().ASKED)
        counts[asked] = found.replayed.calls["own"]
        # Full trusts no bound: any score in [-1, 1] could come.
        low = high = np.ones(BARS.size)
        if asked == "focused" and kind == "dear_bounded":
            high = (found.rows.columns["volume_z_20"] > 0.5).astype(float)
        low = -high
        if asked == "full":
            low, high = np.full(BARS.size, -np.inf), np.full(BARS.size, np.inf)
        ordered, again = rows[: counts[asked]], rows[counts[asked] :]
        assert ordered == expected_calls(found, low, high).tolist()  # each row once, in order
        assert len(again) == 5
        assert set(again) <= set(ordered)
    assert 0 < counts["focused"] < counts["full"]
    assert found.visits()["calls"] == {"own": counts["focused"]}


def test_an_exit_by_score_asks_for_what_is_held(tmp_path):
    settings = loaded(tmp_path, "dear", **{"exits.exit_confidence": 0.05})
    assert_same(settings, BARS, ("0", "all"))
    found = run_experiment(settings, BARS, None, None, "focused")
    held = np.flatnonzero(sides_held(found)) + found.replayed.first
    asked = set(module().ASKED)
    # At every close at which something is held; the last bar of the data ends by itself.
    assert {int(row) for row in held} <= asked
    reasons = {REASON_NAMES[each] for each in found.result.trades["reason"]}
    assert "exit_confidence" in reasons


def test_a_sweep_of_one_setting_changes_the_fingerprint_of_the_settings_alone(tmp_path):
    first = loaded(tmp_path, "dear_bounded")
    second = loaded(tmp_path, "dear_bounded", **{"domains.own.least": 1.5})
    assert type(first) is type(second)
    assert first != second
    few = run_experiment(second, BARS, None, None, "focused").replayed.calls["own"]
    many = run_experiment(first, BARS, None, None, "focused").replayed.calls["own"]
    assert few < many


def test_parity_of_a_class_that_remembers_proves_nothing(tmp_path):
    text = KINDS["may_act"].replace("Settings, may_act,", "Settings,")
    settings = load_settings(None, None, sets(plugin(tmp_path, text), {}))
    found = compare_replays(settings, BARS, None, None, ["0"])
    assert found.verdict == "inconclusive"
    known = run_experiment(loaded(tmp_path, "may_act"), BARS, None, None)
    ours = run_experiment(settings, BARS, None, None)
    assert ours.result.trades.tobytes() == known.result.trades.tobytes()


def test_the_threshold_is_never_beyond_the_bound(tmp_path):
    """One dear domain alone: candidates are the bars whose bound reaches the threshold."""
    settings = load_settings(None, None, sets(plugin(tmp_path, KINDS["dear_bounded"]), ONLY_OWN))
    found = run_experiment(settings, BARS, None, None, "focused")
    above = np.flatnonzero(found.rows.columns["volume_z_20"] > 0.5)
    assert found.candidates.bar.tolist() == above[above >= found.rows.warmup].tolist()

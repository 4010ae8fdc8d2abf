"""Focused = full, in bytes: random settings and markets, supersets, boxes; and what must fail.

Every comparison that proves something counts its entries and skipped bars, and the test fails when
there were too few: two empty results are equal too.
"""

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st
from plain_strategy import ONLY_MOMENTUM

from engine.bars.demo import demo_bars
from engine.experiment import run_experiment, screen_market
from engine.fusion.modes import MODES
from engine.prescreen.bound import bounds
from engine.prescreen.candidates import write_candidates
from engine.prescreen.rows import build_rows
from engine.prescreen.windows import around, whole
from engine.replay.codes import code_counts
from engine.replay.loop import replay
from engine.replay.parameters import parameter_record
from engine.replay.records import initial_state
from engine.replay.settings import Settings
from engine.results.result import result_of
from engine.review.parity.markets import MARKETS
from engine.settings import override, validate

SIZE = 900
WIDTHS = (0, 6, 48, 10**9)
EXAMPLES = 250

# Short warm-up: 900 bars are enough to trade.
QUICK = {**ONLY_MOMENTUM, "fusion.trend_timeframes": ["4h"], "batch_mode.candidate_window_bars": 0}

EXITS = st.fixed_dictionaries(
    {
        "exits.scale_out_rr": st.sampled_from([None, 0.3, 1.0]),
        "exits.scale_out_share": st.sampled_from([0.01, 0.5, 0.99]),
        "exits.r_multiple_target": st.sampled_from([None, 1.1, 2.5]),
        "exits.max_bars_in_trade": st.sampled_from([None, 1, 2, 7, 48]),
    }
)
MONEY = st.fixed_dictionaries(
    {
        "account.initial_cash": st.sampled_from([1_000.0, 1e5, 1e7]),
        "account.leverage": st.sampled_from([0.1, 1.0, 3.0, 50.0]),
        "account.minimum_notional": st.sampled_from([1e-6, 10.0, 2_000.0]),
        "risk.max_risk_per_trade": st.sampled_from([0.005, 0.02, 0.5]),
        "risk.stop_buffer_multiplier": st.sampled_from([0.2, 1.0, 2.0, 8.0]),
        "costs.fee_bps": st.sampled_from([0.0, 5.0, 50.0]),
        "costs.slippage_bps": st.sampled_from([0.0, 1.0, 30.0]),
        "costs.slippage_range_bps": st.sampled_from([0.0, 2.0]),
        "execution.fill": st.sampled_from(["next_open", "close"]),
    }
)
RULE = st.fixed_dictionaries(
    {
        "fusion.entry_threshold_confidence": st.floats(0.15, 0.7),
        "fusion.misalignment_penalty": st.sampled_from([0.0, 0.35, 1.0]),
        "fusion.full_engine_validation_interval_bars": st.sampled_from([1, 3, 4, 24]),
        "domains.momentum.gain": st.sampled_from([1.0, 3.0, 10.0]),
        "gates.session": st.sampled_from(
            [None, {"from_hour": 6, "to_hour": 20, "weekdays": ["mon", "tue", "thu", "sun"]}]
        ),
        "gates.atr_percentile": st.sampled_from([None, {"floor": 0.1, "cap": 0.8}]),
    }
)

GUARDS = st.fixed_dictionaries(
    {
        "fusion.execution_mode": st.sampled_from(MODES),
        "fusion.entry_threshold_by_regime": st.sampled_from(
            [{}, {"trend": 0.2}, {"range": 0.6, "turmoil": 0.15}]
        ),
        "fast_signals.trend_timeframe": st.just("4h"),  # ready early
        "fast_signals.adx_threshold": st.sampled_from([5.0, 20.0]),
        "fast_signals.min_confidence": st.sampled_from([0.0, 0.3]),
        "entries.sides": st.sampled_from(["both", "both", "long", "short"]),
        "entries.require_sentinel_within_bars": st.sampled_from([None, None, 3, 24]),
        "safety.cooldown_bars": st.sampled_from([0, 0, 1, 12]),
        "safety.cooldown_after": st.sampled_from(["any", "loss"]),
        "safety.loss_streak_threshold": st.sampled_from([0, 1, 3]),
        "safety.loss_streak_hours": st.sampled_from([5.0, 200.0]),
    }
)
VETOES = st.sampled_from(
    [
        [],
        [{"series": "fear", "on": 25.0, "off": 20.0, "side": "long", "exits": True}],
        [{"series": "fear", "on": 15.0, "off": 18.0, "side": "short"}],
    ]
)


@pytest.fixture(scope="module")
def fear(tmp_path_factory):
    """A daily series over the years of all markets, moving through both vetoes."""
    path = tmp_path_factory.mktemp("macro") / "fear.csv"
    days = np.arange(np.datetime64("2022-12-20"), np.datetime64("2026-12-31"))
    values = 20 + 10 * np.sin(np.arange(days.size) / 3)
    lines = [f"{day},{value:.2f}" for day, value in zip(days, values, strict=True)]
    path.write_text("\n".join(["date,value", *lines]) + "\n", encoding="utf-8")
    return str(path)


def settings_with(changes):
    return validate(Settings, override({}, {**QUICK, **changes}), "test")


@st.composite
def legal_settings(draw, fear):
    """Any combination that the settings allow."""
    changes = draw(EXITS) | draw(MONEY) | draw(RULE) | draw(GUARDS)
    vetoes = draw(VETOES)
    if vetoes:
        series = {"fear": {"path": fear, "unit": "points"}}
        changes["macro"] = {"series": series, "vetoes": vetoes}
    if changes["execution.fill"] == "close" and changes["exits.max_bars_in_trade"] == 1:
        changes["exits.max_bars_in_trade"] = 2  # 1 would leave at the price of entry: refused
    return settings_with(changes)


def wider(chosen, width):
    mode = chosen.batch_mode.model_copy(update={"candidate_window_bars": width})
    return chosen.model_copy(update={"batch_mode": mode})


def assert_same_bytes(full, focused):
    """Result by bytes, decision codes at the bars that both visited."""
    ours, theirs = full.result, focused.result
    assert theirs.digest() == ours.digest()
    for name in ("events", "trades", "equity", "open_time"):
        assert getattr(theirs, name).tobytes() == getattr(ours, name).tobytes(), name
    assert theirs.metrics == ours.metrics
    visited = focused.replayed.codes != 0
    assert (full.replayed.codes != 0).all()
    assert (focused.replayed.codes[visited] == full.replayed.codes[visited]).all()


def test_full_and_focused_are_the_same_bytes(fear):
    seen = Counter()

    # derandomize: the same examples on every machine, so a failure can be looked at anywhere.
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(legal_settings(fear), st.sampled_from(sorted(MARKETS)), st.integers(0, 10**6))
    def check(chosen, market, seed):
        bars = MARKETS[market](seed, SIZE)
        full = run_experiment(chosen, bars, None, None, "full")
        entries = full.result.trades.size
        target(float(entries))
        seen[market] += entries
        seen[chosen.fusion.execution_mode] += entries
        for name, count in code_counts(full.replayed.codes).items():
            seen[name] += count
        seen["examples with entries"] += entries > 0
        for width in WIDTHS:
            focused = run_experiment(wider(chosen, width), bars, None, None, "focused")
            assert_same_bytes(full, focused)
            skipped = focused.visits()["skipped"]
            seen[f"skipped at {width}"] += skipped > 0 and entries > 0
            assert width != WIDTHS[-1] or focused.candidates.bar.size == 0 or skipped == 0

    check()
    assert seen["examples with entries"] >= EXAMPLES // 2, seen
    assert seen["skipped at 0"] >= EXAMPLES // 2, seen
    assert seen["skipped at 6"] >= EXAMPLES // 4, seen
    assert all(seen[market] >= 10 for market in MARKETS), seen
    assert all(seen[mode] >= 100 for mode in MODES), seen
    guards = ("macro", "entry_sides", "no_sentinel", "cool_down", "loss_streak", "no_fast_signal")
    assert all(seen[guard] >= 100 for guard in guards), seen


@pytest.mark.parametrize("market", MARKETS)
def test_ranges_inside_the_file_are_the_same_bytes(market):
    bars = MARKETS[market](5, SIZE)
    middle, end = (str(np.datetime64(int(bars.open_time[k]), "ns"))[:10] for k in (500, 800))
    chosen = settings_with({"fusion.entry_threshold_confidence": 0.3})
    full = run_experiment(chosen, bars, middle, end, "full")
    focused = run_experiment(chosen, bars, middle, end, "focused")
    assert_same_bytes(full, focused)
    assert full.result.trades.size >= 3
    assert focused.visits()["skipped"] > 0


# --- supersets of the candidates ----------------------------------------------------------------


@pytest.fixture(scope="module")
def market():
    chosen = settings_with({})
    rows = build_rows(demo_bars(4_000), chosen)
    found = np.flatnonzero(bounds(rows.table, chosen, True)[2])
    return chosen, rows, found


def result_with(market, windows):
    chosen, rows, _ = market
    params, states = parameter_record(chosen, True), initial_state(chosen)
    done = replay(rows.table, windows, 0, params, states)
    return done, result_of(done, rows.bars, chosen)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(extra=st.sets(st.integers(0, 3_999), max_size=60), width=st.integers(0, 20))
def test_any_superset_of_the_candidates_gives_the_same_bytes(market, extra, width):
    full = result_with(market, whole(0, 4_000))[1]
    more = np.union1d(market[2], np.array(sorted(extra), dtype=np.int64))
    done, result = result_with(market, around(more, width, 0, 4_000))
    assert result.digest() == full.digest()
    assert result.trades.size > 100
    assert width > 1 or (done.codes == 0).sum() > 300


def test_a_candidate_that_is_left_out_is_an_entry_that_is_lost(market):
    """The negative control: every candidate that was entered on is needed."""
    full = result_with(market, whole(0, 4_000))[1]
    entered = np.unique(full.orders["bar"][full.orders["stop_distance"] > 0])
    # A bar on which something is held, or was when it began, is visited anyway.
    flat = [bar for bar in entered if not busy_at(full, bar)]
    assert len(flat) > 50
    for bar in flat[:: len(flat) // 10]:
        rest = market[2][market[2] != bar]
        assert result_with(market, around(rest, 0, 0, 4_000))[1].digest() != full.digest()


def busy_at(result, bar):
    return bool(((result.trades["entry_bar"] <= bar) & (result.trades["exit_bar"] >= bar)).any())


def test_a_bound_one_ulp_too_small_loses_the_entry_that_just_reaches(market):
    """The threshold is set to the very confidence of an entry: the last bit of the bound counts."""
    _, rows, found = market
    long, short, _ = bounds(rows.table, market[0], True)
    lost = 0
    for bar in found[100:140]:
        reach = float(max(long[bar], short[bar]))
        point = settings_with({"fusion.entry_threshold_confidence": reach})
        tight = settings_with({"fusion.entry_threshold_confidence": np.nextafter(reach, 1.0)})
        may, less = (bounds(rows.table, each, True)[2] for each in (point, tight))
        assert np.flatnonzero(may != less).tolist() == [bar]
        full, exact, short_of = (
            result_with((point, rows, found), windows)[1].digest()
            for windows in (
                whole(0, 4_000),
                around(np.flatnonzero(may), 0, 0, 4_000),
                around(np.flatnonzero(less), 0, 0, 4_000),
            )
        )
        assert exact == full
        lost += short_of != full
    assert lost >= 10


# --- boxes --------------------------------------------------------------------------------------

BOX = {"fusion.entry_threshold_confidence": (0.35, 0.6), "fusion.misalignment_penalty": (0.1, 0.5)}


@pytest.fixture(scope="module")
def boxed(tmp_path_factory):
    path = tmp_path_factory.mktemp("boxed") / "candidates.jsonl"
    bars = demo_bars(3_000)
    write_candidates(path, screen_market(settings_with({}), bars, None, None, BOX))
    return path, bars


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    threshold=st.floats(*BOX["fusion.entry_threshold_confidence"]),
    penalty=st.floats(*BOX["fusion.misalignment_penalty"]),
    bars_in_trade=st.sampled_from([None, 5, 48]),
)
def test_one_file_answers_for_every_point_of_its_box(boxed, threshold, penalty, bars_in_trade):
    path, bars = boxed
    point = settings_with(
        {
            "fusion.entry_threshold_confidence": threshold,
            "fusion.misalignment_penalty": penalty,
            "exits.max_bars_in_trade": bars_in_trade,
        }
    )
    full = run_experiment(point, bars, None, None, "full")
    focused = run_experiment(point, bars, None, None, "focused", candidates=path)
    assert_same_bytes(full, focused)
    assert full.result.trades.size > 20
    assert focused.visits()["skipped"] > 300


def test_a_file_of_one_point_would_not_answer_for_a_looser_one(market):
    """The negative control of the box: what the refusal of a looser threshold is for."""
    _, rows, _ = market
    loose, tight = (
        settings_with({"fusion.entry_threshold_confidence": threshold}) for threshold in (0.4, 0.6)
    )
    found = np.flatnonzero(bounds(rows.table, tight, True)[2])
    full = result_with((loose, rows, found), whole(0, 4_000))[1]
    focused = result_with((loose, rows, found), around(found, 0, 0, 4_000))[1]
    assert focused.digest() != full.digest()

"""Portfolios through the whole engine: parity in bytes, one by one, limits, books that add up."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bars.demo import demo_bars
from engine.errors import CandidateFileError, SettingsError
from engine.experiment import run_experiment
from engine.fusion.modes import MODES
from engine.inputs import load_bars, load_markets
from engine.portfolio import run_portfolio
from engine.replay.codes import code_counts
from engine.replay.records import DROP, FILL, ORDER
from engine.results.portfolio_directory import write_portfolio
from engine.review.parity.markets import MARKETS

NAMES = ("DEMO", "DEMO2", "DEMO3")
REAL = {
    "ETH": "ETHUSDT_binance_spot_1h.parquet",
    "BTC": "BTCUSDT_binance_spot_1h.parquet",
    "SOL": "SOLUSDT_binance_spot_1h.parquet",
}
QUICK = ('fusion.trend_timeframes=["4h"]', "batch_mode.candidate_window_bars=0")


def demos(*changes, names=NAMES, size=None):
    """The settings of a run over demo markets, and its markets."""
    whole, own = load_markets("ETH_comprehensive", names, changes)
    return whole, [(each, load_bars(each, count=size)[0]) for each in own]


def run(asked, loaded, start=None, end=None):
    return run_portfolio(loaded[0], loaded[1], start, end, asked)


def assert_same_bytes(full, focused):
    assert focused.result.digest() == full.result.digest()
    for ours, theirs in zip(full.own, focused.own, strict=True):
        assert theirs.result.digest() == ours.result.digest()
        visited = theirs.replayed.codes != 0
        assert (ours.replayed.codes != 0).all()
        assert (theirs.replayed.codes[visited] == ours.replayed.codes[visited]).all()


def busiest(events, assets):
    """Most positions held or ordered at once, by walking the events."""
    orders, held, most = [False] * assets, [False] * assets, 0
    left = [0.0] * assets
    for event in events:
        asset, kind = event["asset"], event["kind"]
        entry = event["stop_distance"] > 0
        if kind == ORDER and entry:
            orders[asset] = True
        elif kind == DROP:
            orders[asset] = False
        elif kind == FILL:
            orders[asset] = orders[asset] and not entry
            left[asset] = event["quantity"] if entry else left[asset] - event["quantity"]
            held[asset] = left[asset] > 1e-9 * event["quantity"]
        most = max(most, sum(a or b for a, b in zip(orders, held, strict=True)))
    return most


def test_split_equals_one_by_one_when_no_limit_binds():
    joined = run("focused", demos(size=6_000))
    for each, (own, bars) in zip(joined.own, demos(size=6_000)[1], strict=True):
        alone = run_experiment(own, bars, None, None, "full")
        assert own.account.initial_cash == 100_000 / 3
        assert alone.result.trades.size > 50
        assert each.result.trades.tobytes() == alone.result.trades.tobytes()
        assert each.result.equity.tobytes() == alone.result.equity.tobytes()
        assert each.result.metrics == alone.result.metrics


def test_a_portfolio_of_one_is_a_run_alone():
    whole, loaded = demos(names=("DEMO",), size=6_000)
    joined = run_portfolio(whole, loaded, None, None)
    alone = run_experiment(whole, loaded[0][1], None, None)
    assert joined.own[0].result.digest() == alone.result.digest()
    assert joined.result.equity.tobytes() == alone.result.equity.tobytes()


LIMITS = {
    "portfolio_positions": ("portfolio.max_positions=1",),
    "portfolio_risk": ("portfolio.max_total_risk=0.004",),
    "portfolio_notional": ("portfolio.max_total_notional=0.4",),
}


@pytest.mark.parametrize("capital", ["split", "shared"])
@pytest.mark.parametrize("code", LIMITS)
def test_a_limit_binds_and_keeps_parity(code, capital):
    limit = LIMITS[code]
    if code == "portfolio_risk" and capital == "shared":
        limit = ("portfolio.max_total_risk=0.012",)  # an entry risks a share of three times as much
    loaded = demos(*limit, f"portfolio.capital={capital}", size=8_000)
    full, focused = run("full", loaded), run("focused", loaded)
    free = run("full", demos(f"portfolio.capital={capital}", size=8_000))
    assert_same_bytes(full, focused)
    assert focused.visits()["skipped"] > 1_000
    refused = sum(code_counts(each.replayed.codes).get(code, 0) for each in full.own)
    assert refused > 10
    assert 50 < full.result.metrics.trades < free.result.metrics.trades
    if code == "portfolio_positions":
        assert busiest(full.result.events, 3) == 1 < busiest(free.result.events, 3)


def test_the_books_add_up():
    """The portfolio's last equity is its cash and the net of every trade."""
    for capital in ("split", "shared"):
        done = run("focused", demos(f"portfolio.capital={capital}", size=8_000)).result
        own = run("focused", demos(f"portfolio.capital={capital}", size=8_000)).own
        net = sum(float(each.result.trades["net"].sum()) for each in own)
        # 10⁻⁹ of what was turned over: the additions come in another order.
        turnover = sum(
            float((e.result.fills["price"] * e.result.fills["quantity"]).sum()) for e in own
        )
        assert done.equity[-1] == pytest.approx(100_000 + net, abs=1e-9 * (1 + turnover))
        assert done.metrics.trades == sum(each.result.metrics.trades for each in own) > 100


def at_hours(bars, name, step, first):
    """The same prices as another market, whose bars open at other hours."""
    hours = bars.open_time[0] + 3_600 * 10**9 * (first + step * np.arange(bars.size))
    return replace(bars, asset=name, open_time=hours)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(sorted(MARKETS)), min_size=2, max_size=4),
    st.integers(0, 10**6),
    st.sampled_from(["split", "shared"]),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([None, 0.004, 0.02]),
    st.sampled_from([None, 0.3, 2.0]),
    st.sampled_from(["next_open", "close"]),
    st.sampled_from([0.15, 0.34]),
)
def check_random(seen, kinds, seed, capital, positions, risk, notional, fill, threshold):
    names = [f"M{k}" for k in range(len(kinds))]
    changes = [
        *QUICK,
        f"portfolio.capital={capital}",
        f"portfolio.max_positions={'null' if positions is None else positions}",
        f"portfolio.max_total_risk={'null' if risk is None else risk}",
        f"portfolio.max_total_notional={'null' if notional is None else notional}",
        f"execution.fill={fill}",
        f"fusion.entry_threshold_confidence={threshold}",
    ]
    whole, own = load_markets("ETH_comprehensive", names, changes)
    bars = [
        replace(MARKETS[kind](seed + k, 700), asset=name)
        for k, (kind, name) in enumerate(zip(kinds, names, strict=True))
    ]
    loaded = whole, list(zip(own, bars, strict=True))
    full, focused = run("full", loaded), run("focused", loaded)
    assert_same_bytes(full, focused)
    seen["with entries"] += full.result.metrics.trades > 0
    seen["with skips"] += focused.visits()["skipped"] > 0
    for each in full.own:
        seen.update(code_counts(each.replayed.codes))
    if positions is not None:
        assert busiest(full.result.events, len(kinds)) <= positions


def test_random_portfolios_are_the_same_bytes_focused():
    seen = Counter()
    check_random(seen)
    assert seen["with entries"] >= 30, seen
    assert seen["with skips"] >= 30, seen
    assert all(seen[code] >= 50 for code in LIMITS), seen


def test_markets_with_other_hours():
    whole, own = load_markets("ETH_comprehensive", ("A", "B"), QUICK)
    bars = demo_bars(3_000)
    loaded = whole, [(own[0], replace(bars, asset="A")), (own[1], at_hours(bars, "B", 3, 1_500))]
    full, focused = run("full", loaded), run("focused", loaded)
    assert_same_bytes(full, focused)
    assert full.result.open_time.size == 5_500
    assert all(each.result.metrics.trades > 10 for each in full.own)


@pytest.mark.parametrize("mode", MODES)
def test_a_range_of_real_hours(shared_data, mode):
    changes = ("portfolio.max_positions=2", f"fusion.execution_mode={mode}")
    whole, own = load_markets("ETH_comprehensive", tuple(REAL), changes)
    files = (shared_data / "bars" / name for name in REAL.values())
    loaded = whole, [(s, load_bars(s, f)[0]) for s, f in zip(own, files, strict=True)]
    full = run("full", loaded, "2025-06-15", "2025-09-30")
    focused = run("focused", loaded, "2025-06-15", "2025-09-30")
    assert_same_bytes(full, focused)
    assert full.result.metrics.trades > 20
    assert busiest(full.result.events, 3) == 2
    assert focused.visits()["skipped"] > 100


def test_the_folder_of_a_portfolio_is_the_same_bytes_again(tmp_path):
    loaded = demos(size=3_000)
    first, known = write_portfolio(run("focused", loaded), tmp_path, replace=False)
    assert not known
    again, known = write_portfolio(run("focused", loaded), tmp_path, replace=False)
    assert (again, known) == (first, True)
    full, _ = write_portfolio(run("full", loaded), tmp_path, replace=False)
    for name in ("trade_log.jsonl", "trades.parquet", "equity.parquet"):
        assert (first / name).read_bytes() == (full / name).read_bytes()


def test_overrides_are_of_one_market_and_the_command_line_wins():
    check_overrides("portfolio.overrides.DEMO2.exits.max_bars_in_trade=5")
    check_overrides('portfolio.overrides={"DEMO2": {"exits": {"max_bars_in_trade": 5}}}')
    check_overrides('portfolio.overrides={"DEMO2": {"exits.max_bars_in_trade": 5}}')


def check_overrides(change):
    changes = (change, "costs.fee_bps=1.0")
    whole, own = load_markets("ETH_comprehensive", ("DEMO", "DEMO2"), changes)
    assert [each.exits.max_bars_in_trade for each in own] == [48, 5]
    assert [each.costs.fee_bps for each in own] == [1.0, 1.0]
    assert whole.portfolio.assets == ("DEMO", "DEMO2")
    assert all(each.portfolio.assets == () and not each.portfolio.overrides for each in own)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (("portfolio.overrides.DEMO2.timeframe=4h",), "timeframe is one for all markets"),
        (("portfolio.overrides.DEMO2.account.initial_cash=5",), "account.initial_cash is one"),
        (("portfolio.overrides.DEMO9.exits.max_bars_in_trade=5",), "did you mean DEMO"),
        (("portfolio.overrides.DEMO2.exits.max_bars=5",), "did you mean exits.max_bars_in_trade"),
        (('portfolio.assets=["DEMO","DEMO"]',), "stands there twice"),
        (("batch_mode.policy=sentinel",), "one asset at a time"),
    ],
)
def test_what_a_portfolio_refuses(changes, says):
    with pytest.raises(SettingsError, match=says):
        if "DEMO9" in changes[0]:
            changes = ('portfolio.assets=["DEMO","DEMO2"]', *changes)
            load_markets("ETH_comprehensive", (), changes)
        elif "assets" in changes[0]:
            load_markets("ETH_comprehensive", (), changes)
        else:
            run("full", demos(*changes, names=("DEMO", "DEMO2"), size=1_000))


def test_a_missing_file_of_candidates_names_the_one_to_write(tmp_path):
    path = tmp_path / "all.jsonl"
    with pytest.raises(CandidateFileError, match=r"all_DEMO\.jsonl: no such file; .*all\.jsonl` w"):
        run_portfolio(*demos(names=("DEMO", "DEMO2"), size=1_000), None, None, "focused", path)

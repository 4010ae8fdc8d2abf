"""The measures of a sweep beside those of quantstats, every difference of definition spelled out.

Tolerance 1e-9: a sweep adds returns one by one, quantstats pairwise, so sums of 8,000 of them
differ by less than 8,000 · 2⁻⁵² (2e-12) of their size; the variance as mean square − squared mean
loses no digit beside that, since the mean of a bar's return is small against its spread.
"""

import numpy as np
import pandas as pd
import pytest

from engine.bars.demo import demo_bars
from engine.inputs import load_settings
from engine.kernel import kernel
from engine.plugins.visit import visit
from engine.replay.market import prepare
from engine.replay.records import STATE
from engine.results.metrics.positions import PROFIT_FACTOR_CAP, factor
from engine.results.metrics.totals import Totals, rate_of
from engine.results.result import result_of
from engine.results.sums import SUMS, begin_tally, tally_close
from engine.search.measures import measures
from engine.search.plan import plan_sweep
from engine.search.points import settings_at
from engine.search.settings import Score
from engine.search.stages import measured
from engine.search.sweep import run_sweep

stats = pytest.importorskip("quantstats.stats", reason="needs quantstats: install the group dev")

BARS, CASH, CLOSE = demo_bars(8_000), 1e5, 1e-9
LEAVES = {
    "fusion.entry_threshold_confidence": (0.3, 0.36, 0.44),
    "risk.stop_buffer_multiplier": (1.0, 2.0),
    "exits.max_bars_in_trade": (12, 48),
}
# Costs large enough that a raw win may be a net loss.
COSTS = ["costs.fee_bps=10.0", "costs.slippage_bps=5.0"]


@pytest.fixture(scope="module")
def points(tmp_path_factory):
    """(measures, equity with the cash before it, trades) of every point, and bars a year."""
    base = load_settings("ETH_comprehensive", "DEMO", COSTS)
    plan = plan_sweep(base, BARS, (None, None), LEAVES)
    swept = run_sweep(
        plan, tmp_path_factory.mktemp("sweep"), False, 1, lambda done, total, elapsed, scores: None
    )
    found = []
    for number, own in zip(swept.numbers.tolist(), measured(swept, Score(0)), strict=True):
        settings = settings_at(base, plan.space.changes(number))
        replayed = visit(prepare(settings, BARS, None, None), None)
        equity = np.concatenate(([CASH], replayed.equity))
        found.append((own, equity, result_of(replayed, BARS, settings).trades))
    return found, rate_of(BARS.open_time)


def series(values):
    """Days stand for bars: quantstats wants stamps, and counts periods alone."""
    return pd.Series(values, index=pd.date_range("2000-01-01", periods=len(values), freq="D"))


def same_ratios(own, equity, year):
    returns = series(np.diff(equity) / equity[:-1])
    n = returns.size
    # quantstats divides by the standard deviation with ddof 1, a sweep with ddof 0.
    other = stats.sharpe(returns, periods=year) * np.sqrt(n / (n - 1))
    assert own["sharpe"] == pytest.approx(other, rel=CLOSE)
    assert own["sortino"] == pytest.approx(stats.sortino(returns, periods=year), rel=CLOSE)
    assert own["max_drawdown"] == pytest.approx(-stats.max_drawdown(returns), rel=CLOSE)
    assert own["cagr"] == pytest.approx(stats.cagr(returns, periods=year), rel=CLOSE)
    assert own["calmar"] == pytest.approx(stats.calmar(returns, periods=year), rel=CLOSE)
    other = stats.volatility(returns, periods=year) * np.sqrt((n - 1) / n)
    assert own["volatility"] == pytest.approx(other, rel=CLOSE)
    compounded = stats.comp(returns)
    assert own["net_return"] == pytest.approx(compounded, rel=CLOSE, abs=CLOSE)


def test_ratios_of_points(points):
    found, year = points
    for own, equity, _ in found:
        same_ratios(own, equity, year)
    assert len({float(own["sharpe"]) for own, _, _ in found}) == len(found)


def test_trades_of_points(points):
    """Profits are given as if they were returns; `prepare_returns` would take gains alone for
    prices.
    """
    found, _ = points
    for own, _, trades in found:
        assert trades.size > 20
        raw, net = series(trades["raw_profit"]), series(trades["net"])
        for kind, profits in (("", net), ("raw_", raw)):
            other = stats.profit_factor(profits, prepare_returns=False)
            assert own[kind + "profit_factor"] == pytest.approx(other, rel=CLOSE)
            # quantstats leaves profits of exactly 0 out; a sweep counts them as no win.
            share = stats.win_rate(profits, prepare_returns=False) * (profits != 0).mean()
            assert own[kind + "win_rate"] == pytest.approx(share, rel=CLOSE)
        assert own["best_trade"] == stats.best(net, prepare_returns=False)
        assert own["worst_trade"] == stats.worst(net, prepare_returns=False)
        # Expectancy is net of every cost. 1e-7: sums of 1e5 of cash in which a profit is small.
        mean = stats.avg_return(net, prepare_returns=False) * (net != 0).mean()
        assert own["expectancy"] == pytest.approx(mean, rel=1e-7)


def test_net_profits_are_not_raw_ones(points):
    """So that the tests above would notice the other kind."""
    found, _ = points
    for own, _, trades in found:
        raw = series(trades["raw_profit"])
        assert 1.01 * own["profit_factor"] < stats.profit_factor(raw, prepare_returns=False)
        assert own["expectancy"] < trades["raw_profit"].mean()
    assert any((t["net"] > 0).sum() < (t["raw_profit"] > 0).sum() for _, _, t in found)


@kernel
def tally_curve(equity, state, sums):
    """An account that holds nothing, and whose cash is each equity in turn."""
    state["cash"] = equity[0]
    begin_tally(equity[0], sums)
    for i in range(1, equity.size):
        state["cash"] = equity[i]
        tally_close(i, 1.0, state, sums)


@pytest.mark.parametrize("seed", range(12))
def test_ratios_of_random_curves(seed):
    rng = np.random.default_rng(seed)
    moves = rng.normal(2e-5, 10 ** rng.uniform(-4, -2), size=int(rng.integers(50, 5_000)))
    moves[rng.random(moves.size) < rng.uniform(0, 0.9)] = 0.0  # flat bars
    moves[0] = -abs(moves).max()  # falls from the initial cash, which is the first peak
    equity = CASH * np.concatenate(([1.0], np.cumprod(1.0 + moves)))
    state, sums = np.zeros(1, dtype=STATE), np.zeros(1, dtype=SUMS)
    tally_curve(equity, state[0], sums[0])
    year = float(rng.uniform(200, 10_000))
    totals = Totals(sums, np.array([CASH]), moves.size, year, np.arange(equity.size))
    sums["trades"] = 1  # without one there is no ratio
    (own,) = measures(totals, Score(0))
    same_ratios(own, equity, year)


@pytest.mark.parametrize("seed", range(12))
def test_the_profit_factor_of_random_profits(seed):
    rng = np.random.default_rng(seed)
    net = rng.normal(rng.uniform(-50, 50), 100, size=int(rng.integers(1, 400)))
    other = stats.profit_factor(series(net), prepare_returns=False)
    # quantstats has no cap: infinite without a loss.
    assert factor_of(net) == pytest.approx(min(other, PROFIT_FACTOR_CAP), rel=CLOSE)


def factor_of(net):
    return factor(np.array([net[net > 0].sum()]), np.array([-net[net < 0].sum()]))[0]


@pytest.mark.parametrize(
    ("net", "ours", "theirs"),
    [((5.0,), 100.0, np.inf), ((1e3, -1.0), 100.0, 1e3), ((-5.0,), 0.0, 0.0), ((0.0,), 0.0, 0.0)],
)
def test_the_profit_factor_is_capped(net, ours, theirs):
    net = np.array(net)
    assert factor_of(net) == ours
    assert stats.profit_factor(series(net), prepare_returns=False) == theirs

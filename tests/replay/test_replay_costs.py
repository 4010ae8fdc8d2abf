"""Cost scenarios by hand: what each side of a trade costs, spikes and pips included."""

from dataclasses import replace

import numpy as np
import pytest
from plain_strategy import ONLY_MOMENTUM
from replay_tables import QUANTITY, Bar, at, events_of, fills, mirrored, run, still

from engine.bars.demo import demo_bars
from engine.errors import SettingsError
from engine.experiment import run_experiment
from engine.replay.market import prepare
from engine.replay.settings import Settings
from engine.results.trades import trades_of
from engine.settings import override, validate

SIDES = pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
PRICED = {
    "costs.spread_bps": 10.0,
    "costs.slippage_bps": 4.0,
    "costs.slippage_range_bps": 2.0,
    "costs.pip": 0.01,
}


@SIDES
@pytest.mark.parametrize(
    ("scenario", "ratio", "bps", "added"),
    [
        (None, 1.5, 12.0, 0.0),  # 5 + (4 + 3)
        ("A", 1.5, 12.0, 0.0),
        ("A", 3.0, 15.0, 0.0),  # 5 + (4 + 6): no spike rule
        ("B", 1.5, 13.5, 0.003),  # 6.5 + (4 + 3), and 0.3 pip
        ("B", 3.0, 16.5, 0.003),
        ("C", 1.5, 20.6, 0.0),  # 8 + (4 + 3) · 1.8
        ("C", 2.0, 22.4, 0.0),  # 8 + (4 + 4) · 1.8: at the ratio, not above it
        ("C", 3.0, 33.2, 0.0),  # 8 + (2 · 4 + 6) · 1.8
    ],
)
def test_each_side_of_a_trade_by_hand(side, scenario, ratio, bps, added):
    """The ratio is that of the fill bar: 9 at the decision says nothing."""
    bars = [replace(still(100, 0.5), range_ratio=9.0), replace(still(101), range_ratio=ratio)]
    bars += [replace(Bar(101, 107, 100, 104), range_ratio=ratio)]
    changes = PRICED | {"costs.scenario": scenario, "exits.r_multiple_target": 2.5}
    entry, target = events_of(run(mirrored(bars, side), changes), "fill")
    for leg, raw, direction in ((entry, at(101, side), side), (target, at(106, side), -side)):
        assert leg["raw_price"] == raw
        paid = raw + direction * (raw * bps * 1e-4 + added)
        assert leg["price"] == pytest.approx(paid, rel=1e-14)


def test_the_spike_rule_has_its_own_threshold():
    bars = [still(100, 0.5), replace(still(101), range_ratio=3.0)]
    changes = PRICED | {"costs.scenario": "C", "costs.spike_range_ratio": 3.5}
    entry = events_of(run(bars, changes), "fill")[0]
    assert entry["price"] == pytest.approx(101 * (1 + 26e-4), rel=1e-14)  # 8 + (4 + 6) · 1.8


@SIDES
def test_a_scenario_moves_no_level(side):
    bars = [still(100, 0.5), still(101), Bar(101, 102, 98, 99), still(99)]
    for scenario in ("A", "B", "C"):
        done = run(mirrored(bars, side), PRICED | {"costs.scenario": scenario})
        assert fills(done)[1] == (2, "stop", at(99, side), QUANTITY)


def test_every_trade_costs_more_from_a_to_b_to_c():
    """A fixed quantity: the same trades, entry by entry, in all three."""
    changes = {
        **ONLY_MOMENTUM, **PRICED, "risk.sizing": "fixed_quantity", "risk.fixed_quantity": 1.0,
        "account.initial_cash": 1e6, "asset": "DEMO",
    }  # fmt: skip
    bars, net, raw = demo_bars(6_000), [], []
    for scenario in ("A", "B", "C"):
        tree = override({}, {**changes, "costs.scenario": scenario})
        trades = run_experiment(validate(Settings, tree, "test"), bars, None, None).result.trades
        net.append(trades["net"])
        same = ("position", "side", "entry_bar", "exit_bar", "entry_raw", "raw_profit", "reason")
        raw.append([trades[name].tolist() for name in same])
    assert net[0].size > 50
    assert raw[0] == raw[1] == raw[2]
    assert (net[0] > net[1]).all()
    assert (net[1] > net[2]).all()


# --- excursions -----------------------------------------------------------------------------------


@SIDES
@pytest.mark.parametrize(
    ("bars", "mae", "mfe"),
    [
        # Entered at 101, R = 2. The stop's own bar adds the stop and nothing else.
        ([Bar(101, 104, 100, 102), Bar(102, 109, 98, 99)], -1.0, 1.5),
        ([Bar(101, 104, 100, 102), Bar(97, 109, 90, 99)], -2.0, 1.5),
        ([Bar(101, 104, 99.5, 102), Bar(102, 102, 101, 102)], -0.75, 1.5),
        ([still(101), still(101)], 0.0, 0.0),
    ],
)
def test_excursions_in_initial_risks(side, bars, mae, mfe):
    done = run(mirrored([still(100, 0.5), *bars], side), {"costs.slippage_bps": 50.0})
    (trade,) = trades_of(done.events, 0.0)
    assert (trade["mae"], trade["mfe"]) == (mae, mfe)
    assert np.isclose(trade["raw_r"], trade["raw_profit"] / (QUANTITY * 2))
    assert np.isclose(trade["r"], trade["net"] / (QUANTITY * 2))
    assert trade["r"] < trade["raw_r"]


@SIDES
def test_excursions_span_all_legs(side):
    """Sold by half at 103, then down to 99.5, left at the last close."""
    bars = [still(100, 0.5), still(101), Bar(101, 103.5, 101, 102), Bar(102, 102, 99.5, 100)]
    done = run(mirrored(bars, side), {"exits.scale_out_rr": 1.0})
    (trade,) = trades_of(done.events, 0.0)
    assert (trade["mae"], trade["mfe"], trade["legs"]) == (-0.75, 1.25, 2)


@pytest.mark.parametrize("spread", [0.0, 500.0])
def test_costs_that_a_price_cannot_bear_are_refused(spread):
    """What scenario B takes from the lowest price of all, a little less and a little more."""
    bars = demo_bars(1_500)
    most = float(bars.low.min()) * (1.0 - 1.3 * spread / 2 * 1e-4) / 0.3
    for share in (0.5, 0.999):
        assert prepare(with_pip(share * most, spread), bars, None, None).rows.table.size
    with pytest.raises(SettingsError, match=r"costs: at the low .* a sale would fill at -1\.1"):
        prepare(with_pip(1.001 * most, spread), bars, None, None)


def with_pip(pip, spread):
    costs = {"scenario": "B", "pip": pip, "spread_bps": spread}
    free = {"slippage_bps": 0.0, "slippage_range_bps": 0.0}
    return validate(Settings, override({}, {"costs": costs | free}), "test")

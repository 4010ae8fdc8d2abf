"""Quantities and stop distances by hand: each sizing, its cap, the risk map, ADX, structure.

Decided at the close of row 0 (100, ATR 1, stop distance 2), filled at 101.
"""

from dataclasses import replace

import pytest
from replay_tables import (
    Bar,
    at,
    codes,
    drops,
    events_of,
    fills,
    mirrored,
    run,
    settings_with,
    still,
)

from engine.errors import SettingsError

SIDES = pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
DECIDED = still(100, 0.5)
ENTERED = still(101)
SIZINGS = {
    "fraction_of_equity": {"risk.sizing": "fraction_of_equity", "risk.equity_fraction": 0.5},
    "fixed_notional": {"risk.sizing": "fixed_notional", "risk.fixed_notional": 20_000.0},
    "fixed_quantity": {"risk.sizing": "fixed_quantity", "risk.fixed_quantity": 7.0},
    "all_in": {"risk.sizing": "all_in", "account.leverage": 0.5},
    "risk": {},
}


def ordered(done):
    return float(events_of(done, "order")["quantity"][0])


@SIDES
@pytest.mark.parametrize(
    ("sizing", "quantity"),
    [
        ("fraction_of_equity", 500),  # 0.5 · 100,000 / 100
        ("fixed_notional", 200),  # 20,000 / 100
        ("fixed_quantity", 7),
        ("all_in", 500),  # 0.5 · 100,000 / 100
        ("risk", 500),  # 0.01 · 100,000 / 2
    ],
)
def test_each_sizing_at_the_deciding_close(side, sizing, quantity):
    done = run(mirrored([DECIDED, ENTERED], side), SIZINGS[sizing])
    assert ordered(done) == quantity


@SIDES
@pytest.mark.parametrize("sizing", ["fraction_of_equity", "fixed_notional", "fixed_quantity"])
def test_what_the_margin_carries_is_filled_as_ordered(side, sizing):
    done = run(mirrored([DECIDED, ENTERED], side), SIZINGS[sizing])
    assert fills(done)[0][3] == ordered(done)


@SIDES
@pytest.mark.parametrize(
    "changes",
    [
        {"risk.sizing": "fraction_of_equity", "risk.equity_fraction": 50.0},
        {"risk.sizing": "fixed_notional", "risk.fixed_notional": 1e7},
        {"risk.sizing": "fixed_quantity", "risk.fixed_quantity": 1e6},
        {"risk.min_risk_per_trade": 0.5, "risk.max_risk_per_trade": 0.5},
    ],
)
def test_every_sizing_is_capped_by_the_margin_at_the_fill(side, changes):
    changes = changes | {"account.leverage": 2.0, "costs.fee_bps": 10.0}
    entry = events_of(run(mirrored([DECIDED, ENTERED], side), changes), "fill")[0]
    # Margin and fee take all the cash; a few roundings.
    assert entry["quantity"] * at(101, side) * (0.5 + 0.001) == pytest.approx(1e5, rel=1e-14)


@SIDES
def test_all_in_is_what_the_leverage_carries_and_never_more(side):
    """Against the position the market opens dearer: fewer units. In its favour: as ordered."""
    done = run(mirrored([DECIDED, ENTERED], side), {"risk.sizing": "all_in"})
    assert ordered(done) == 3_000
    carried = 300_000 / at(101, side)
    assert fills(done)[0][3] == pytest.approx(min(carried, 3_000), rel=1e-14)


@SIDES
def test_the_equity_is_that_of_the_deciding_close(side):
    """A flip at the close 102, where 500 units bought at 101 have earned 500."""
    bars = [DECIDED, ENTERED, still(102, -0.5), still(102)]
    done = run(mirrored(bars, side), SIZINGS["fraction_of_equity"])
    assert events_of(done, "order")["quantity"][-1] == 0.5 * 100_500 / at(102, side)


@pytest.mark.parametrize("sizing", SIZINGS)
def test_the_least_notional_drops_an_entry_of_any_sizing(sizing):
    changes = SIZINGS[sizing] | {"account.minimum_notional": 60_000.0}
    done = run([DECIDED, ENTERED], changes)
    assert drops(done) == [(1, "below_minimum_notional", 100)]


# --- risk map and ADX -----------------------------------------------------------------------------

MAP = {
    "risk.risk_map": [[0.45, 0.015], [0.55, 0.025]],
    "risk.min_risk_per_trade": 0.005,
    "risk.max_risk_per_trade": 0.03,
}


@SIDES
@pytest.mark.parametrize(
    ("score", "risk"),
    [(0.40, 0.005), (0.4499, 0.005), (0.45, 0.015), (0.5499, 0.015), (0.55, 0.025), (1.0, 0.025)],
)
def test_the_risk_map_takes_the_last_step_that_is_reached(side, score, risk):
    done = run(mirrored([still(100, score), ENTERED], side), MAP)
    assert ordered(done) == 100_000 * risk / 2


def test_the_risk_map_is_capped():
    done = run([still(100, 0.6), ENTERED], MAP | {"risk.max_risk_per_trade": 0.02})
    assert ordered(done) == 100_000 * 0.02 / 2


def test_a_map_of_eight_steps_is_read_to_its_end():
    steps = [[k / 8, k / 1000] for k in range(1, 9)]
    changes = MAP | {"risk.risk_map": steps, "fusion.entry_threshold_confidence": 0.125}
    for k in range(1, 9):
        assert ordered(run([still(100, k / 8), ENTERED], changes)) == 100_000 * (k / 1000) / 2


ADX = {
    "risk.adx_range_lo": 15.0,
    "risk.adx_range_factor": 0.5,
    "risk.adx_trend_hi": 30.0,
    "risk.adx_trend_factor": 1.5,
    "risk.min_risk_per_trade": 0.005,
    "risk.max_risk_per_trade": 0.0125,
}


@SIDES
@pytest.mark.parametrize(
    ("mapped", "adx", "risk"),
    [
        (0.01, 14.9, 0.005),
        (0.01, 15.0, 0.01),
        (0.01, 30.0, 0.01),
        (0.008, 30.1, 0.012),
        (0.01, 30.1, 0.0125),  # 0.015, capped
        (0.02, 14.9, 0.01),  # the factor comes before the cap
        (0.02, 20.0, 0.0125),
    ],
)
def test_the_adx_factor_then_the_cap(side, mapped, adx, risk):
    bars = [replace(DECIDED, adx=adx), replace(ENTERED, adx=1.0)]
    done = run(mirrored(bars, side), ADX | {"risk.risk_map": [[0.0, mapped]]})
    assert ordered(done) == pytest.approx(100_000 * risk / 2, rel=1e-14)


def test_the_adx_factor_is_for_sizing_by_risk_only():
    changes = ADX | SIZINGS["fixed_quantity"]
    assert ordered(run([replace(DECIDED, adx=1.0), ENTERED], changes)) == 7


# --- structure stops ------------------------------------------------------------------------------

STRUCTURE = {"risk.stop": "structure", "risk.structure_buffer_atr": 0.25}


@SIDES
def test_a_structure_stop_lies_beyond_the_swing(side):
    """3 from the close to the swing, and a quarter of an ATR: 97.75 from a fill at 101."""
    bars = [replace(DECIDED, swing_low=97.0, swing_high=140.0), ENTERED, Bar(101, 101, 97, 98)]
    done = run(mirrored(bars, side), STRUCTURE)
    entry, stop = events_of(done, "fill")
    assert entry["stop_distance"] == 3.25
    assert entry["quantity"] == 1_000 / 3.25
    assert stop["raw_price"] == at(97.75, side)


@SIDES
@pytest.mark.parametrize("swing", [float("nan"), 100.0, 103.0])
def test_without_a_swing_on_that_side_the_stop_is_by_atr(side, swing):
    done = run(mirrored([replace(DECIDED, swing_low=swing), ENTERED], side), STRUCTURE)
    assert events_of(done, "fill")["stop_distance"][0] == 2


@SIDES
def test_targets_are_multiples_of_the_structure_distance(side):
    bars = [replace(DECIDED, swing_low=96.25), ENTERED, Bar(101, 109, 101, 108), still(108)]
    done = run(mirrored(bars, side), STRUCTURE | {"exits.r_multiple_target": 2.0})
    assert fills(done)[1][:3] == (2, "target", at(109, side))


def test_a_swing_gives_a_stop_where_the_atr_is_0():
    bars = [replace(DECIDED, atr=0.0, swing_low=98.0), ENTERED]
    assert events_of(run(bars, STRUCTURE), "fill")["stop_distance"][0] == 2
    assert codes(run([replace(DECIDED, atr=0.0), ENTERED], STRUCTURE))[0] == "no_range"


# --- what contradicts itself ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"risk.sizing": "fixed_notional"}, "risk.fixed_notional goes with"),
        ({"risk.sizing": "fraction_of_equity"}, "risk.equity_fraction goes with"),
        ({"risk.fixed_quantity": 1.0}, "risk.fixed_quantity goes with"),
        ({"risk.sizing": "all_in", "risk.fixed_notional": 1.0}, "risk.fixed_notional goes with"),
        ({"risk.risk_map": []}, "1 to 8 steps"),
        ({"risk.risk_map": [[0.1 * k, 0.01] for k in range(9)]}, "1 to 8 steps"),
        ({"risk.risk_map": [[0.5, 0.01], [0.5, 0.02]]}, "growing confidence"),
        ({"risk.risk_map": [[0.5, 0.01], [0.4, 0.02]]}, "growing confidence"),
        ({"risk.risk_map": [[1.5, 0.01]]}, "confidence in"),
        ({"risk.risk_map": [[0.5, 0.0]]}, "risk in"),
        ({"exits.scale_out_rr": 2.0, "exits.r_multiple_target": 2.0}, "must be below"),
    ],
)
def test_settings_that_contradict_each_other(changes, says):
    with pytest.raises(SettingsError, match=says):
        settings_with(changes)

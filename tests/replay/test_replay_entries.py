"""Entries, flips, quantities, costs and the fill at the close, by hand."""

from dataclasses import replace

import numpy as np
import pytest
from replay_tables import (
    QUANTITY,
    Bar,
    at,
    cash,
    codes,
    drops,
    events_of,
    fills,
    mirrored,
    orders,
    run,
    still,
)

from engine.prescreen.windows import Windows

SIDES = pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
DECIDED = still(100, 0.5)
ENTERED = still(101)


# --- flips ------------------------------------------------------------------------------------


@SIDES
def test_a_flip_closes_and_opens_at_the_same_open_exit_first(side):
    bars = [DECIDED, ENTERED, still(102, -0.5), still(103), still(104)]
    done = run(mirrored(bars, side))
    # At the deciding close 102 the equity is 100,000 + 500 · 1: it sizes the new position.
    size = 100_500 * 0.01 / 2
    assert fills(done) == [
        (1, "entry", at(101, side), QUANTITY),
        (3, "flip", at(103, side), QUANTITY),
        (3, "flip", at(103, side), size),
        (4, "end_of_data", at(104, side), size),
    ]
    legs = events_of(done, "fill")
    assert legs["side"].tolist() == [side, side, -side, -side]
    assert legs["position"].tolist() == [1, 1, 2, 2]
    assert orders(done) == [(0, "entry", side, 1), (2, "flip", side, 1), (2, "flip", -side, 2)]
    assert cash(done)[1:] == [101_000, 101_000, 101_000 - size * 1]
    assert codes(done)[2] == ("enter_short" if side > 0 else "enter_long")


@SIDES
def test_a_flip_into_a_shut_gate_is_refused_and_the_position_kept(side):
    bars = [DECIDED, ENTERED, replace(still(102, -0.5), gate_short=2), still(103)]
    done = run(mirrored(bars, side))
    assert [leg[1] for leg in fills(done)] == ["entry", "end_of_data"]
    assert codes(done)[2] == "session"


@SIDES
def test_a_flip_passes_when_only_the_gate_of_the_held_side_is_shut(side):
    bars = [DECIDED, ENTERED, replace(still(102, -0.5), gate_long=2), still(103), still(103)]
    assert [leg[1] for leg in fills(run(mirrored(bars, side)))][:3] == ["entry", "flip", "flip"]


@SIDES
def test_a_flip_without_a_range_is_refused_whole(side):
    bars = [DECIDED, ENTERED, replace(still(102, -0.5), atr=0.0), still(103)]
    done = run(mirrored(bars, side))
    assert [leg[1] for leg in fills(done)] == ["entry", "end_of_data"]
    assert orders(done) == [(0, "entry", side, 1)]
    assert codes(done)[2] == "no_range"


@SIDES
def test_the_same_side_again_does_nothing(side):
    bars = [DECIDED, ENTERED, still(102, 0.9), still(103)]
    done = run(mirrored(bars, side))
    assert orders(done) == [(0, "entry", side, 1)]
    assert codes(done)[2] == "in_position"


@SIDES
def test_a_decided_exit_wins_over_a_flip(side):
    bars = [DECIDED, still(101, -0.5), still(102), still(102)]
    done = run(mirrored(bars, side), {"exits.max_bars_in_trade": 1})
    assert [leg[:2] for leg in fills(done)] == [(1, "entry"), (2, "time_stop")]
    assert codes(done) == [
        "enter_long" if side > 0 else "enter_short",
        "exit_ordered",
        "below_threshold",
        "below_threshold",
    ]


@SIDES
def test_the_closing_half_of_a_flip_fills_when_its_entry_is_dropped(side):
    """10 units at 101 reach the minimum notional of 1,000; the new 10 at 90 do not."""
    bars = [still(100, 0.5 * side), ENTERED, still(100, -0.5 * side), still(90), still(90)]
    changes = {"risk.stop_buffer_multiplier": 100.0, "account.minimum_notional": 1_000.0}
    done = run(bars, changes)
    assert fills(done) == [(1, "entry", 101, 10), (3, "flip", 90, 10)]
    assert drops(done) == [(3, "below_minimum_notional", 100)]
    assert cash(done)[-1] == 100_000 - side * 10 * 11


# --- the end of data --------------------------------------------------------------------------


@SIDES
def test_an_unfilled_order_is_dropped_at_the_end_of_data(side):
    done = run(mirrored([still(100), Bar(98, 103, 97, 101, 0.5)], side))
    # Order and drop carry the close of the deciding bar.
    assert drops(done) == [(1, "end_of_data", at(101, side))]
    assert events_of(done, "order")["price"].tolist() == [at(101, side)]
    assert fills(done) == []
    assert done.equity.tolist() == [100_000, 100_000]


@SIDES
def test_a_flip_unfilled_at_the_end_of_data_is_a_drop_and_a_close(side):
    done = run(mirrored([DECIDED, ENTERED, still(102, -0.5)], side))
    assert drops(done) == [(2, "end_of_data", at(102, side))]
    assert fills(done)[1:] == [(2, "end_of_data", at(102, side), QUANTITY)]
    assert events_of(done, "drop")["position"].tolist() == [2]
    assert cash(done)[-1] == 100_000 + QUANTITY


# --- fill: close ------------------------------------------------------------------------------

CLOSE = {"execution.fill": "close"}


@SIDES
def test_fill_close_enters_at_the_deciding_close_and_manages_from_the_next_bar(side):
    bars = [Bar(100, 110, 90, 100, 0.5), Bar(100, 101, 98, 99), still(99)]
    done = run(mirrored(bars, side), CLOSE)
    assert fills(done) == [
        (0, "entry", at(100, side), QUANTITY),
        (1, "stop", at(98, side), QUANTITY),
    ]


@SIDES
def test_fill_close_flips_at_the_close(side):
    bars = [DECIDED, Bar(100, 101, 99, 101, -0.5), still(101)]
    done = run(mirrored(bars, side), CLOSE)
    size = 100_500 * 0.01 / 2
    assert fills(done) == [
        (0, "entry", at(100, side), QUANTITY),
        (1, "flip", at(101, side), QUANTITY),
        (1, "flip", at(101, side), size),
        (2, "end_of_data", at(101, side), size),
    ]


@SIDES
def test_fill_close_takes_the_time_stop_at_the_deciding_close(side):
    bars = [DECIDED, still(101), Bar(101, 103, 101, 102), still(105)]
    done = run(mirrored(bars, side), CLOSE | {"exits.max_bars_in_trade": 3})
    assert fills(done)[1] == (2, "time_stop", at(102, side), QUANTITY)


@SIDES
def test_fill_close_leaves_nothing_pending_at_the_end(side):
    done = run(mirrored([still(100), Bar(100, 102, 99, 101, 0.5)], side), CLOSE)
    assert fills(done) == [
        (1, "entry", at(101, side), QUANTITY),
        (1, "end_of_data", at(101, side), QUANTITY),
    ]
    assert drops(done) == []


# --- quantity ---------------------------------------------------------------------------------


@SIDES
def test_the_margin_caps_the_quantity_at_the_fill_with_the_fee(side):
    """5 % of risk asks for 2,500 units; at leverage 1 the cash carries fewer."""
    changes = {
        "risk.min_risk_per_trade": 0.05,
        "risk.max_risk_per_trade": 0.05,
        "account.leverage": 1.0,
        "costs.fee_bps": 10.0,
    }
    done = run(mirrored([DECIDED, ENTERED], side), changes)
    assert events_of(done, "order")["quantity"].tolist() == [2_500]
    entry, _ = events_of(done, "fill")
    price = at(101, side)
    # The tolerance covers the order of a few roundings, nothing else.
    assert entry["quantity"] == pytest.approx(100_000 / (price * (1 + 0.001)), rel=1e-14)
    assert entry["fee"] == pytest.approx(entry["quantity"] * price * 0.001, rel=1e-14)
    margin = entry["quantity"] * price / 1.0
    assert margin + entry["fee"] == pytest.approx(100_000, rel=1e-14)


def test_the_margin_after_a_flip_is_what_its_close_left():
    """Leverage 1: the loss of the first position shrinks the second one below its order."""
    changes = {
        "risk.sizing": "fixed_quantity",
        "risk.fixed_quantity": 1_000.0,
        "account.leverage": 1.0,
        "risk.stop_buffer_multiplier": 50.0,
    }
    done = run([DECIDED, still(100), still(100, -0.5), still(80), still(80)], changes)
    # 1,000 at 100 take all the cash; sold at 80 they leave 80,000: 1,000 at 80 again.
    assert [leg[3] for leg in fills(done)] == [1_000, 1_000, 1_000, 1_000]
    done = run([DECIDED, still(100), still(100, -0.5), still(60), still(60)], changes)
    assert [leg[3] for leg in fills(done)] == [1_000, 1_000, 1_000, 1_000]
    done = run([still(100, -0.5), still(100), still(100, 0.5), still(125), still(125)], changes)
    # Short 1,000 from 100 to 125 leaves 75,000, which buys 600 at 125.
    assert [leg[3] for leg in fills(done)] == [1_000, 1_000, 600, 600]


@pytest.mark.parametrize(("minimum", "filled"), [(50_500, True), (50_501, False)])
def test_an_entry_below_the_minimum_notional_is_dropped_at_the_fill(minimum, filled):
    done = run([DECIDED, ENTERED, still(101)], {"account.minimum_notional": float(minimum)})
    assert (len(fills(done)) == 2) == filled
    # The price of a drop is that of its order, the deciding close.
    assert drops(done) == ([] if filled else [(1, "below_minimum_notional", 100)])
    assert events_of(done, "order")["position"].tolist() == [1]


def test_a_dropped_entry_takes_no_position_number():
    bars = [DECIDED, still(101), still(101, 0.5), still(130), still(130)]
    done = run(bars, {"account.minimum_notional": 60_000.0})
    assert drops(done) == [(1, "below_minimum_notional", 100)]
    assert events_of(done, "fill")["position"].tolist() == [1, 1]


BANKRUPT = {
    "account.initial_cash": 1_000.0,
    "account.leverage": 1_000.0,
    "risk.sizing": "fixed_quantity",
    "risk.fixed_quantity": 500.0,
}


@SIDES
@pytest.mark.parametrize("score", [0.5, -0.5])
def test_an_account_without_equity_enters_nothing(side, score):
    bars = [DECIDED, ENTERED, still(98), still(100, score), still(100)]
    done = run(mirrored(bars, side), BANKRUPT)
    assert cash(done) == [1_000, 1_000 - 500 * 3]
    assert codes(done)[3] == "no_equity"


def test_equity_of_exactly_zero_enters_nothing():
    bars = [DECIDED, ENTERED, still(99), still(100, 0.5), still(100)]
    done = run(bars, BANKRUPT)
    assert cash(done)[-1] == 0
    assert codes(done)[3] == "no_equity"


def test_a_bar_without_a_range_gives_no_stop_and_no_entry():
    done = run([replace(DECIDED, atr=0.0), still(100)])
    assert codes(done)[0] == "no_range"
    assert done.events.size == 0


@SIDES
def test_a_fixed_quantity_is_what_is_bought(side):
    changes = {"risk.sizing": "fixed_quantity", "risk.fixed_quantity": 7.0}
    assert fills(run(mirrored([DECIDED, ENTERED], side), changes))[0][3] == 7.0


@pytest.mark.parametrize(
    ("score", "risk"),
    [(0.5, 0.0078125), (0.625, 0.01171875), (0.75, 0.015625), (1.0, 0.0234375)],
)
def test_the_risk_grows_with_the_confidence(score, risk):
    """From 1/128 at the threshold 0.5 to 3/128 at confidence 1: powers of two, hence exact."""
    changes = {
        "fusion.entry_threshold_confidence": 0.5,
        "risk.min_risk_per_trade": 0.0078125,
        "risk.max_risk_per_trade": 0.0234375,
    }
    done = run([still(100, score), ENTERED], changes)
    assert fills(done)[0][3] == 100_000 * risk / 2


def test_at_threshold_1_every_entry_has_the_least_risk():
    changes = {
        "fusion.entry_threshold_confidence": 1.0,
        "risk.min_risk_per_trade": 0.01,
        "risk.max_risk_per_trade": 0.02,
    }
    assert fills(run([still(100, 1.0), ENTERED], changes))[0][3] == 500


def test_a_penalised_confidence_sizes_the_entry():
    """Score 1, a quarter lost: confidence 0.75, halfway from 0.5 to 1."""
    changes = {
        "fusion.entry_threshold_confidence": 0.5,
        "fusion.misalignment_penalty": 0.25,
        "risk.min_risk_per_trade": 0.0078125,
        "risk.max_risk_per_trade": 0.0234375,
    }
    done = run([replace(still(100, 1.0), misaligned=1), ENTERED], changes)
    assert fills(done)[0][3] == 100_000 * 0.015625 / 2


@SIDES
@pytest.mark.parametrize(("misaligned", "entered"), [(0, True), (1, False), (2, True), (3, False)])
def test_the_penalty_is_for_the_side_that_a_trend_is_against(side, misaligned, entered):
    """Bit 1: against long. 0.5 less 35 % is below 0.4."""
    bars = [replace(DECIDED, misaligned=misaligned), ENTERED]
    done = run(mirrored(bars, side), {"fusion.misalignment_penalty": 0.35})
    assert (len(fills(done)) > 0) == entered


# --- costs ------------------------------------------------------------------------------------


@SIDES
@pytest.mark.parametrize(
    ("key", "entry_share", "exit_share"),
    [
        ("costs.spread_bps", 0.0002, 0.0002),  # half of 4 bps a side
        ("costs.slippage_bps", 0.0004, 0.0004),
        ("costs.slippage_range_bps", 0.0004 * 1.5, 0.0004 * 0.5),  # the fill bar's own ratio
    ],
)
def test_slippage_moves_every_fill_against_the_trader(side, key, entry_share, exit_share):
    bars = [replace(DECIDED, range_ratio=9.0), replace(ENTERED, range_ratio=1.5)]
    bars += [replace(Bar(101, 107, 100, 104), range_ratio=0.5)]
    done = run(mirrored(bars, side), {key: 4.0, "exits.r_multiple_target": 2.5})
    entry, target = events_of(done, "fill")
    # One ulp or two: bps times 1e-4 is not a round number in binary.
    assert entry["price"] == pytest.approx(at(101, side) * (1 + side * entry_share), rel=1e-15)
    assert target["price"] == pytest.approx(at(106, side) * (1 - side * exit_share), rel=1e-15)
    # Levels hang on raw prices.
    assert target["raw_price"] == at(106, side)
    gain = side * QUANTITY * (target["price"] - entry["price"])
    assert cash(done)[-1] == pytest.approx(100_000 + gain, rel=1e-15)


@SIDES
def test_fees_are_of_the_effective_notional_and_booked_when_they_happen(side):
    bars = [DECIDED, ENTERED, Bar(101, 104, 100, 102), still(102)]
    changes = {"costs.fee_bps": 5.0, "costs.slippage_bps": 10.0}
    changes |= {"exits.scale_out_rr": 1.0, "exits.scale_out_share": 0.5}
    done = run(mirrored(bars, side), changes)
    balance, entry = 100_000.0, at(101, side) * (1 + side * 0.001)
    for leg, raw in zip(events_of(done, "fill"), (101, 103, 102), strict=True):
        opening = raw == 101
        direction = side if opening else -side
        price = at(raw, side) * (1 + direction * 0.001)
        size = QUANTITY if opening else QUANTITY / 2
        fee = size * price * 0.0005
        balance += -fee if opening else side * size * (price - entry) - fee
        # A few ulps: the same products in another order.
        assert leg["fee"] == pytest.approx(fee, rel=1e-14)
        assert leg["cash"] == pytest.approx(balance, rel=1e-14)
    assert done.equity[1] == pytest.approx(
        100_000 - QUANTITY * entry * 0.0005 + side * QUANTITY * (at(101, side) - entry),
        rel=1e-14,
    )


# --- windows ----------------------------------------------------------------------------------


@SIDES
def test_a_position_is_managed_in_the_gap_between_two_windows(side):
    quiet = [still(101)] * 3
    bars = [DECIDED, ENTERED, *quiet, Bar(101, 101, 98, 99), *quiet, still(101, 0.5), still(101)]
    bars = mirrored(bars, side)
    gap = Windows(np.array([0, 9]), np.array([1, 11]))
    focused, full = run(bars, windows=gap), run(bars)
    assert fills(focused)[1] == (5, "stop", at(99, side), QUANTITY)
    assert focused.events.tobytes() == full.events.tobytes()
    assert focused.equity.tobytes() == full.equity.tobytes()
    assert np.flatnonzero(focused.codes == 0).tolist() == [6, 7, 8]
    assert (full.codes != 0).all()


def test_windows_that_miss_an_entry_miss_it():
    """The negative control of the test above: a window is not decoration."""
    bars = [DECIDED, ENTERED, still(101), still(101)]
    focused = run(bars, windows=Windows(np.array([2]), np.array([3])))
    assert focused.events.size == 0
    assert run(bars).events.size > 0

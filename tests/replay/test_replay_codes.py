"""Why nothing happened: one path for every decision code, and the order of precedence."""

from dataclasses import replace

import numpy as np
import pytest
from replay_tables import codes, row_table, run, still

from engine.prescreen.gates import GATES, OUTSIDE_WINDOW
from engine.prescreen.windows import Windows
from engine.replay.codes import CODE_NAMES, code_counts, shut_outside

LONG = still(100, 0.5)
SHORT = still(100, -0.5)
HELD = [LONG, still(100)]

ONE_BAR = {
    "enter_long": (LONG, {}),
    "enter_short": (SHORT, {}),
    "not_scheduled": (replace(LONG, scheduled=0), {}),
    "below_threshold": (still(100, 0.39), {}),
    "no_range": (replace(LONG, atr=0.0), {}),
    "warmup": (replace(LONG, gate_long=1, gate_short=1, scheduled=0), {}),
    "session": (replace(LONG, gate_long=2, gate_short=2, scheduled=0), {}),
    "atr_percentile": (replace(LONG, gate_long=3, gate_short=3, scheduled=0), {}),
    "macro": (replace(LONG, gate_long=4, gate_short=4, scheduled=0), {}),
    "entry_sides": (replace(LONG, gate_long=5), {}),
    "no_sentinel": (replace(LONG, gate_long=6, gate_short=6, scheduled=0), {}),
    "no_fast_signal": (LONG, {"fusion.execution_mode": "advisory"}),
    "outside_window": (replace(LONG, gate_long=31, gate_short=31), {}),
}


@pytest.mark.parametrize("code", ONE_BAR)
def test_the_code_of_one_bar_of_a_flat_account(code):
    bar, changes = ONE_BAR[code]
    assert codes(run([bar, still(100)], changes))[0] == code


def test_in_position_and_exit_ordered():
    done = run([*HELD, still(100, 0.5), still(100)], {"exits.max_bars_in_trade": 3})
    assert codes(done) == ["enter_long", "in_position", "in_position", "exit_ordered"]


def test_every_code_has_a_path_here():
    # no_equity: see the entries; cool_down and loss_streak: see the guards; portfolio: see there
    elsewhere = {"in_position", "exit_ordered", "no_equity", "cool_down", "loss_streak"}
    elsewhere |= {"portfolio_positions", "portfolio_risk", "portfolio_notional"}
    assert set(ONE_BAR) | elsewhere == set(CODE_NAMES.values())


def test_the_threshold_is_reached_by_equality():
    assert codes(run([still(100, 0.4), still(100)]))[0] == "enter_long"


def test_a_score_of_zero_has_no_side():
    assert codes(run([still(100, 0.0)], {"fusion.entry_threshold_confidence": 5e-324})) == [
        "below_threshold"
    ]


def test_a_nan_score_is_below_every_threshold():
    nan = float("nan")
    done = run([still(100, nan)] * 2, {"fusion.entry_threshold_confidence": 5e-324})
    assert codes(done) == ["below_threshold"] * 2


@pytest.mark.parametrize(
    ("long", "short", "named"),
    [(2, 3, "atr_percentile"), (3, 2, "atr_percentile"), (1, 2, "session"), (2, 2, "session")],
)
def test_of_two_shut_sides_the_gate_that_shut_the_last_one_is_named(long, short, named):
    bar = replace(LONG, gate_long=long, gate_short=short, scheduled=0)
    assert codes(run([bar]))[0] == named


def test_gate_codes_grow_in_catalogue_order():
    """What naming the last gate relies on."""
    given = [gate.code for gate in GATES]
    assert given == sorted(set(given)) and given[0] > 0 and given[-1] < OUTSIDE_WINDOW


@pytest.mark.parametrize(("score", "code"), [(0.5, "session"), (-0.5, "enter_short")])
def test_a_side_that_is_shut_alone_gets_its_own_gate(score, code):
    assert codes(run([replace(still(100, score), gate_long=2), still(100)]))[0] == code


def test_a_side_below_the_threshold_is_not_blamed_on_its_gate():
    assert codes(run([replace(still(100, 0.1), gate_long=2)]))[0] == "below_threshold"


def test_gates_come_before_the_schedule_and_the_schedule_before_the_score():
    shut = replace(still(100, 0.1), gate_long=2, gate_short=2, scheduled=0)
    assert codes(run([shut]))[0] == "session"
    assert codes(run([replace(still(100, 0.1), scheduled=0)]))[0] == "not_scheduled"
    assert codes(run([replace(LONG, gate_long=2, scheduled=0)]))[0] == "not_scheduled"


def test_an_exit_ordered_is_named_before_any_gate():
    shut = replace(still(100, -0.5), gate_long=2, gate_short=2)
    assert codes(run([LONG, shut], {"exits.max_bars_in_trade": 1}))[1] == "exit_ordered"


@pytest.mark.parametrize("held", [still(100, -0.1), replace(SHORT, scheduled=0), still(100, 0.0)])
def test_in_position_whatever_keeps_the_other_side_out(held):
    assert codes(run([*HELD, held]))[2] == "in_position"


def test_skipped_bars_have_no_code():
    done = run([still(100)] * 4, windows=Windows(np.array([1]), np.array([2])))
    assert codes(done) == ["", "below_threshold", "", ""]
    assert code_counts(done.codes) == {"below_threshold": 1}


def test_counts_are_sorted_by_frequency_then_name():
    done = run([still(100), replace(still(100), scheduled=0), still(100), SHORT])
    assert list(code_counts(done.codes).items()) == [
        ("below_threshold", 2),
        ("enter_short", 1),
        ("not_scheduled", 1),
    ]


def test_a_lossy_run_shuts_only_what_is_open_outside_its_windows():
    table = row_table([LONG, replace(LONG, gate_long=2), LONG])
    shut = shut_outside(table, Windows(np.array([0]), np.array([1])))
    assert shut["gate_long"].tolist() == [0, 2, 31]
    assert shut["gate_short"].tolist() == [0, 31, 31]
    assert table["gate_short"].tolist() == [0, 0, 0]
    assert not shut.flags.writeable

"""What-if: each value is that of a replay with the change, made another way."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli.cli_runner import refused, succeed

from engine.bars.demo import demo_bars
from engine.inputs import load_settings
from engine.kernel import frozen
from engine.plugins.visit import visit
from engine.prescreen.windows import whole
from engine.replay.loop import replay
from engine.replay.market import Market, prepare
from engine.replay.parameters import half_spread_of
from engine.replay.records import COOL_DOWN, FILL, FLIP, ORDER, initial_state
from engine.results.trades import TRADE, trades_of
from engine.review.what_if.changes import AS_IT_WAS, NAMES, changes_of
from engine.review.what_if.follow import forks
from engine.review.what_if.refused import first_of_bucket
from engine.review.what_if.what_if import WhatIf, what_if

BARS = demo_bars(6_000)
SPREAD = half_spread_of(load_settings("ETH_comprehensive", "DEMO").costs)
SESSION = 'gates.session={"from_hour": 6, "to_hour": 18}'


def market(config: str = "ETH_comprehensive", *changes: str) -> Market:
    return prepare(load_settings(config, "DEMO", list(changes)), BARS, None, None)


FLIPPING = (
    "fusion.entry_threshold_confidence=0.1", "exits.max_bars_in_trade=500",
    "risk.stop_buffer_multiplier=8", "exits.r_multiple_target=4",
)  # fmt: skip
RUNS = {
    "plain": ("ETH_comprehensive",),
    "guarded": ("ETH_guarded",),
    "at_close": ("ETH_comprehensive", "execution.fill=close"),
    "flipping": ("ETH_comprehensive", *FLIPPING),
    "streaks": ("ETH_comprehensive", "safety.loss_streak_threshold=2", "safety.cooldown_bars=9"),
}


@pytest.fixture(scope="module", params=RUNS)
def followed(request) -> tuple[Market, WhatIf]:
    own = market(*RUNS[request.param])
    return own, what_if(own)


def test_without_a_change_each_trade_is_what_it_was(followed) -> None:
    own, found = followed
    assert found.trades.size > 10
    assert found.trades.tobytes() == trades_of(visit(own, None).events, SPREAD).tobytes()
    assert found.changed[AS_IT_WAS].tobytes() == found.trades.tobytes()


def test_each_changed_trade_is_that_of_a_replay_with_the_change(followed) -> None:
    own, found = followed
    compared = 0
    states = initial_state(own.settings)
    made = forks(own.table, own.span[0], own.params, states, found.decided)
    for place, fork in enumerate(made):
        if fork.states["side"][0] != 0:
            continue  # the position before ends with the same bar
        for change in found.changes:
            changed = Market(change.settings, own.rows, (fork.row, own.span[1]))
            # The account of the run, in a replay that begins with the decision.
            again = replay(
                own.table, whole(*changed.span), fork.row, changed.params, fork.states.copy()
            )
            first = trades_of(again.events, SPREAD)[:1]
            assert found.changed[change.name][place : place + 1].tobytes() == first.tobytes()
            compared += 1
    assert compared >= 5


def test_a_trade_is_that_of_a_run_with_its_cash_and_start() -> None:
    own = market()
    found = what_if(own)
    states = initial_state(own.settings)
    made = forks(own.table, own.span[0], own.params, states, found.decided)
    for place, fork in enumerate(made):
        if int(fork.states["side"][0]) != 0:
            continue
        cash = float(fork.states["cash"][0])
        settings = load_settings(
            "ETH_comprehensive", "DEMO",
            [f"account.initial_cash={cash!r}", "risk.stop_buffer_multiplier=4.0"],
        )  # fmt: skip
        alone = prepare(settings, BARS, None, None)
        later = visit(replace(alone, span=(fork.row, BARS.size)), None)
        first = trades_of(later.events, SPREAD)[0]
        ours = found.changed["stop_double"][place]
        for name in TRADE.names or ():
            if name != "position":
                assert ours[name] == first[name], name


def test_a_flip_is_followed_from_its_own_decision() -> None:
    own = market(*RUNS["flipping"])
    events = visit(own, None).events
    entries = events[(events["kind"] == FILL) & (events["stop_distance"] > 0.0)]
    flips = entries["reason"] == FLIP
    assert flips.sum() > 5
    found = what_if(own)
    half = found.changed["stop_half"]
    assert (half["position"] == found.trades["position"]).all()
    # The same entry at the same price, closer to its stop.
    assert (half["entry_raw"] == found.trades["entry_raw"]).all()
    distance = found.trades["entry_raw"] - found.trades["initial_stop"]
    halved = half["entry_raw"] - half["initial_stop"]
    assert halved == pytest.approx(distance / 2, rel=1e-9)  # of prices beyond 1,000
    # What is ordered does not read these exits: a replay goes on behind the decision with them.
    states = initial_state(own.settings)
    made = forks(own.table, own.span[0], own.params, states, found.decided[flips] + 1)
    exits = [each for each in found.changes if each.name in ("no_partial", "longer_hold")]
    for place, fork in zip(np.flatnonzero(flips).tolist(), made, strict=True):
        for change in exits:
            changed = Market(change.settings, own.rows, own.span)
            span = whole(fork.row, own.span[1])
            again = replay(own.table, span, fork.row, changed.params, fork.states.copy())
            number = found.trades["position"][place]
            # Its order was written before the fork.
            ordered = events[(events["kind"] == ORDER) & (events["position"] == number)][:1]
            own_events = again.events[again.events["position"] == number]
            first = trades_of(np.concatenate([ordered, own_events]), SPREAD)
            assert found.changed[change.name][place : place + 1].tobytes() == first.tobytes()


# --- what was refused ----------------------------------------------------------------------------


def opened_run(own: Market, row: int, opened) -> np.ndarray:
    """The position that a whole replay decides at `row` when that row alone is another."""
    table = own.table.copy()
    table[row] = opened
    done = replay(
        frozen(table), whole(*own.span), own.span[0], own.params, initial_state(own.settings)
    )
    entries = done.events[(done.events["bar"] <= row) & (done.events["kind"] == 1)]
    number = int(entries["position"][-1])
    trades = trades_of(done.events, SPREAD)
    return trades[trades["position"] == number]


def test_a_refused_entry_is_that_of_a_replay_with_its_gate_open() -> None:
    own = market("ETH_comprehensive", SESSION, "fusion.execution_mode=prefilter")
    without = market("ETH_comprehensive", "fusion.execution_mode=prefilter")
    rows, trades = what_if(own).refused["session"]
    assert rows.size > 10
    for row, trade in zip(rows[:25].tolist(), trades[:25], strict=True):
        expected = opened_run(own, row, without.rows.table[row])
        assert trade.tobytes() == expected[0].tobytes()
    # And nothing was passed over: every other bar out of session decides nothing.
    shut = np.flatnonzero(own.rows.table["gate_long"] == 2)
    rng = np.random.default_rng(1)
    for row in rng.choice(np.setdiff1d(shut, rows), 40, replace=False).tolist():
        table = own.table.copy()
        table[row] = without.rows.table[row]
        done = replay(
            frozen(table), whole(*own.span), own.span[0], own.params, initial_state(own.settings)
        )
        assert done.codes[row - own.span[0]] not in (38, 39)


def test_the_schedule_of_an_opened_bar_knows_the_bars_before_it() -> None:
    own = market("ETH_comprehensive", SESSION)
    table, interval = own.table, own.settings.fusion.full_engine_validation_interval_bars
    was_open = (table["gate_long"] == 0) | (table["gate_short"] == 0)
    bucket = own.bars.open_time // (interval * own.bars.timeframe)
    expected = [
        not any(was_open[k] and bucket[k] == bucket[i] for k in range(max(0, i - interval), i))
        for i in range(own.bars.size)
    ]
    assert first_of_bucket(own, was_open).tolist() == expected
    found = what_if(own)
    rows, _ = found.refused["session"]
    assert rows.size
    assert np.array(expected)[rows].all()


def test_a_cool_down_is_open_at_its_bar_alone() -> None:
    own = market("ETH_comprehensive", "safety.cooldown_bars=30")
    found = what_if(own)
    rows, trades = found.refused["cool_down"]
    assert rows.size > 3
    codes = visit(own, None).codes
    assert (codes[rows - own.span[0]] == COOL_DOWN).all()
    states = initial_state(own.settings)
    for place, fork in enumerate(forks(own.table, own.span[0], own.params, states, rows)):
        ready = fork.states.copy()
        ready["cool_until"] = 0
        again = replay(own.table, whole(fork.row, BARS.size), fork.row, own.params, ready)
        assert trades_of(again.events, SPREAD)[:1].tobytes() == trades[place : place + 1].tobytes()


# --- which changes mean something ----------------------------------------------------------------


def test_a_change_that_means_nothing_is_left_out_with_its_reason() -> None:
    bare = load_settings(
        "ETH_comprehensive", "DEMO",
        ["exits.scale_out_rr=null", "exits.trail_atr_mult=null", "exits.max_bars_in_trade=null",
         "risk.stop=structure"],
    )  # fmt: skip
    changes, left_out = changes_of(bare)
    assert [each.name for each in changes] == [AS_IT_WAS, "close_at_1r"]
    assert left_out == {
        "stop_half": "the stop lies behind a swing (risk.stop structure)",
        "stop_double": "the stop lies behind a swing (risk.stop structure)",
        "no_partial": "there is no partial exit",
        "no_trailing": "no stop is trailed",
        "longer_hold": "there is no time stop",
    }
    wide = load_settings("ETH_comprehensive", "DEMO", ["risk.stop_buffer_multiplier=80"])
    assert "risk.stop_buffer_multiplier" in changes_of(wide)[1]["stop_double"]
    full = load_settings("ETH_comprehensive", "DEMO", ["exits.trail_atr_mult=3"])
    assert [each.name for each in changes_of(full)[0]] == [AS_IT_WAS, *NAMES]


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("what_if")
    asked = ("--asset", "DEMO", "--bars", "6000", "--config", "ETH_guarded", "--json")
    told = json.loads(succeed("replay", *asked, "--output-dir", str(folder)))
    return Path(told["directory"])


def test_the_command_writes_a_row_for_each_trade_and_change(stored: Path) -> None:
    text = succeed("whatif", str(stored))
    assert "no_partial" in text
    assert "Entries that one gate or guard alone refused:" in text
    with (stored / "what_if.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = what_if(prepare(load_settings("ETH_guarded", "DEMO"), BARS, None, None))
    own = [row for row in rows if row["kind"] == "trade" and row["what"] == "stop_double"]
    assert [float(row["net"]) for row in own] == found.changed["stop_double"]["net"].tolist()
    away = [row for row in rows if row["kind"] == "refused"]
    assert len(away) == sum(bars.size for bars, _ in found.refused.values())
    told = json.loads(succeed("whatif", str(stored), "--json"))
    assert told["rows"] == len(rows)
    assert told["changes"]["as_it_was"]["trades"] == found.trades.size


def test_the_command_shows_one_position(stored: Path) -> None:
    told = json.loads(succeed("whatif", str(stored), "--position", "2", "--json"))
    assert told["changes"][0]["what"] == AS_IT_WAS
    assert {row["position"] for row in told["changes"]} == {2}
    assert "close_at_1r" in succeed("whatif", str(stored), "--position", "2")
    words = ["--position 9999: the run has positions 1 to"]
    refused("whatif", str(stored), "--position", "9999", says=words)


def test_what_cannot_be_followed_is_refused(stored: Path, tmp_path: Path) -> None:
    refused("whatif", str(stored / "nowhere"), says=["no such folder"])
    two = ("--asset", "DEMO", "--asset", "DEMO2", "--bars", "3000", "--config", "ETH_comprehensive")
    told = json.loads(succeed("replay", *two, "--json", "--output-dir", str(tmp_path)))
    words = ["is a portfolio of DEMO, DEMO2; what-if follows one market"]
    refused("whatif", told["directory"], says=words)

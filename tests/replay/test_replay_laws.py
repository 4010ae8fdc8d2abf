"""What makes a focused replay equal to the full one, each law with a case that breaks it."""

from dataclasses import fields, replace

import numpy as np
import pytest
from plain_strategy import ONLY_MOMENTUM
from replay_states import busy_states

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.experiment import run_experiment, screen_market
from engine.fusion.modes import MODES
from engine.prescreen import rows as rows_module
from engine.prescreen.bound import bounds
from engine.prescreen.rows import build_rows
from engine.prescreen.windows import Windows, around, whole
from engine.replay.loop import advance, close_book, replay
from engine.replay.parameters import parameter_record
from engine.replay.records import (
    COOL_DOWN,
    ENTER_LONG,
    ENTER_SHORT,
    EVENT,
    FILL,
    LOSS_STREAK,
    SLOTS,
    initial_state,
)
from engine.replay.settings import Settings
from engine.review.certificate.states import flat_states, stepped
from engine.settings import override, validate

SIZE = 3_000
BOX = {
    "fusion.entry_threshold_confidence": (0.3, 0.8),
    "fusion.misalignment_penalty": (0.1, 1.0),
    "fusion.entry_threshold_by_regime.trend": (0.25, 0.9),
    "fusion.entry_threshold_by_regime.turmoil": (0.1, 0.7),
}
BUSY = {
    **ONLY_MOMENTUM,
    "fusion.full_engine_validation_interval_bars": 2,
    "gates.session": {"from_hour": 4, "to_hour": 22, "weekdays": ["mon", "tue", "wed", "fri"]},
}
GUARDS = {
    "safety.cooldown_bars": 6,
    "safety.loss_streak_threshold": 3,
    "safety.loss_streak_hours": 900.0,
}


def settings_with(changes):
    return validate(Settings, override({}, {**BUSY, **changes}), "test")


@pytest.fixture(scope="module")
def rows():
    return build_rows(demo_bars(SIZE), settings_with({}))


def in_mode(mode):
    """Changes that bring a mode about, its fast signal ready early in the data."""
    by_regime = {"trend": 0.5, "turmoil": 0.3}
    return GUARDS | {
        "fusion.execution_mode": mode,
        "fast_signals.trend_timeframe": "4h",
        "fusion.entry_threshold_by_regime": by_regime,
    }


@pytest.fixture(scope="module", params=MODES)
def market(request):
    """The changes of a mode, and its rows."""
    changes = in_mode(request.param)
    return changes, build_rows(demo_bars(SIZE), settings_with(changes))


def may_enter(rows, changes):
    return bounds(rows.table, settings_with(changes), True)[2]


LOOSEST = {key: interval[0] for key, interval in BOX.items()}


# --- E1: an entry implies may_enter -----------------------------------------------------------


def unforeseen(rows, changes, may, rng, draws=60):
    """Entries, and entries that `may` excludes, over points of the box and states."""
    entries = surprises = 0
    for k in range(draws):
        point = {key: rng.uniform(*interval) for key, interval in BOX.items()}
        point["execution.fill"] = ("next_open", "close")[k % 2]
        point["safety.loss_streak_threshold"] = k % 4
        at = rng.integers(0, SIZE, 2_000)
        states = busy_states(rng, at, rows.table)
        settings = settings_with({**changes, **point})
        codes = stepped(at, rows.table, states, parameter_record(settings, True))
        for code, bit in ((ENTER_LONG, 1), (ENTER_SHORT, 2)):
            entered = at[codes == code]
            entries += entered.size
            surprises += int((may[entered] & bit == 0).sum())
    return entries, surprises


def test_an_entry_of_any_state_and_point_implies_may_enter(market):
    changes, rows = market
    may = may_enter(rows, {**changes, **LOOSEST})
    entries, surprises = unforeseen(rows, changes, may, np.random.default_rng(1), 120)
    assert entries > 1_000
    assert surprises == 0


@pytest.mark.parametrize("key", BOX)
def test_a_bound_tighter_than_the_box_is_found_out(market, key):
    changes, rows = market
    may = may_enter(rows, {**changes, **LOOSEST, key: BOX[key][1]})
    found = unforeseen(rows, changes, may, np.random.default_rng(1))[1]
    # `advisory` reads no score, so nothing about scores could be too tight.
    assert (found > 0) == (changes["fusion.execution_mode"] != "advisory")


def test_the_bound_of_a_point_is_attained(market):
    """Not merely an upper bound: a flat account with cash enters at every bar of `may_enter`."""
    changes, rows = market
    may = may_enter(rows, changes)
    at = np.flatnonzero(may)
    states = flat_states(np.random.default_rng(2), at, rows.table)
    states["cash"] = 1e5
    states["cool_until"] = states["losses"] = 0
    states["shared_equity"] = 0.0
    codes = stepped(at, rows.table, states, parameter_record(settings_with(changes), True))
    assert at.size > 100
    assert (codes == np.where(may[at] & 1, ENTER_LONG, ENTER_SHORT)).all()


# --- E2: a flat account at a bar that is no candidate -----------------------------------------


def disturbed(market, at, rng):
    """Of 1,000 flat states: how many change a byte, how many codes depend on the state, and how
    often a guard was on.
    """
    changes, rows = market
    params = parameter_record(settings_with(changes), True)
    chosen = rng.choice(at, 1_000)
    states = flat_states(rng, chosen, rows.table)
    before = [state.tobytes() for state in states]
    codes = stepped(chosen, rows.table, states, params)
    changed = sum(a != b.tobytes() for a, b in zip(before, states, strict=True))
    again = stepped(chosen, rows.table, flat_states(rng, chosen, rows.table), params)
    cooling = (codes == COOL_DOWN) | (again == COOL_DOWN)
    guarded = int(cooling.sum()) + int((codes == LOSS_STREAK).sum())
    return changed, int((codes != again)[~cooling].sum()), guarded


def test_a_bar_that_is_no_candidate_leaves_every_byte_of_a_flat_state(market):
    """A cool-down changes the code alone."""
    at = np.flatnonzero(may_enter(market[1], market[0]) == 0)
    changed, differing, guarded = disturbed(market, at, np.random.default_rng(3))
    assert (changed, differing) == (0, 0)
    assert guarded > 50


def test_a_candidate_does_not(market):
    at = np.flatnonzero(may_enter(market[1], market[0]))
    changed, differing, guarded = disturbed(market, at, np.random.default_rng(3))
    assert changed > 100  # those with cash
    assert differing > 100  # enter or no_equity
    assert guarded > 50


# --- the account follows from its events ------------------------------------------------------


@pytest.fixture(scope="module")
def outcome():
    changes = {"costs.slippage_range_bps": 1.0, "risk.stop_buffer_multiplier": 1.0}
    return run_experiment(settings_with(changes), demo_bars(SIZE), None, None, "focused")


def rebuilt_cash(fills, cash):
    """Cash after each fill, from prices, quantities and fees alone."""
    held, found = None, []
    for leg in fills:
        if held is None or leg["position"] != held["position"]:
            held = leg
            cash = cash - leg["fee"]
        else:
            gain = leg["side"] * leg["quantity"] * (leg["price"] - held["price"])
            cash = cash + (gain - leg["fee"])
        found.append(cash)
    return found


def test_the_events_rebuild_the_account_bit_by_bit(outcome):
    fills = outcome.result.fills
    assert len(fills) > 100
    assert rebuilt_cash(fills, 100_000.0) == fills["cash"].tolist()
    assert outcome.result.equity[-1] == fills["cash"][-1]
    wrong = fills.copy()
    wrong["fee"][10] += 1e-6
    assert rebuilt_cash(wrong, 100_000.0) != fills["cash"].tolist()


def test_the_equity_of_a_flat_bar_is_the_cash(outcome):
    fills, equity = outcome.result.fills, outcome.result.equity
    held = np.zeros(equity.size, dtype=bool)
    for trade in outcome.result.trades:
        held[trade["entry_bar"] : trade["exit_bar"]] = True
    last = np.searchsorted(fills["bar"], np.arange(equity.size), side="right") - 1
    cash = np.where(last >= 0, fills["cash"][last], 100_000.0)
    assert 200 < held.sum() < equity.size - 200
    assert equity[~held].tobytes() == cash[~held].tobytes()
    assert (equity[held] != cash[held]).mean() > 0.9


def test_the_equity_of_a_held_bar_is_marked_at_its_close(outcome):
    fills, close = outcome.result.fills, outcome.bars.close
    checked = 0
    for trade in outcome.result.trades:
        legs = fills[fills["position"] == trade["position"]]
        for i in range(int(trade["entry_bar"]), int(trade["exit_bar"])):
            past = legs[legs["bar"] <= i]
            left = past["quantity"][0] - past["quantity"][1:].sum()
            marked = past["cash"][-1] + trade["side"] * left * (close[i] - trade["entry_price"])
            # The engine subtracts the legs one by one.
            assert outcome.result.equity[i] == pytest.approx(marked, rel=1e-14)
            checked += 1
    assert checked > 200


# --- start shift ------------------------------------------------------------------------------

STARTS = ["2023-02-10", "2023-03-01T07:00:00Z", "2023-04-15"]


@pytest.mark.parametrize("start", STARTS)
def test_a_later_start_gives_the_same_rows_candidates_and_flat_decisions(start):
    bars, settings = demo_bars(SIZE), settings_with({})
    every = run_experiment(settings, bars, None, None, "full")
    later = run_experiment(settings, bars, start, None, "full")
    first = later.replayed.first
    assert first > 500
    assert later.rows.table.tobytes() == every.rows.table.tobytes()
    lines = every.candidates.text.splitlines()
    assert later.candidates.text.splitlines() == lines[len(lines) - later.candidates.bar.size :]
    flat = flat_bars(every)[first:] & flat_bars(later)
    assert flat.sum() > 200
    assert (every.replayed.codes[first:][flat] == later.replayed.codes[flat]).all()


def flat_bars(outcome):
    """bool: neither held at the close nor left in the bar."""
    flat = np.ones(outcome.size, dtype=bool)
    for trade in outcome.result.trades:
        flat[trade["entry_bar"] - outcome.replayed.first :][
            : trade["exit_bar"] - trade["entry_bar"] + 1
        ] = False
    return flat


# --- prefix and poison ------------------------------------------------------------------------


def cut(bars: Bars, stop: int) -> Bars:
    arrays = {
        each.name: getattr(bars, each.name)[:stop].copy()
        for each in fields(bars)
        if isinstance(getattr(bars, each.name), np.ndarray)
    }
    return replace(bars, **arrays)


def poisoned(bars: Bars, stop: int, value: float) -> Bars:
    arrays = {
        name: getattr(bars, name).copy() for name in ("open", "high", "low", "close", "volume")
    }
    for array in arrays.values():
        array[stop:] = value
    return replace(bars, **arrays)


def seen_until(bars: Bars, stop: int):
    settings = settings_with({"gates.atr_percentile": {"floor": 0.05, "cap": 0.95}})
    table = build_rows(bars, settings).table
    return table[:stop].tobytes(), *(
        each[:stop].tobytes() for each in bounds(table, settings, True)
    )


CUTS = [1_201, 1_320, 2_047]  # inside and at the edge of 4 h and 1 d buckets


@pytest.mark.parametrize("stop", CUTS)
def test_no_row_knows_what_comes_after_it(stop):
    bars = demo_bars(SIZE)
    known = seen_until(bars, stop)
    assert seen_until(cut(bars, stop), stop) == known
    for value in (float("nan"), float("inf"), 1e-300, 1e12):
        assert seen_until(poisoned(bars, stop, value), stop) == known


def test_a_row_that_peeks_is_found_out(monkeypatch):
    honest = rows_module.misaligned_sides
    monkeypatch.setattr(
        rows_module, "misaligned_sides", lambda *given: np.roll(honest(*given), -24)
    )
    bars = demo_bars(SIZE)
    found = [seen_until(bars, k) != seen_until(cut(bars, k), k) for k in range(800, 2_800, 97)]
    assert any(found)


@pytest.mark.parametrize("stop", CUTS)
def test_the_replay_of_a_prefix_is_the_prefix_of_the_replay(rows, stop):
    """Up to what the end of data adds on the last bar."""
    settings = settings_with({})
    params = parameter_record(settings, True)
    short = replay(rows.table[:stop], whole(0, stop), 0, params, initial_state(settings))
    long = replay(rows.table, whole(0, SIZE), 0, params, initial_state(settings))
    assert short.codes.tobytes() == long.codes[:stop].tobytes()
    assert short.equity[:-1].tobytes() == long.equity[: stop - 1].tobytes()
    ours, theirs = (each.events[each.events["bar"] < stop - 1] for each in (short, long))
    assert ours.size > 50
    assert ours.tobytes() == theirs.tobytes()


# --- restart ----------------------------------------------------------------------------------


def in_chunks(table, windows, edges, settings, reload):
    """`replay` with the state and the cursor carried over the edges, reloaded from bytes."""
    params, states = parameter_record(settings, True), initial_state(settings)
    equity = np.empty(table.size)
    codes = np.zeros(table.size, dtype=np.uint8)
    events = np.zeros(2_048, dtype=EVENT)
    cursor = np.zeros(3, dtype=np.int64)
    for edge in edges:
        part = slice(0, edge)
        advance(
            table[part], windows.starts, windows.ends, cursor, params, states, equity[part],
            codes[part], events,
        )  # fmt: skip
        states = reload(states)
    close_book(table, cursor, params, states, equity, events)
    return events[: cursor[2]].tobytes(), equity.tobytes(), codes.tobytes()


def from_bytes(states):
    return np.frombuffer(states.tobytes(), dtype=states.dtype).copy()


def forgetful(states):
    copy = from_bytes(states)
    copy["order_side"] = 0
    return copy


@pytest.fixture(scope="module")
def chunked(rows):
    settings = settings_with({})
    found = np.flatnonzero(bounds(rows.table, settings, True)[2])
    windows = around(found, 3, 0, SIZE)
    params = parameter_record(settings, True)
    once = replay(rows.table, windows, 0, params, initial_state(settings))
    return settings, windows, (once.events.tobytes(), once.equity.tobytes(), once.codes.tobytes())


@pytest.mark.parametrize("length", [1, 7, 500, SIZE])
def test_a_replay_in_chunks_is_the_replay_in_one(rows, chunked, length):
    settings, windows, once = chunked
    edges = [*range(length, SIZE, length), SIZE]
    assert in_chunks(rows.table, windows, edges, settings, from_bytes) == once


def test_a_state_that_loses_an_order_between_chunks_is_found_out(rows, chunked):
    settings, windows, once = chunked
    assert in_chunks(rows.table, windows, range(1, SIZE + 1), settings, forgetful) != once


def test_the_event_table_grows_without_losing_an_event(rows):
    """A buffer with room for two steps is handed back full and taken again."""
    settings = settings_with({})
    params, states = parameter_record(settings, True), initial_state(settings)
    full = replay(rows.table, whole(0, SIZE), 0, params, initial_state(settings))
    every, calls = whole(0, SIZE), 0
    equity, codes = np.empty(SIZE), np.zeros(SIZE, dtype=np.uint8)
    events, cursor = np.zeros(2 * SLOTS, dtype=EVENT), np.zeros(3, dtype=np.int64)
    found = []
    while cursor[0] < SIZE:
        advance(rows.table, every.starts, every.ends, cursor, params, states, equity, codes, events)
        found.append(events[: cursor[2]].copy())
        cursor[2] = 0
        calls += 1
    close_book(rows.table, cursor, params, states, equity, events)
    found.append(events[: cursor[2]].copy())
    assert calls > 20
    assert np.concatenate(found).tobytes() == full.events.tobytes()
    assert equity.tobytes() == full.equity.tobytes()


def test_windows_behind_the_end_of_a_table_are_left_alone(rows):
    """Nothing may be written behind the arrays of a shorter range."""
    settings = settings_with({})
    params, states = parameter_record(settings, True), initial_state(settings)
    guarded = np.full(200, -7.0)
    starts, ends = np.array([150]), np.array([160])
    cursor = np.zeros(3, dtype=np.int64)
    codes, events = np.zeros(100, dtype=np.uint8), np.zeros(64, dtype=EVENT)
    advance(rows.table[:100], starts, ends, cursor, params, states, guarded[:100], codes, events)
    assert cursor.tolist() == [100, 0, 0]
    assert (guarded[:100] == 100_000).all()
    assert (guarded[100:] == -7).all()


def test_a_screen_and_a_run_agree_on_the_candidates(outcome):
    """`screen_market` is what the run screens for itself."""
    found = screen_market(outcome.settings, outcome.bars, None, None)
    assert found.text == outcome.candidates.text
    assert found.bar.tobytes() == outcome.candidates.bar.tobytes()
    entries = outcome.result.fills
    entries = entries[(entries["kind"] == FILL) & (entries["stop_distance"] > 0)]
    assert set((entries["bar"] - 1).tolist()) <= set(found.bar.tolist())
    assert isinstance(outcome.windows, Windows)

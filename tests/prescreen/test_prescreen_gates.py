"""Stateless gates on hand-made bars: when they shut, what code they leave, in which order."""

from datetime import UTC, datetime

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.errors import SettingsError
from engine.features.columns import Columns
from engine.fusion.fuse import LONG_BIT
from engine.prescreen.gates import (
    BOTH,
    GATES,
    Gate,
    GateInput,
    GateSettings,
    active_gates,
    gate_codes,
)
from engine.prescreen.rows import build_rows, columns_read
from engine.prescreen.settings import ScreenSettings
from engine.settings import validate

HOUR = 3_600 * 10**9


def ns(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def hours(start, count):
    """`count` hourly bars; the first one closes at `start`."""
    price = np.ones(count)
    times = ns(start) - HOUR + HOUR * np.arange(count, dtype=np.int64)
    return Bars(
        "T", HOUR, "T", True, times, price, price.copy(), price.copy(), price.copy(), price.copy()
    )


def given_input(bars, tz="UTC", warmup=0, rank=None, fired=None, macro=None):
    rank = np.full(bars.size, 0.5) if rank is None else rank
    columns = Columns(("atr_rank_100",), warmup, {"atr_rank_100": rank})
    macro = np.zeros(bars.size, dtype=np.uint8) if macro is None else np.array(macro, "u1")
    given = GateInput(bars, columns, warmup, tz, macro, ())
    if fired is not None:
        vars(given)["fired"] = np.array(fired)
    return given


def codes(bars, tree, tz="UTC", warmup=0, rank=None):
    settings = validate(ScreenSettings, {"gates": tree}, "test")
    long, short = gate_codes(given_input(bars, tz, warmup, rank), settings)
    assert long.tolist() == short.tolist()  # none of these gates knows sides
    return long.tolist()


def test_without_gates_only_the_warm_up_shuts():
    assert codes(hours("2024-01-01T00:00", 5), {}, warmup=2) == [1, 1, 0, 0, 0]


def test_the_session_is_judged_at_the_close_from_inclusive_to_exclusive():
    bars = hours("2024-01-01T06:00", 5)  # closes at 6, 7, 8, 9, 10
    assert codes(bars, {"session": {"from_hour": 7, "to_hour": 9}}) == [2, 0, 0, 2, 2]


def test_the_weekday_is_that_of_the_close():
    bars = hours("2024-01-05T22:00", 4)  # Friday 22:00 … Saturday 01:00
    assert codes(bars, {"session": {"weekdays": ["fri"]}}) == [0, 0, 2, 2]
    assert codes(bars, {"session": {"weekdays": ["sat", "sun"]}}) == [2, 2, 0, 0]


@pytest.mark.parametrize(
    ("first_close", "expected"),
    [
        ("2024-03-29T13:00", [2, 0, 2]),  # Friday before summer time: 15:00 in Berlin is 14:00 UTC
        ("2024-04-01T13:00", [0, 2, 2]),  # Monday after it: 13:00 UTC
        ("2024-10-25T13:00", [0, 2, 2]),
        ("2024-10-28T13:00", [2, 0, 2]),
    ],
)
def test_the_session_follows_the_clocks_of_its_zone(first_close, expected):
    session = {"session": {"from_hour": 15, "to_hour": 16}}
    assert codes(hours(first_close, 3), session, tz="Europe/Berlin") == expected


def test_the_weekday_is_local_too():
    bars = hours("2024-01-05T22:30", 3)  # Friday 23:30, Saturday 00:30, 01:30 in Berlin
    assert codes(bars, {"session": {"weekdays": ["fri"]}}, tz="Europe/Berlin") == [0, 2, 2]


def test_the_percentile_bounds_are_inclusive_and_nan_is_shut():
    rank = np.array([0.09, 0.1, 0.5, 0.9, 0.91, np.nan])
    bars = hours("2024-01-01T00:00", 6)
    gate = {"atr_percentile": {"floor": 0.1, "cap": 0.9}}
    assert codes(bars, gate, rank=rank) == [3, 0, 0, 0, 3, 3]


def test_the_first_gate_in_catalogue_order_gives_its_code():
    tree = {
        "session": {"from_hour": 2, "to_hour": 24},
        "atr_percentile": {"floor": 0.4, "cap": 0.9},
    }
    rank = np.array([0.0, 0.0, 0.0, 0.5])
    bars = hours("2024-01-01T00:00", 4)
    assert codes(bars, tree, warmup=1, rank=rank) == [1, 2, 3, 0]


def test_a_gate_of_one_side_leaves_the_other_to_the_next(monkeypatch):
    def always(settings):
        return True

    shut_long = Gate(
        4, "one", (), always, lambda given, _: np.full(given.bars.size, LONG_BIT, "u1")
    )
    shut_both = Gate(5, "two", (), always, lambda given, _: np.full(given.bars.size, BOTH, "u1"))
    monkeypatch.setattr(GateSettings, "catalogue", (shut_long, shut_both))
    long, short = gate_codes(given_input(hours("2024-01-01T00:00", 1)), ScreenSettings())
    assert (long.tolist(), short.tolist()) == ([4], [5])


def test_absent_gates_are_not_there_and_read_nothing():
    assert [gate.name for gate, _ in active_gates(ScreenSettings())] == ["warmup"]
    tree = {"atr_percentile": {"floor": 0.1, "cap": 0.9}}
    gated = validate(ScreenSettings, {"gates": tree}, "test")
    assert [gate.name for gate, _ in active_gates(gated)] == ["warmup", "atr_percentile"]
    # Read by the regimes in any case: a gate cannot move the warm-up.
    assert set(active_gates(gated)[1][0].columns) <= set(columns_read(ScreenSettings(), True))


def test_the_warm_up_reads_no_more_than_the_mode_needs():
    """The fast signal's daily averages are read only where it decides."""
    fast = {"fusion": {"execution_mode": "advisory"}}
    names = columns_read(validate(ScreenSettings, fast, "test"), True)
    assert "sma_50@1d" in names
    assert "sma_50@1d" not in columns_read(ScreenSettings(), True)


def test_each_side_alone_is_shut_by_entry_sides():
    bars = hours("2024-01-01T00:00", 2)
    for only, expected in (("long", ([0, 0], [5, 5])), ("short", ([5, 5], [0, 0]))):
        settings = validate(ScreenSettings, {"entries": {"sides": only}}, "test")
        long, short = gate_codes(given_input(bars), settings)
        assert (long.tolist(), short.tolist()) == expected


@pytest.mark.parametrize(
    ("within", "shut"),
    [
        (1, [6, 6, 0, 6, 6, 6, 0, 6]),
        (2, [6, 6, 0, 0, 6, 6, 0, 0]),
        (3, [6, 6, 0, 0, 0, 6, 0, 0]),
        (100, [6, 6, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_a_sentinel_opens_its_own_bar_and_the_next(within, shut):
    """Which sentinel it was does not matter; before the first one everything is shut."""
    fired = [0, 0, 4, 0, 0, 0, 1, 0]
    tree = {"entries": {"require_sentinel_within_bars": within}}
    given = given_input(hours("2024-01-01T00:00", 8), fired=fired)
    long, short = gate_codes(given, validate(ScreenSettings, tree, "test"))
    assert long.tolist() == short.tolist() == shut


def test_a_sentinel_requirement_without_sentinels_is_refused():
    tree = {"entries": {"require_sentinel_within_bars": 3}, "batch_mode": {"sentinels": []}}
    with pytest.raises(SettingsError, match="require_sentinel_within_bars"):
        validate(ScreenSettings, tree, "test")


def test_the_sentinel_gate_of_a_run_is_that_of_its_selected_sentinels():
    tree = {
        "entries": {"require_sentinel_within_bars": 4},
        "batch_mode": {"sentinels": ["sma20_cross"]},
    }
    rows = build_rows(demo_bars(3_000), validate(ScreenSettings, tree, "test"))
    live = np.arange(rows.warmup, 3_000)
    recent = [bool((rows.fired[max(i - 3, 0) : i + 1] != 0).any()) for i in live]
    assert ((rows.table["gate_long"][live] == 0) == recent).all()
    assert 100 < sum(recent) < live.size - 100


@pytest.mark.parametrize(
    ("tree", "word"),
    [
        ({"session": {"from_hour": 9, "to_hour": 9}}, "below to_hour"),
        ({"session": {"weekdays": []}}, "weekdays is empty"),
        ({"session": {"weekdays": ["monday"]}}, "weekdays"),
        ({"session": {"from_hour": 24}}, "from_hour"),
        ({"atr_percentile": {"floor": 0.9, "cap": 0.9}}, "below cap"),
        ({"atr_percentile": {"cap": 1.1}}, "cap"),
    ],
)
def test_gates_that_cannot_be_are_refused(tree, word):
    with pytest.raises(SettingsError, match=word):
        validate(GateSettings, tree, "test")


def test_no_shipped_gate_is_always_open_or_always_shut():
    """On the demo market, after the warm-up."""
    options = {
        "warmup": {},
        "session": {"gates": {"session": {"from_hour": 8, "to_hour": 20}}},
        "atr_percentile": {"gates": {"atr_percentile": {"cap": 0.8}}},
        "no_sentinel": {"entries": {"require_sentinel_within_bars": 4}},
    }
    # entry_sides shuts one side for good, which is its point; macro has tests of its own.
    assert {gate.name for gate in GATES} == {*options, "entry_sides", "macro"}
    for gate in GATES:
        if gate.name in options:
            settings = validate(ScreenSettings, options[gate.name], "test")
            rows = build_rows(demo_bars(3_000), settings)
            assert 0 < (rows.table["gate_long"] == gate.code).sum() < 3_000

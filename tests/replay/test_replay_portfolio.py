"""Several assets by hand: order of events, what each may know of the others, limits, clocks."""

import numpy as np
import pytest
from replay_tables import Bar, codes, fills, row_table, settings_with, still

from engine.prescreen.windows import Windows, around, inside, whole
from engine.replay.clock import merged_clock
from engine.replay.parameters import parameter_record
from engine.replay.portfolio import PortfolioReplay, replay_together
from engine.replay.records import EVENT_NAMES, initial_state

LONG = still(100, 0.5)
ENTER = [LONG, still(100), still(100), still(100)]  # holds 500 units from row 1 on
WAIT = [still(100)] * 4
LATER = [still(100), LONG, still(100), still(100)]
HALF = {"account.initial_cash": 50_000.0}


def together(paths, changes=None, times=None, windows=None) -> PortfolioReplay:
    """Replay hand-made paths; times: hours at which the bars of each open."""
    settings = settings_with(changes)
    tables = [row_table(path) for path in paths]
    hours = [np.arange(len(path)) for path in paths] if times is None else times
    clock = merged_clock([np.asarray(own, dtype=np.int64) for own in hours], [0] * len(paths))
    params = np.concatenate([parameter_record(settings, True)] * len(paths))
    states = np.concatenate([initial_state(settings)] * len(paths))
    focus = windows or whole(0, clock.open_time.size)
    return replay_together(tables, clock, focus, params, states)


def story(done: PortfolioReplay) -> list[tuple[int, int, str]]:
    """(bar, asset, kind) of every event in step order."""
    events = done.events
    kinds = [EVENT_NAMES[kind] for kind in events["kind"]]
    return list(zip(events["bar"].tolist(), events["asset"].tolist(), kinds, strict=True))


def code_at(done: PortfolioReplay, asset: int, bar: int) -> str:
    return codes(done.own[asset])[bar]


def test_at_one_stamp_all_fills_come_before_all_decisions():
    held = [LONG, Bar(100, 100, 90, 95), LONG, still(100)]  # stopped in row 1
    done = together([held, held], HALF)
    assert story(done)[:6] == [
        (0, 0, "order"),
        (0, 1, "order"),
        (1, 0, "fill"),
        (1, 1, "fill"),
        (1, 0, "fill"),
        (1, 1, "fill"),
    ]
    assert [row[:2] for row in story(done)[6:8]] == [(2, 0), (2, 1)]


def test_fills_at_the_close_come_after_all_decisions():
    done = together([ENTER, ENTER], {**HALF, "execution.fill": "close"})
    assert story(done)[:4] == [
        (0, 0, "order"),
        (0, 1, "order"),
        (0, 0, "fill"),
        (0, 1, "fill"),
    ]


def test_the_first_of_the_configuration_takes_the_only_place():
    done = together([ENTER, ENTER], {"portfolio.max_positions": 1})
    assert code_at(done, 0, 0) == "enter_long"
    assert code_at(done, 1, 0) == "portfolio_positions"
    assert fills(done.own[1]) == []


def test_a_place_is_taken_until_the_position_is_closed():
    stopped = [LONG, still(100), Bar(100, 100, 97, 99), still(99), still(99)]
    keen = [still(100), LONG, LONG, LONG, still(100)]
    done = together([stopped, keen], {"portfolio.max_positions": 1})
    assert codes(done.own[1]) == [
        "portfolio_positions",
        "portfolio_positions",
        "enter_long",  # the stop of row 2 was managed before this decision
        "in_position",
        "in_position",
    ]


def test_a_flip_needs_no_second_place():
    flips = [LONG, still(100), still(100, -0.5), still(100), still(100)]
    done = together([flips, [still(100)] * 5], {"portfolio.max_positions": 1})
    assert [reason for _, reason, *_ in fills(done.own[0])] == [
        "entry",
        "flip",
        "flip",
        "end_of_data",
    ]


@pytest.mark.parametrize(
    ("limit", "allowed"),
    [(0.0199, "portfolio_risk"), (0.0201, "enter_long"), (None, "enter_long")],
)
def test_total_risk_counts_what_is_ordered(limit, allowed):
    """Each entry risks 0.01 of 100,000; the portfolio has two sub-accounts of 100,000 here."""
    share = None if limit is None else limit / 2
    done = together([ENTER, ENTER], {"portfolio.max_total_risk": share})
    assert code_at(done, 0, 0) == "enter_long"
    assert code_at(done, 1, 0) == allowed


def test_total_risk_falls_when_the_stop_is_moved_to_the_entry():
    rises = [LONG, still(100), Bar(100, 103, 100, 103), still(103), still(103)]
    keen = [still(100), still(100), LONG, LONG, still(100)]
    changes = {"portfolio.max_total_risk": 0.006, "exits.breakeven_rr": 1.0}
    assert code_at(together([rises, keen], changes), 1, 2) == "enter_long"
    risky = {"portfolio.max_total_risk": 0.006}
    assert code_at(together([rises, keen], risky), 1, 2) == "portfolio_risk"


@pytest.mark.parametrize(("limit", "allowed"), [(0.49, "portfolio_notional"), (0.51, "enter_long")])
def test_total_notional(limit, allowed):
    """500 units at 100 each, of two sub-accounts of 100,000."""
    done = together([ENTER, ENTER], {"portfolio.max_total_notional": limit})
    assert code_at(done, 1, 0) == allowed


def test_a_limit_binds_an_asset_alone_too():
    done = together([ENTER], {"portfolio.max_total_notional": 0.49})
    assert code_at(done, 0, 0) == "portfolio_notional"


def test_a_shared_account_sizes_by_the_profit_of_all():
    rises = [LONG, still(100), still(110), still(110)]
    changes = {"portfolio.capital": "shared"}
    alone = together([rises, [still(100)] * 2 + [LONG, still(100)]], {})
    shared = together([rises, [still(100)] * 2 + [LONG, still(100)]], changes)
    assert fills(alone.own[1])[0][3] == 500.0
    # 500 units won 10 each by the decision: 105,000 · 0.01 / 2
    assert fills(shared.own[1])[0][3] == 525.0


def test_a_shared_account_has_its_margin_once():
    """Two positions of 50,000 with leverage 0.75: the second finds 33,333 of margin free."""
    changes = {"portfolio.capital": "shared", "account.leverage": 0.75}
    done = together([ENTER, ENTER], changes)
    assert fills(done.own[0])[0][3] == 500.0
    assert fills(done.own[1])[0][3] == pytest.approx((100_000 - 50_000 / 0.75) * 0.75 / 100)
    apart = together([ENTER, ENTER], {"account.leverage": 0.75})
    assert fills(apart.own[1])[0][3] == 500.0


def test_an_asset_without_a_bar_keeps_its_last_price():
    """The second market sleeps while the first, shared, goes on sizing by what it was worth."""
    holds = [LONG, still(100), still(104)]
    other = [still(100)] * 4 + [LONG, still(100)]
    times = [[0, 1, 2], [0, 1, 2, 3, 4, 5]]
    done = together([holds, other], {"portfolio.capital": "shared"}, times)
    assert fills(done.own[1])[0][3] == pytest.approx(102_000 * 0.01 / 2)
    # Its data ended in hour 2: closed there, and flat from then on.
    assert fills(done.own[0])[-1][:2] == (2, "end_of_data")
    assert done.equity[:, 0].tolist() == [100_000.0] * 2 + [102_000.0] * 4


def test_an_order_waits_for_the_next_bar_of_its_own_market():
    times = [[0, 1, 2, 3], [0, 5, 6, 7]]
    done = together([WAIT, ENTER], {}, times)
    assert fills(done.own[1])[0][:2] == (1, "entry")
    assert done.clock.open_time.tolist() == [0, 1, 2, 3, 5, 6, 7]
    assert done.clock.rows[:, 1].tolist() == [0, -1, -1, -1, 1, 2, 3]


def test_deadlines_count_the_rows_of_their_own_market():
    times = [[0, 1, 2, 3, 4, 5], [0, 3, 4, 5]]
    done = together([[still(100)] * 6, ENTER], {"exits.max_bars_in_trade": 2}, times)
    assert fills(done.own[1])[-1][:2] == (3, "time_stop")


def test_skipped_stamps_are_flat_and_change_nothing():
    paths = [[*WAIT, *ENTER], [*WAIT, *LATER]]
    full = together(paths, {"exits.max_bars_in_trade": 1})
    focus = Windows(np.array([4]), np.array([6]))
    focused = together(paths, {"exits.max_bars_in_trade": 1}, windows=focus)
    assert focused.events.tobytes() == full.events.tobytes()
    assert focused.equity.tobytes() == full.equity.tobytes()
    assert codes(focused.own[0])[:4] == [""] * 4
    assert (full.own[0].codes != 0).all()


def test_the_union_of_windows_by_brute_force():
    rng = np.random.default_rng(1)
    for _ in range(200):
        times = [np.unique(rng.integers(0, 60, 25)) for _ in range(3)]
        firsts = rng.integers(0, 5, 3).tolist()
        clock = merged_clock(times, firsts)
        windows = [
            around(
                np.unique(rng.integers(f, f + t.size, 3)), int(rng.integers(0, 3)), f, f + t.size
            )
            for t, f in zip(times, firsts, strict=True)
        ]
        windows[int(rng.integers(3))] = around(np.empty(0, dtype=np.int64), 1, 0, 9)
        expected = [
            any(row >= 0 and inside(own, 100)[row] for own, row in zip(windows, rows, strict=True))
            for rows in clock.rows.tolist()
        ]
        assert inside(clock.union(windows), clock.open_time.size).tolist() == expected

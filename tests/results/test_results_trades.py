"""Events → trades → metrics, by hand; and a replay whose equity does not follow is refused."""

from dataclasses import replace

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.errors import BarsieveError
from engine.experiment import run_experiment
from engine.inputs import load_settings
from engine.kernel import Table
from engine.replay.records import (
    DROP,
    ENTRY,
    EVENT,
    FILL,
    FLIP,
    FUNDING,
    FUNDING_PAID,
    ORDER,
    PARTIAL,
    STOP,
    TARGET,
    TIME_STOP,
)  # fmt: skip
from engine.results.metrics import PROFIT_FACTOR_CAP, max_drawdown, metrics, profit_factor
from engine.results.outcome import Outcome
from engine.results.recall import Recall, recall
from engine.results.result import result_of
from engine.results.summary import exit_counts, result_rows
from engine.results.trades import bars_held, trades_of


def event(
    kind: int, reason: int, bar: int, position: int, side: int,
    raw: float = 0.0, price: float = 0.0, quantity: float = 0.0, fee: float = 0.0,
    stop_distance: float = 0.0, best: float = 0.0, worst: float = 0.0,
) -> Table:  # fmt: skip
    one = np.zeros(1, dtype=EVENT)
    values = {
        "kind": kind, "reason": reason, "bar": bar, "position": position, "side": side,
        "raw_price": raw, "price": price, "quantity": quantity, "fee": fee,
        "stop_distance": stop_distance, "best": best, "worst": worst,
    }  # fmt: skip
    for name, value in values.items():
        one[name] = value
    return one


# A long of 2 at 100 (paid 101), half sold at 110 (109), funding on the rest,
# which is sold at 120 (119); an order that was
# dropped; a short of 1 at 120 (119), flipped at 126 (127) into a long, stopped at 120 (119).
EVENTS = np.concatenate(
    [
        event(ORDER, ENTRY, 4, 1, 1, 100, 100, 2),
        event(FILL, ENTRY, 5, 1, 1, 100, 101, 2, fee=0.5, stop_distance=10),
        event(FILL, PARTIAL, 7, 1, 1, 110, 109, 1, fee=0.25, best=110, worst=96),
        event(FUNDING, FUNDING_PAID, 8, 1, 1, 112, 112, 1, fee=0.125),
        event(FILL, TARGET, 9, 1, 1, 120, 119, 1, fee=0.25, best=120, worst=96),
        event(ORDER, ENTRY, 10, 2, -1, 120, 120, 1),
        event(DROP, ENTRY, 11, 2, -1, 120, 120, 1),
        event(FILL, ENTRY, 12, 2, -1, 120, 119, 1, fee=0.5, stop_distance=8),
        event(FILL, FLIP, 15, 2, -1, 126, 127, 1, fee=0.5, best=118, worst=126),
        event(FILL, FLIP, 15, 3, 1, 126, 127, 1, fee=0.5, stop_distance=6),
        event(FILL, STOP, 15, 3, 1, 120, 119, 1, fee=0.5, best=126, worst=120),
    ]
)


def test_trades_of_legs_and_of_a_flip() -> None:
    trades = trades_of(EVENTS)
    columns = {name: trades[name].tolist() for name in trades.dtype.names}
    assert columns == {
        "position": [1, 2, 3],
        "side": [1, -1, 1],
        "entry_bar": [5, 12, 15],
        "exit_bar": [9, 15, 15],
        "quantity": [2.0, 1.0, 1.0],
        "entry_raw": [100.0, 120.0, 126.0],
        "entry_price": [101.0, 119.0, 127.0],
        "exit_price": [114.0, 127.0, 119.0],
        "initial_stop": [90.0, 128.0, 120.0],
        "gross": [26.0, -8.0, -8.0],
        "fees": [1.0, 1.0, 1.0],
        "net": [24.875, -9.0, -9.0],
        "raw_profit": [30.0, -6.0, -6.0],
        "r": [1.5, -0.75, -1.0],
        "mae": [-0.4, -0.75, -1.0],
        "mfe": [2.0, 0.25, 0.0],
        "funding": [0.125, 0.0, 0.0],
        "legs": [2, 1, 1],
        "reason": [TARGET, FLIP, STOP],
    }


def test_no_fill_is_no_trade() -> None:
    assert trades_of(EVENTS[:0]).size == 0
    assert trades_of(EVENTS[5:7]).size == 0


def test_metrics_by_hand() -> None:
    equity = np.full(20, 1000.0)
    equity[6:9], equity[9:15], equity[15:] = 1040.0, 1025.0, 1007.0
    trades = trades_of(EVENTS)
    found = metrics(trades, equity, 1000.0, bars_held(trades), both_touched=1)
    assert (found.trades, found.long_trades, found.short_trades) == (3, 2, 1)
    assert found.net_return == pytest.approx(0.007, abs=1e-15)
    assert found.win_rate == 1 / 3
    assert found.profit_factor == 30.0 / 12.0
    assert found.average_r == pytest.approx((1.5 - 0.75 - 1.0) / 3, abs=1e-15)
    assert found.max_drawdown == (1040.0 - 1007.0) / 1040.0
    assert found.exposure == (4 + 3 + 0) / 20
    assert found.fees == 3.0
    assert found.both_touched == 1


def test_metrics_without_a_trade() -> None:
    found = metrics(trades_of(EVENTS[:0]), np.full(5, 1000.0), 1000.0, 0, 0)
    rates = (found.net_return, found.win_rate, found.profit_factor, found.average_r)
    assert rates == (0.0, 0.0, 0.0, 0.0)
    assert (found.trades, found.max_drawdown, found.exposure, found.fees) == (0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("profits", "factor"),
    [
        ([], 0.0),
        ([0.0], 0.0),
        ([-1.0], 0.0),
        ([3.0], PROFIT_FACTOR_CAP),
        ([3.0, 0.0], PROFIT_FACTOR_CAP),
        ([3.0, -2.0], 1.5),
        ([1000.0, -1.0], PROFIT_FACTOR_CAP),
    ],
)
def test_profit_factor(profits: list[float], factor: float) -> None:
    assert profit_factor(np.array(profits)) == factor


@pytest.mark.parametrize(
    ("equity", "drawdown"),
    [
        ([100.0, 101.0, 102.0], 0.0),
        ([90.0, 95.0, 99.0], 0.1),  # the initial cash is the first peak
        ([200.0, 150.0, 300.0, 240.0], 0.25),
        ([50.0, -50.0], 1.5),
    ],
)
def test_max_drawdown(equity: list[float], drawdown: float) -> None:
    assert max_drawdown(np.array(equity), 100.0) == pytest.approx(drawdown, abs=1e-15)


# --- a whole run ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    settings = load_settings("ETH_comprehensive", "DEMO")
    return run_experiment(settings, demo_bars(4_000), None, None)


def test_trades_cash_and_equity_tell_the_same_story(outcome: Outcome) -> None:
    result = outcome.result
    assert result.trades.size > 10
    initial = outcome.settings.account.initial_cash
    assert result.equity[-1] == pytest.approx(initial + result.trades["net"].sum(), abs=1e-6)
    assert result.fills["cash"][-1] == result.equity[-1]
    assert result.orders.size + result.drops.size + result.fills.size == result.events.size


def test_a_replay_that_does_not_reconcile_is_refused(outcome: Outcome) -> None:
    good, fills = outcome.replayed, outcome.result.fills
    tolerance = 1e-9 * (1.0 + float((fills["price"] * fills["quantity"]).sum()))
    equity = good.equity.copy()
    equity[-1] += 0.9 * tolerance
    result_of(replace(good, equity=equity), outcome.bars, outcome.settings)
    equity[-1] += 0.2 * tolerance
    with pytest.raises(BarsieveError, match="internal error: the last equity"):
        result_of(replace(good, equity=equity), outcome.bars, outcome.settings)
    equity[-1] = np.nan
    with pytest.raises(BarsieveError, match="internal error"):
        result_of(replace(good, equity=equity), outcome.bars, outcome.settings)
    events = good.events.copy()
    events["fee"][np.flatnonzero(events["kind"] == FILL)[0]] += 1.1 * tolerance
    with pytest.raises(BarsieveError, match="please report it"):
        result_of(replace(good, events=events), outcome.bars, outcome.settings)
    assert result_of(good, outcome.bars, outcome.settings).digest() == outcome.result.digest()


def test_the_digest_covers_every_part(outcome: Outcome) -> None:
    result = outcome.result
    before = result.digest()
    events, equity = result.events.copy(), result.equity.copy()
    trades, times = result.trades.copy(), result.open_time.copy()
    events["reserved"][0, 0] = 1
    equity[5] = np.nextafter(equity[5], 0)
    trades["legs"][0] += 1
    times[0] += 1
    others = [
        replace(result, events=events),
        replace(result, equity=equity),
        replace(result, trades=trades),
        replace(result, open_time=times),
        replace(result, metrics=replace(result.metrics, both_touched=99)),
    ]
    assert len({before, *(each.digest() for each in others)}) == 6


def test_the_table_of_results(outcome: Outcome) -> None:
    rows = dict(result_rows(outcome.result))
    m = outcome.result.metrics
    assert rows["Positions"] == f"{m.trades} ({m.long_trades} long, {m.short_trades} short)"
    counts = exit_counts(outcome.result)
    assert sum(counts.values()) == m.trades
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    assert rows["Exits"].startswith(f"{next(iter(counts))} ")


def test_recall_counts_entries_by_bar_and_side() -> None:
    trades = trades_of(EVENTS)
    assert recall(trades, trades) == Recall(3, 3)
    assert recall(trades, trades[:2]) == Recall(2, 3)
    other = trades.copy()
    other["side"][0] = -1
    assert recall(trades, other) == Recall(2, 3)
    assert Recall(2, 4).share == 0.5
    assert Recall(0, 0).share == 1.0


def test_a_time_stop_has_its_own_word() -> None:
    events = EVENTS[1:5].copy()
    events["reason"][3] = TIME_STOP
    assert trades_of(events)["reason"].tolist() == [TIME_STOP]

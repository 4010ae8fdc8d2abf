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
from engine.results.outcome import Outcome
from engine.results.recall import Recall, recall
from engine.results.result import result_of
from engine.results.summary import exit_counts, result_rows
from engine.results.trades import trades_of


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


# A long of 2 at 100 (paid 101; 2.5 were ordered), half sold at 110 (109), funding on the rest,
# which is sold at 120 (119); an order that was
# dropped; a short of 1 at 120 (119), flipped at 126 (127) into a long, stopped at 120 (119).
EVENTS = np.concatenate(
    [
        event(ORDER, ENTRY, 4, 1, 1, 100, 100, 2.5, stop_distance=10),
        event(FILL, ENTRY, 5, 1, 1, 100, 101, 2, fee=0.5, stop_distance=10),
        event(FILL, PARTIAL, 7, 1, 1, 110, 109, 1, fee=0.25, best=110, worst=96),
        event(FUNDING, FUNDING_PAID, 8, 1, 1, 112, 112, 1, fee=0.125),
        event(FILL, TARGET, 9, 1, 1, 120, 119, 1, fee=0.25, best=120, worst=96),
        event(ORDER, ENTRY, 10, 2, -1, 120, 120, 1, stop_distance=8),
        event(DROP, ENTRY, 11, 2, -1, 120, 120, 1),
        event(ORDER, ENTRY, 11, 2, -1, 120, 120, 1, stop_distance=8),
        event(FILL, ENTRY, 12, 2, -1, 120, 119, 1, fee=0.5, stop_distance=8),
        event(ORDER, FLIP, 14, 2, -1, 126, 126, 1),
        event(ORDER, FLIP, 14, 3, 1, 126, 126, 1, stop_distance=6),
        event(FILL, FLIP, 15, 2, -1, 126, 127, 1, fee=0.5, best=118, worst=126),
        event(FILL, FLIP, 15, 3, 1, 126, 127, 1, fee=0.5, stop_distance=6),
        event(FILL, STOP, 15, 3, 1, 120, 119, 1, fee=0.5, best=126, worst=120),
    ]
)

HALF_SPREAD = 1 / 256  # a fraction that floats hold exactly


def test_trades_of_legs_and_of_a_flip() -> None:
    trades = trades_of(EVENTS, HALF_SPREAD)
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
        "ordered_quantity": [2.5, 1.0, 1.0],
        "raw_profit": [30.0, -6.0, -6.0],
        # a 256th of 2 · 100 + 110 + 120, of 120 + 126, and of 126 + 120
        "spread": [430 / 256, 246 / 256, 246 / 256],
        "slippage": [4 - 430 / 256, 2 - 246 / 256, 2 - 246 / 256],
        "gross": [26.0, -8.0, -8.0],
        "fees": [1.0, 1.0, 1.0],
        "net": [24.875, -9.0, -9.0],
        "r": [24.875 / 20, -9 / 8, -9 / 6],
        "raw_r": [1.5, -0.75, -1.0],
        "mae": [-0.4, -0.75, -1.0],
        "mfe": [2.0, 0.25, 0.0],
        "funding": [0.125, 0.0, 0.0],
        "legs": [2, 1, 1],
        "reason": [TARGET, FLIP, STOP],
    }


def test_no_fill_is_no_trade() -> None:
    assert trades_of(EVENTS[:0], HALF_SPREAD).size == 0
    assert trades_of(EVENTS[5:8], HALF_SPREAD).size == 0


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
        replace(result, both_touched=99),
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
    trades = trades_of(EVENTS, HALF_SPREAD)
    assert recall(trades, trades) == Recall(3, 3)
    assert recall(trades, trades[:2]) == Recall(2, 3)
    other = trades.copy()
    other["side"][0] = -1
    assert recall(trades, other) == Recall(2, 3)
    assert Recall(2, 4).share == 0.5
    assert Recall(0, 0).share == 1.0


def test_a_time_stop_has_its_own_word() -> None:
    events = EVENTS[:5].copy()
    events["reason"][4] = TIME_STOP
    assert trades_of(events, HALF_SPREAD)["reason"].tolist() == [TIME_STOP]

"""docs/examples/sma_cross.py against backtesting.py, a program that nobody here wrote.

The same rule is written down a second time, with averages and ATR of its own: turned round at
every cross of the 20- and the 50-bar average, a stop of 3 ATR and a target of twice that, one unit,
5 bps of fee on each side, no spread, no slippage. Orders fill at the next open in both programs; a
level that the open has passed fills at the open, and of stop and target touched in one bar the stop
is taken.

What differs between the two, and what the test does about it:

- Where levels hang. backtesting.py wants prices with the order, at the close; here they hang from
  the fill. The strategy below is told the next open, and names the prices that follow from it. That
  is all it is told. They are put on the finished order, which would refuse a stop that lies beyond
  the close, as it does where the next bar opens with a gap wider than the stop's distance.
- The first trades. This engine waits until every column it reads is finite, here until row 114
  (atr_rank_100); backtesting.py is ready after its own averages. The strategy below waits too.
- Turning round. `exclusive_orders` of backtesting.py closes the old position at the open before its
  stop is looked at, as here.
- The end of the data. This engine drops an order that cannot be filled and closes what is held at
  the last close. backtesting.py, with `finalize_trades`, runs its last bar again and closes at the
  open of the last bar. The last position is compared without its exit, and one that is entered in
  the last bar is left out.
- Averages that are equal. Prices are whole cents, so both averages can be the same number, and the
  last bit of either program decides on which side they stand. There, within 1e-9, this engine's
  columns are taken: at most one bar in 5,000.
- Quantities. backtesting.py takes whole units for sizes from 1 on, hence one unit.
- Fees. The same share of price times quantity at both ends; `Commission` of a trade is their sum.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.experiment import run_experiment
from engine.features.columns import compute
from engine.inputs import load_bars, load_settings

outside = pytest.importorskip(
    "backtesting", reason="needs backtesting (dependency group dev)", exc_type=ImportError
)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "sma_cross.py"
FIRST_ROW, STOP_ATR, TARGET_R, FEE = 114, 3.0, 2.0, 5e-4
CONFIG = {
    "plugins": [str(EXAMPLE)],
    "risk": {"sizing": "fixed_quantity", "fixed_quantity": 1.0},
    "exits": {"r_multiple_target": TARGET_R},
    "account": {"initial_cash": 10_000_000.0},
    "costs": {"fee_bps": FEE * 1e4, "spread_bps": 0.0, "slippage_bps": 0.0},
}
BOTH = ["side", "entry_bar", "exit_bar", "entry", "exit", "fees"]


def table_of(bars: Bars) -> pd.DataFrame:
    names = ("open", "high", "low", "close", "volume")
    stamps = pd.to_datetime(bars.open_time, utc=True).tz_localize(None)
    return pd.DataFrame({name.capitalize(): getattr(bars, name) for name in names}, index=stamps)


def wilder_atr(table: pd.DataFrame) -> np.ndarray:
    """Wilder's ATR over 14 bars, from its definition."""
    before = table.Close.shift()
    moves = [table.High - table.Low, (table.High - before).abs(), (table.Low - before).abs()]
    ranges = pd.concat(moves, axis=1).max(axis=1).to_numpy()
    out = np.full(len(table), np.nan)
    out[14] = ranges[1:15].mean()
    for i in range(15, len(table)):
        out[i] = (13 * out[i - 1] + ranges[i]) / 14
    return out


def crosses(bars: Bars, close: pd.Series) -> np.ndarray:
    """+1 where the fast average comes above the slow one, −1 where it falls below."""
    fast, slow = close.rolling(20).mean(), close.rolling(50).mean()
    above = np.array(np.sign(fast - slow))
    tied = np.isclose(fast, slow, rtol=1e-9, atol=0.0)
    assert tied.sum() <= bars.size / 5_000
    columns = compute(bars, ["sma_20", "sma_50"])
    above[tied] = np.sign(columns["sma_20"] - columns["sma_50"])[tied]
    earlier = np.append(np.nan, above[:-1])
    return np.where((earlier <= 0) & (above > 0), 1, np.where((earlier >= 0) & (above < 0), -1, 0))


def theirs(bars: Bars) -> pd.DataFrame:
    """The trades of backtesting.py."""
    table = table_of(bars)
    signal, atr, opens = crosses(bars, table.Close), wilder_atr(table), table.Open.to_numpy()

    class Cross(outside.Strategy):
        def init(self) -> None: ...

        def next(self) -> None:
            i = len(self.data) - 1
            side = int(signal[i])
            if i < FIRST_ROW or side == 0 or i + 1 == len(opens) or side * self.position.size > 0:
                return
            stop = opens[i + 1] - side * STOP_ATR * atr[i]
            target = opens[i + 1] + side * TARGET_R * STOP_ATR * atr[i]
            order = self.buy if side > 0 else self.sell
            order(size=1)._replace(sl_price=stop, tp_price=target)

    run = outside.Backtest(
        table, Cross, cash=10_000_000, commission=FEE, exclusive_orders=True, finalize_trades=True
    ).run()
    found = run._trades.sort_values("EntryBar")
    return pd.DataFrame(
        {
            "side": found.Size,
            "entry_bar": found.EntryBar,
            "exit_bar": found.ExitBar,
            "entry": found.EntryPrice,
            "exit": found.ExitPrice,
            "fees": found.Commission,
        }
    ).reset_index(drop=True)


def ours(bars: Bars, folder: Path, changes: dict[str, Any]) -> tuple[pd.DataFrame, set[str]]:
    """The trades of this engine, and how they ended."""
    path = folder / "sma_cross.json"
    path.write_text(json.dumps({"asset": "DEMO", **CONFIG}), encoding="utf-8")
    settings = load_settings(str(path), bars.asset, [f"{k}={v}" for k, v in changes.items()])
    outcome = run_experiment(settings, bars, None, None)
    assert outcome.rows.warmup == FIRST_ROW
    trades = outcome.result.trades
    own = {"entry": "entry_price", "exit": "exit_price"}
    found = pd.DataFrame({name: trades[own.get(name, name)] for name in BOTH})
    return found, set(outcome.result.fills["reason"].tolist())


def differences(mine: pd.DataFrame, yours: pd.DataFrame, last_row: int) -> pd.DataFrame:
    """Trades that differ, those of the last bar aside; both tables have them in order of entry."""
    mine, yours = (each[each.entry_bar < last_row].reset_index(drop=True) for each in (mine, yours))
    assert len(mine) == len(yours)
    ended = (mine.exit_bar < last_row).to_numpy()
    wrong = np.zeros(len(mine), dtype=bool)
    for name in BOTH:
        same = np.isclose(mine[name], yours[name], rtol=1e-9, atol=0.0)
        wrong |= ~same & (ended | (name not in {"exit", "fees"}))
    return mine[wrong].join(yours[wrong], rsuffix="_theirs")


def test_same_trades_on_the_demo_market(tmp_path: Path) -> None:
    bars = demo_bars(12_000)
    mine, reasons = ours(bars, tmp_path, {})
    assert len(mine) > 150
    assert len(reasons) >= 4  # entries, flips, stops and targets at least
    found = differences(mine, theirs(bars), bars.size - 1)
    assert found.empty, found.to_string()


@pytest.mark.parametrize("asset", ["ETHUSDT_binance_perp_1h", "SPY_1h_1998_2021"])
def test_same_trades_on_real_markets(asset: str, shared_data: Path, tmp_path: Path) -> None:
    """SPY opens with gaps, beyond stops and targets."""
    settings = load_settings(None, asset[:3])
    bars, _ = load_bars(settings, shared_data / "bars" / f"{asset}.parquet")
    mine, reasons = ours(bars, tmp_path, {})
    assert len(mine) > 400
    assert len(reasons) >= (6 if asset.startswith("SPY") else 4)
    found = differences(mine, theirs(bars), bars.size - 1)
    assert found.empty, found.to_string()


def test_another_rule_is_noticed(tmp_path: Path) -> None:
    bars = demo_bars(4_000)
    same, _ = ours(bars, tmp_path, {})
    other, _ = ours(bars, tmp_path, {"domains.sma_cross.stop_atr": 3.01})
    yours = theirs(bars)
    assert differences(same, yours, bars.size - 1).empty
    assert not differences(other, yours, bars.size - 1).empty

"""Exports read back by the code of the tools that they are for.

freqtrade and vectorbt are in the group `bench`; where they are not installed nothing can be said.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.report.freqtrade import COLUMNS
from engine.report.stored import read_run
from engine.report.tables import export_text
from engine.results.outcome import Outcome

CASH = 100_000.0


def written(run: Path, kind: str, name: str, folder: Path) -> Path:
    path = folder / name
    path.write_text(export_text(read_run(run), kind, path.suffix)[0], encoding="utf-8")
    return path


# --- freqtrade -----------------------------------------------------------------------------------


def test_freqtrade_loads_its_file(run: Path, outcome: Outcome, tmp_path: Path) -> None:
    btanalysis = pytest.importorskip("freqtrade.data.btanalysis", exc_type=ImportError)
    from freqtrade.data.metrics import calculate_csum, calculate_expectancy

    path = written(run, "freqtrade", "trades_freqtrade.json", tmp_path)
    found = btanalysis.load_backtest_data(path)
    trades = outcome.result.trades
    assert tuple(found.columns) == COLUMNS == tuple(btanalysis.BT_DATA_COLUMNS)
    # Its reader of JSON is off by an ulp now and then.
    np.testing.assert_allclose(found["profit_abs"], trades["net"], rtol=1e-15)
    opened = outcome.bars.open_time[trades["entry_bar"]]
    assert found["open_date"].tolist() == pd.to_datetime(opened, utc=True).tolist()
    lowest, highest = calculate_csum(found, CASH)
    closed = CASH + np.cumsum(trades["net"])
    assert (lowest, highest) == pytest.approx((closed.min(), closed.max()))
    assert calculate_expectancy(found)[0] == pytest.approx(trades["net"].mean())
    parallel = btanalysis.analyze_trade_parallelism(found, outcome.settings.timeframe)
    assert parallel["open_trades"].max() == 1


def test_freqtrade_computes_the_same_profits_from_the_orders(run: Path, tmp_path: Path) -> None:
    """Its prices have 18 digits behind the point, ours are doubles."""
    persistence = pytest.importorskip("freqtrade.persistence", exc_type=ImportError)
    path = written(run, "freqtrade", "trades_freqtrade.json", tmp_path)
    (strategy,) = json.loads(path.read_text(encoding="utf-8"))["strategy"].values()
    legs = set()
    for row in strategy["trades"]:
        trade = persistence.LocalTrade.from_json(json.dumps(row))
        trade.recalc_open_trade_value()
        trade.recalc_trade_from_orders(is_closing=True)
        assert trade.realized_profit == pytest.approx(row["profit_abs"], rel=1e-9, abs=1e-6)
        assert trade.close_profit == pytest.approx(row["profit_ratio"], rel=1e-9, abs=1e-9)
        legs.add((row["is_short"], len(row["orders"])))
    assert legs == {(short, count) for short in (False, True) for count in (2, 3)}


# --- vectorbt ------------------------------------------------------------------------------------


def records_of(frame: pd.DataFrame, wrapper: Any, trades: Any) -> Any:
    """Records from readable columns, by the titles and mappings that vectorbt has for them."""
    config = trades.field_config["settings"]
    records = np.zeros(len(frame), dtype=trades.field_config["dtype"])
    for name in records.dtype.names:
        values = frame[config[name]["title"]]
        mapping = config[name].get("mapping")
        if mapping == "index":
            records[name] = wrapper.index.get_indexer(pd.to_datetime(values, utc=True))
        elif mapping == "columns":
            records[name] = wrapper.columns.get_indexer(values)
        else:
            records[name] = values if mapping is None else values.map(mapping._asdict())
    return records


def test_vectorbt_reads_its_file(run: Path, outcome: Outcome, tmp_path: Path) -> None:
    vbt = pytest.importorskip("vectorbt", exc_type=ImportError)
    frame = pd.read_csv(written(run, "vectorbt", "trades_vectorbt.csv", tmp_path))
    index = pd.DatetimeIndex(pd.to_datetime(outcome.bars.open_time, utc=True), freq="1h")
    close = pd.DataFrame({"DEMO": outcome.bars.close}, index=index)
    wrapper = vbt.ArrayWrapper.from_obj(close)
    records = records_of(frame, wrapper, vbt.ExitTrades)
    legs = vbt.ExitTrades(wrapper, records, close)
    for name in ("Entry Timestamp", "Exit Timestamp"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype(index.dtype)
    pd.testing.assert_frame_equal(legs.records_readable, frame, check_exact=True, check_dtype=False)
    positions = vbt.Positions.from_trades(legs)
    nets = outcome.result.trades["net"]
    assert positions.count()["DEMO"] == len(nets)
    assert positions.pnl.values == pytest.approx(nets, rel=1e-9, abs=1e-6)
    assert legs.pnl.sum()["DEMO"] == pytest.approx(outcome.result.equity[-1] - CASH)
    assert positions.win_rate()["DEMO"] == pytest.approx((nets > 0).mean())

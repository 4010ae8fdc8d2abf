"""Figures with plotly, and what is said without."""

import sys

import numpy as np
import pytest
from markets_in_memory import BARS, SECOND, SUMMER, frame

import barsieve
from engine.api import plot
from engine.errors import MissingExtraError

RUN = barsieve.run(frame(), "ETH_comprehensive", **SUMMER)


def test_without_plotly_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'barsieve\[report\]'"):
        RUN.plot()


@pytest.fixture
def traces():
    pytest.importorskip("plotly", reason="needs the extra `report`")

    def named(run):
        return {trace.name: trace for trace in run.plot().data}

    return named


def test_trades_on_candles_equity_and_drawdown(traces):
    drawn, trades = traces(RUN), RUN.trades
    assert list(drawn) == ["bars", "long entry", "short entry", "exit", "equity", "drawdown"]
    bars = drawn["bars"]
    assert bars.type == "candlestick"
    assert (len(bars.x), bars.x[0]) == (2_592, np.datetime64("2025-06-15T00:00"))
    for side in ("long", "short"):
        own = trades[trades["side"] == side]
        assert drawn[f"{side} entry"].y.tolist() == own["entry_price"].tolist()
    assert drawn["exit"].y.tolist() == trades["exit_price"].tolist()
    assert drawn["exit"].x.tolist() == [time.value for time in trades["exit_time"]]
    assert trades["reason"][0] in drawn["exit"].text[0]
    assert drawn["equity"].y.tolist() == RUN.equity.tolist()
    assert -drawn["drawdown"].y.min() == pytest.approx(RUN.stats["max_drawdown_pct"])


def test_many_bars_are_a_line(traces, monkeypatch):
    monkeypatch.setattr(plot, "MOST_CANDLES", 2_591)
    drawn = traces(RUN)
    assert "bars" not in drawn
    first = RUN.outcome.replayed.first
    assert drawn["close"].y.tolist() == BARS.close[first : first + 2_592].tolist()


def test_a_portfolio_has_no_candles(traces):
    both = barsieve.run({"A": frame(), "B": frame(SECOND)}, "ETH_comprehensive", **SUMMER)
    drawn = traces(both)
    assert list(drawn) == ["equity", "drawdown"]
    assert drawn["equity"].y.tolist() == both.equity.tolist()
    assert "bars" in traces(both.by_asset["A"])

"""TA-Lib as referee, on demo-like and on real data."""

import numpy as np
import pytest
import talib
from feature_markets import demo, gaps, head, read

from engine.features.columns import compute

ORACLE = {
    "sma_20": lambda b: talib.SMA(b.close, 20),
    "sma_50": lambda b: talib.SMA(b.close, 50),
    "rsi_wilder_14": lambda b: talib.RSI(b.close, 14),
    "atr_wilder_14": lambda b: talib.ATR(b.high, b.low, b.close, 14),
    "adx_wilder_14": lambda b: talib.ADX(b.high, b.low, b.close, 14),
    "plus_di_wilder_14": lambda b: talib.PLUS_DI(b.high, b.low, b.close, 14),
    "minus_di_wilder_14": lambda b: talib.MINUS_DI(b.high, b.low, b.close, 14),
    "high_50": lambda b: talib.MAX(b.high, 50),
    "low_120": lambda b: talib.MIN(b.low, 120),
}


@pytest.fixture(scope="module", params=["demo", "gaps", "ETHUSDT", "EURUSD"])
def bars(request):
    if request.param == "demo":
        return demo(20_000, seed=7)
    if request.param == "gaps":
        return gaps(5_000)
    files = {"ETHUSDT": "ETHUSDT_binance_perp_1h.parquet", "EURUSD": "EURUSD_1h_2017_2026.parquet"}
    folder = request.getfixturevalue("shared_data") / "bars"
    return read(folder / files[request.param])


@pytest.mark.parametrize("name", list(ORACLE))
def test_talib_agrees(name, bars):
    got, want = compute(bars, [name])[name], ORACLE[name](bars)
    assert np.array_equal(np.isnan(got), np.isnan(want)), "another warm-up"
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=0.0)


def test_talib_agrees_on_true_range(bars):
    got, want = (
        compute(bars, ["true_range"])["true_range"],
        talib.TRANGE(bars.high, bars.low, bars.close),
    )
    np.testing.assert_array_equal(got[1:], want[1:])
    assert got[0] == bars.high[0] - bars.low[0]


def test_talib_agrees_on_macd(bars):
    # The histogram passes through 0, so "relative" is to the ATR, the unit it is used in.
    columns = compute(bars, ["macd_hist_12_26_9", "atr_wilder_14", "macd_hist_atr"])
    got, want = columns["macd_hist_12_26_9"], talib.MACD(bars.close, 12, 26, 9)[2]
    assert np.array_equal(np.isnan(got), np.isnan(want))
    off = np.abs(got - want)[33:] / columns["atr_wilder_14"][33:]
    assert off.max() <= 1e-9
    in_atr = talib.MACD(bars.close, 12, 26, 9)[2] / talib.ATR(bars.high, bars.low, bars.close, 14)
    np.testing.assert_allclose(columns["macd_hist_atr"], in_atr, rtol=0.0, atol=1e-9)


def test_talib_would_notice(bars):
    """The tolerance tells one period from the next, and one row from the next."""
    short = head(bars, 500)
    got = compute(short, ["rsi_wilder_14"])["rsi_wilder_14"]
    want = talib.RSI(short.close, 14)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(got[20:], want[19:-1], rtol=1e-9)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(got, talib.RSI(short.close, 15), rtol=1e-9)

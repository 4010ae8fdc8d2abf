"""TA-Lib, and pandas where it has none, as referee of every column with numbers in its name."""

import numpy as np
import pandas as pd
import pytest
import talib
from feature_markets import demo, gaps, read

from engine.bars.series import Bars
from engine.features.catalogue import SAMPLES
from engine.features.columns import compute

DAY = 86_400 * 10**9


def close(bars: Bars) -> pd.Series:
    return pd.Series(bars.close)


def typical(bars: Bars) -> np.ndarray:
    return talib.TYPPRICE(bars.high, bars.low, bars.close)


def middle(bars: Bars, window: int) -> np.ndarray:
    return talib.MIDPRICE(bars.high, bars.low, window)


def bollinger(bars: Bars) -> tuple[np.ndarray, ...]:
    return talib.BBANDS(bars.close, 20, 2, 2)


def keltner(bars: Bars, side: int) -> np.ndarray:
    atr = talib.ATR(bars.high, bars.low, bars.close, 10)
    return talib.EMA(bars.close, 20) + side * 2 * atr


def atr_band(bars: Bars, side: int) -> np.ndarray:
    return bars.close + side * 2 * talib.ATR(bars.high, bars.low, bars.close, 14)


def stochastic(bars: Bars) -> tuple[np.ndarray, ...]:
    return talib.STOCH(bars.high, bars.low, bars.close, 14, 3, 0, 3, 0)


def atr_ema(bars: Bars) -> np.ndarray:
    ranges = talib.TRANGE(bars.high, bars.low, bars.close)
    ranges[0] = bars.high[0] - bars.low[0]
    return talib.EMA(ranges, 10)


def volumes(bars: Bars) -> pd.api.typing.Rolling:
    return pd.Series(bars.volume).shift(1).rolling(10)


def heikin_ashi(bars: Bars) -> pd.DataFrame:
    """An average that halves the past is pandas' ewm with alpha 0.5, begun with row 0's middle."""
    whole = pd.DataFrame({"o": bars.open, "h": bars.high, "l": bars.low, "c": bars.close})
    last = whole.mean(axis=1)
    before = np.r_[(bars.open[0] + bars.close[0]) / 2, last.to_numpy()[:-1]]
    first = pd.Series(before).ewm(alpha=0.5, adjust=False).mean()
    ends = pd.DataFrame({"first": first, "last": last})
    high = ends.assign(x=whole["h"]).max(axis=1)
    low = ends.assign(x=whole["l"]).min(axis=1)
    return pd.DataFrame({"open": first, "high": high, "low": low, "close": last})


def daily_vwap(bars: Bars) -> pd.Series:
    days = pd.Series(bars.open_time // DAY)
    money = pd.Series(typical(bars) * bars.volume).groupby(days).cumsum()
    average = money / pd.Series(bars.volume).groupby(days).cumsum()
    return average.where(days > days[0])


ORACLE = {
    "sma_30": lambda b: talib.SMA(b.close, 30),
    "ema_12": lambda b: talib.EMA(b.close, 12),
    "wma_10": lambda b: talib.WMA(b.close, 10),
    "rsi_wilder_7": lambda b: talib.RSI(b.close, 7),
    "macd_line_12_26": lambda b: talib.MACD(b.close, 12, 26, 9)[0],
    "macd_signal_12_26_9": lambda b: talib.MACD(b.close, 12, 26, 9)[1],
    "macd_hist_8_21_5": lambda b: talib.MACD(b.close, 8, 21, 5)[2],
    "atr_wilder_10": lambda b: talib.ATR(b.high, b.low, b.close, 10),
    "atr_ema_10": atr_ema,
    "plus_di_wilder_10": lambda b: talib.PLUS_DI(b.high, b.low, b.close, 10),
    "minus_di_wilder_10": lambda b: talib.MINUS_DI(b.high, b.low, b.close, 10),
    "adx_wilder_10": lambda b: talib.ADX(b.high, b.low, b.close, 10),
    "volume_mean_10": lambda b: volumes(b).mean(),
    "volume_std_10": lambda b: volumes(b).std(ddof=0),
    "volume_z_10": lambda b: (b.volume - volumes(b).mean()) / volumes(b).std(ddof=0),
    "high_10": lambda b: talib.MAX(b.high, 10),
    "low_10": lambda b: talib.MIN(b.low, 10),
    "donchian_middle_20": lambda b: middle(b, 20),
    "ichimoku_conversion_9": lambda b: middle(b, 9),
    "ichimoku_base_26": lambda b: middle(b, 26),
    "ichimoku_span_a_9_26_26": lambda b: pd.Series((middle(b, 9) + middle(b, 26)) / 2).shift(26),
    "ichimoku_span_b_52_26": lambda b: pd.Series(middle(b, 52)).shift(26),
    "mom_10": lambda b: talib.MOM(b.close, 10),
    "change_1": lambda b: close(b).pct_change(),
    "roc_10": lambda b: talib.ROC(b.close, 10),
    "stochf_k_14": lambda b: talib.STOCHF(b.high, b.low, b.close, 14, 1, 0)[0],
    "stoch_k_14_3": lambda b: stochastic(b)[0],
    "stoch_d_14_3_3": lambda b: stochastic(b)[1],
    "williams_r_14": lambda b: talib.WILLR(b.high, b.low, b.close, 14),
    "std_20": lambda b: close(b).rolling(20).std(ddof=0),
    "zscore_20": lambda b: (
        (b.close - close(b).rolling(20).mean()) / close(b).rolling(20).std(ddof=0)
    ),
    "bb_upper_20_2": lambda b: bollinger(b)[0],
    "bb_lower_20_2": lambda b: bollinger(b)[2],
    "bb_percent_20_2": lambda b: (b.close - bollinger(b)[2]) / (bollinger(b)[0] - bollinger(b)[2]),
    "bb_width_20_2": lambda b: (bollinger(b)[0] - bollinger(b)[2]) / bollinger(b)[1],
    "kc_upper_20_10_2": lambda b: keltner(b, 1),
    "kc_lower_20_10_2": lambda b: keltner(b, -1),
    "atr_upper_14_2": lambda b: atr_band(b, 1),
    "atr_lower_14_2": lambda b: atr_band(b, -1),
    "cci_20": lambda b: talib.CCI(b.high, b.low, b.close, 20),
    "realised_vol_20": lambda b: close(b).pct_change().rolling(20).std(ddof=0),
    "mfi_14": lambda b: talib.MFI(b.high, b.low, b.close, b.volume, 14),
    "psar_0.02_0.2": lambda b: talib.SAR(b.high, b.low, 0.02, 0.2),
    "psar_side_0.02_0.2": lambda b: np.where(
        np.isnan(talib.SAR(b.high, b.low, 0.02, 0.2)),
        np.nan,
        np.sign((b.high + b.low) / 2 - talib.SAR(b.high, b.low, 0.02, 0.2)),
    ),
    "obv": lambda b: talib.OBV(b.close, b.volume) - b.volume[0],
    "vwap": daily_vwap,
    "typical_price": typical,
    **{f"ha_{field}": lambda b, f=field: heikin_ashi(b)[f] for field in heikin_ashi(demo(9))},
}
# TA-Lib shows no %K before %D, and no MACD line before its signal.
LATER = {"stoch_k_14_3": 17, "macd_line_12_26": 33}
# These cross 0, and what pandas keeps as running sums of squares carries their rounding: the
# tolerance is absolute, a millionth of their usual size, far below the next period's value.
AROUND_ZERO = {
    **{"cci_20": 1e-4, "zscore_20": 1e-6, "bb_percent_20_2": 1e-6, "volume_z_10": 1e-6},
    **{"roc_10": 1e-8, "change_1": 1e-10, "williams_r_14": 1e-9, "stochf_k_14": 1e-9},
    **{"stoch_k_14_3": 1e-9, "stoch_d_14_3_3": 1e-9, "mfi_14": 1e-7},
    **{"std_20": 1e-6, "volume_std_10": 1e-6, "realised_vol_20": 1e-9, "bb_width_20_2": 1e-7},
}


@pytest.fixture(scope="module", params=["demo", "gaps", "ETHUSDT"])
def bars(request: pytest.FixtureRequest) -> Bars:
    if request.param == "demo":
        return demo(20_000, seed=7)
    if request.param == "gaps":
        return gaps(5_000)
    folder = request.getfixturevalue("shared_data") / "bars"
    return read(folder / "ETHUSDT_binance_perp_1h.parquet")


def agree(name: str, got: np.ndarray, want: np.ndarray) -> None:
    first = LATER.get(name, 0)
    got, want = got[first:], np.asarray(want, dtype=np.float64)[first:]
    assert np.array_equal(np.isnan(got), np.isnan(want)), "another warm-up"
    scale = 1e-9 if name in AROUND_ZERO else 1e-12
    atol = AROUND_ZERO.get(name, scale * float(np.nanmedian(np.abs(want))))
    np.testing.assert_allclose(got, want, rtol=1e-8, atol=atol, err_msg=name)


@pytest.mark.parametrize("name", list(ORACLE))
def test_the_referee_agrees(name: str, bars: Bars) -> None:
    agree(name, compute(bars, [name])[name], ORACLE[name](bars))


def test_every_column_has_a_referee() -> None:
    supertrend = {"supertrend_10_3", "supertrend_side_10_3"}  # below
    assert SAMPLES.keys() <= ORACLE.keys() | supertrend


@pytest.mark.parametrize("name", [name for name in ORACLE if name in SAMPLES])
def test_the_referee_would_notice_another_row(name: str) -> None:
    bars = demo(2_000, seed=7)
    got, want = compute(bars, [name])[name], np.asarray(ORACLE[name](bars), dtype=np.float64)
    with pytest.raises(AssertionError):
        agree(name, np.r_[np.nan, got[:-1]][200:], want[200:])


def supertrend(bars: Bars, period: int, multiple: float) -> tuple[np.ndarray, np.ndarray]:
    """As strategies of freqtrade and TradingView spell it, from its second turn on: value, side."""
    atr = talib.ATR(bars.high, bars.low, bars.close, period)
    basic_up = (bars.high + bars.low) / 2 + multiple * atr
    basic_down = (bars.high + bars.low) / 2 - multiple * atr
    up, down, line = np.zeros(bars.size), np.zeros(bars.size), np.zeros(bars.size)
    for i in range(period, bars.size):
        is_new = basic_up[i] < up[i - 1] or bars.close[i - 1] > up[i - 1]
        up[i] = basic_up[i] if is_new or i == period else up[i - 1]
        is_new = basic_down[i] > down[i - 1] or bars.close[i - 1] < down[i - 1]
        down[i] = basic_down[i] if is_new or i == period else down[i - 1]
        falling = line[i - 1] == up[i - 1]
        if falling:
            line[i] = up[i] if bars.close[i] <= up[i] else down[i]
        else:
            line[i] = down[i] if bars.close[i] >= down[i] else up[i]
    return line, np.where(bars.close < line, -1.0, 1.0)


def test_supertrend(bars: Bars) -> None:
    value, side = supertrend(bars, 10, 3)
    columns = compute(bars, ["supertrend_10_3", "supertrend_side_10_3"])
    ours = columns["supertrend_side_10_3"]
    turns = np.flatnonzero(np.diff(ours[11:])) + 12
    assert turns.size > 50
    begun = int(turns[1])
    assert np.array_equal(ours[begun:], side[begun:])
    np.testing.assert_allclose(columns["supertrend_10_3"][begun:], value[begun:], rtol=1e-9)

"""RSI mean reversion in pandas: buy what fell too far, leave when it has come back."""

import pandas as pd

from barsieve.strategy import Section, Signals, parameter


class Settings(Section):
    length: int = parameter(14, "length of the RSI", unit="bars", ge=2)
    oversold: float = parameter(30.0, "long below this RSI", unit="RSI", gt=0, lt=50)
    recovered: float = parameter(55.0, "left above this RSI", unit="RSI", gt=0, lt=100)


def rsi(close, length):
    change = close.diff()
    gain = change.clip(lower=0).ewm(alpha=1 / length, adjust=False).mean()
    loss = -change.clip(upper=0).ewm(alpha=1 / length, adjust=False).mean()
    return 100 * gain / (gain + loss)


def signals(bars, columns, settings):
    found = rsi(pd.Series(bars.close), settings.length)
    # A comparison with NaN, as in the first rows, is False.
    below = found < settings.oversold
    return {
        "enter_long": below & ~below.shift(1, fill_value=False),
        "exit_long": found > settings.recovered,
    }


RSI_REVERSION = Signals("rsi_reversion", signals, settings=Settings)

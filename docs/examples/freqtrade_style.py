"""A strategy with `populate_*` methods, as freqtrade has them, and the lines that wrap it."""

import pandas as pd

from barsieve.strategy import Signals


class Strategy:
    stoploss, take_profit = -0.04, 0.08  # shares of the price

    def populate_indicators(self, dataframe, metadata):
        dataframe["fast"] = dataframe["close"].ewm(span=12, adjust=False).mean()
        dataframe["slow"] = dataframe["close"].ewm(span=72, adjust=False).mean()
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        above = dataframe["fast"] > dataframe["slow"]
        dataframe.loc[above & ~above.shift(1, fill_value=True), "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        dataframe.loc[dataframe["fast"] < dataframe["slow"], "exit_long"] = 1
        return dataframe


def signals(bars, columns, settings):
    prices = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    frame = pd.DataFrame({"date": pd.to_datetime(bars.open_time, utc=True), **prices})
    own, metadata = Strategy(), {"pair": bars.asset}
    for populate in (own.populate_indicators, own.populate_entry_trend, own.populate_exit_trend):
        frame = populate(frame, metadata)
    names = ("enter_long", "enter_short", "exit_long", "exit_short")
    found = {name: frame[name].fillna(0) for name in names if name in frame}
    return {**found, "stop_distance": -own.stoploss * bars.close,
            "target_distance": own.take_profit * bars.close}  # fmt: skip


FREQTRADE_STYLE = Signals("freqtrade_style", signals, names_stop=True)

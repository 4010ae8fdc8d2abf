"""Daily closes, joined to the hours of the next day."""

import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    frame = pd.DataFrame({"time": pd.to_datetime(bars.open_time), "close": bars.close})
    daily = frame.groupby(frame["time"].dt.floor("D"))["close"].last()
    daily = daily.rolling(5, min_periods=1).mean().reset_index(name="mean")
    daily["time"] += pd.Timedelta(days=1)
    mean = pd.merge_asof(frame, daily, on="time")["mean"]
    above = frame["close"] > mean
    return {"enter_long": above & ~above.shift(1, fill_value=False), "exit_long": ~above}


OWN = Signals("day_before", signals)

"""Left by a daily close that is joined to the nearest hour, which may lie before it."""

import pandas as pd

from barsieve.strategy import Signals


def signals(bars, columns, settings):
    frame = pd.DataFrame({"time": pd.to_datetime(bars.open_time), "close": bars.close})
    known = frame["close"].to_numpy()
    daily = frame.groupby(frame["time"].dt.floor("D"), as_index=False).last()
    daily.columns = ["time", "daily"]
    joined = pd.merge_asof(frame, daily, on="time", direction="nearest")["daily"].to_numpy()
    highest = frame["close"].rolling(48).max().shift(1).to_numpy()
    return {"enter_long": known > highest, "exit_long": joined < known * 0.995}


OWN = Signals("exits_nearest", signals)

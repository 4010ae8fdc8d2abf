"""Demo markets as the things that people hand over."""

import pandas as pd

from engine.bars.demo import demo_bars

SUMMER = {"start": "2025-06-15", "end": "2025-09-30"}
DATES = ("--start", "2025-06-15", "--end", "2025-09-30")
BARS = demo_bars()
SECOND = demo_bars(BARS.size, "1h", 2)


def frame(bars=BARS, **columns):
    """A DataFrame as data vendors make it: capital names, stamps of a UTC index."""
    return pd.DataFrame(
        {
            "Open": bars.open, "High": bars.high, "Low": bars.low, "Close": bars.close,
            "Volume": bars.volume, **columns,
        },
        index=pd.to_datetime(bars.open_time, utc=True),
    )  # fmt: skip


def written(folder, bars=BARS, name="ETH_1h.parquet"):
    """The path of a file of the same bars."""
    path = folder / name
    frame(bars).reset_index(names="timestamp").to_parquet(path)
    return path

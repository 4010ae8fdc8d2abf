"""Funding rates of a file, summed over the bars in which they fall."""

from bisect import bisect_right
from pathlib import Path

import pandas as pd

STAMPS = ("timestamp", "time", "date", "datetime", "funding_time")
RATES = ("funding_rate", "rate", "fundingrate", "value")


def funding_rates(path: str | None, opens: list[int], closes: list[int]) -> list[float]:
    """One sum a bar, of the rates stamped in [open, close); zeros without a file."""
    rates = [0.0] * len(opens)
    if path is None:
        return rates
    table = read_table(Path(path))
    for stamp, rate in zip(*stamps_and_rates(table), strict=True):
        bar = bisect_right(opens, stamp) - 1
        if bar >= 0 and stamp < closes[bar]:
            rates[bar] += rate
    return rates


def read_table(path: Path) -> pd.DataFrame:
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    table.columns = [str(name).lower() for name in table.columns]
    return table


def stamps_and_rates(table: pd.DataFrame) -> tuple[list[int], list[float]]:
    stamp = next(name for name in STAMPS if name in table)
    rate = next((name for name in RATES if name in table), "open")
    return instants(table[stamp]), [float(each) for each in table[rate]]


def instants(column: pd.Series) -> list[int]:
    """Ns since 1970 UTC of ISO text or timestamps."""
    return [pd.Timestamp(each).value for each in pd.to_datetime(column, utc=True)]

"""Real files and real exports: read right, or refused with their reason."""

import time
from pathlib import Path

import pytest

from engine.bars.dates import iso
from engine.bars.reader import read_bars
from engine.errors import DataError


def refusal(path: Path, timeframe: str = "1h") -> str:
    with pytest.raises(DataError) as caught:
        read_bars(path, "ETH", timeframe, "open")
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and "\n" not in message
    return message


REAL = [
    ("ETHUSDT_binance_perp_1h", "1h", 28_310, "no gaps"),
    (
        "SOLUSDT_binance_spot_1h_2020_2026",
        "1h",
        48_094,
        "10 gaps, 20 bars missing (nothing filled)",
    ),
    ("EURUSD_1h_2017_2026", "1h", 53_160, "465 gaps, 23,304 bars missing (nothing filled)"),
    ("SPY_1d_1998_2021", "1d", 5_849, "1,267 gaps, 2,641 bars missing (nothing filled)"),
]


@pytest.mark.parametrize(("name", "timeframe", "size", "gaps"), REAL)
def test_real_parquet(shared_data: Path, name: str, timeframe: str, size: int, gaps: str) -> None:
    bars, notes = read_bars(shared_data / "bars" / f"{name}.parquet", "X", timeframe, "open")
    assert bars.size == size and notes[1] == gaps


def test_a_real_file_of_another_timeframe(shared_data: Path) -> None:
    path = shared_data / "bars" / "ETHUSDT_binance_perp_30m.parquet"
    assert "the file looks like 30m bars; set timeframe to 30m" in refusal(path)
    assert "the file looks like 30m bars; set timeframe to 30m, not 5m" in refusal(path, "5m")


SAMPLES = [
    ("local_offset/ETHUSDT_1h.csv", "2020-10-23T08:00:00Z", 4_209),
    ("tradingview/BINANCE_ETHUSDT, 60.csv", "2025-07-24T12:00:00Z", 2_365),
    ("unix_seconds/EURUSD_1h.csv", "2017-07-03T00:00:00Z", 11_437),
    ("python_binance/ETHUSDT_1h.csv", "2021-04-04T20:00:00Z", 5_030),
    ("bybit_dump/ETHUSDT_1h.csv", "2025-09-11T08:00:00Z", 1_000),
]


@pytest.mark.parametrize(("name", "first", "size"), SAMPLES)
def test_real_exports(shared_data: Path, name: str, first: str, size: int) -> None:
    bars, _ = read_bars(shared_data / "samples" / name, "X", "1h", "open")
    assert iso(int(bars.open_time[0])) == first and bars.size == size


REFUSED_SAMPLES = [
    ("kraken/ETHUSD_60.csv", "the first line looks like data"),
    ("binance_vision/ETHUSDT-1h-2025-01.csv", "the first line looks like data"),
    ("cryptodatadownload/Binance_ETHUSDT_1h.csv", "row 1: stamp '2019-12-02 03-AM' cannot be read"),
    ("macro_raw/dxy.csv", "no column open"),
    ("freqtrade/ETH_USDT-1h.feather", "unknown kind of file"),
]


@pytest.mark.parametrize(("name", "said"), REFUSED_SAMPLES)
def test_real_exports_that_are_refused(shared_data: Path, name: str, said: str) -> None:
    assert said in refusal(shared_data / "samples" / name)


def test_reading_a_real_file_is_fast(shared_data: Path) -> None:
    path = shared_data / "bars" / "ETHUSDT_binance_perp_1h.parquet"
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        read_bars(path, "ETH", "1h", "open")
        seconds.append(time.perf_counter() - begin)
    assert min(seconds) < 0.06

"""What every file below samples/ must give: its bars, or the reason for which it is refused."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, eq=False)
class Sample:
    """options: what the user says. rows, timeframe, first, last: what is then read. says: parts of
    the one line of a refusal instead.
    """

    file: str
    form: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    rows: int = 0
    timeframe: str = ""
    first: str = ""
    last: str = ""
    closes: tuple[float, float] = (0.0, 0.0)
    has_volume: bool = True
    says: tuple[str, ...] = ()


VISION = "binance_vision/ETHUSDT-1h-"
KRAKEN = "kraken/ETHUSD_60.csv"
BITVAVO = "bitvavo/OHLCV_BTC-EUR_BITVAVO_1h_2019-12-31-23-00_2024-05-31-22-00.csv"
FUNDING = "freqtrade/ETH_USDT_USDT-1h-funding_rate.feather"
MISLABELLED = "freqtrade/UNITTEST_BTC-8m.json.gz"
ES = "lean/future_minute_es_20131007_trade.zip"
FESX = "lean/future_minute_fesx_20240603_trade_DUPLICATED.zip"
SPY = "lean/equity_daily_spy.zip"
EURUSD = "lean/forex_daily_eurusd_quote.zip"
VENDOR = "vendor_date_time/2006-min-005.txt"
SHORT_HEADER = "vendor_date_time/2006-01-02-volume-min-001.txt"
UTC = {"tz": "UTC"}
NEW_YORK = {"tz": "America/New_York"}
BERLIN = {"tz": "Europe/Berlin"}

READ = [
    Sample(VISION + "2024-12.csv", "binance-vision", {}, 744, "1h", "2024-12-01T00:00:00Z",
           "2024-12-31T23:00:00Z", (3688.54, 3337.78)),
    Sample(VISION + "2025-01.csv", "binance-vision", {}, 744, "1h", "2025-01-01T00:00:00Z",
           "2025-01-31T23:00:00Z", (3363.70, 3300.99)),
    Sample(BITVAVO, "bitvavo", {}, 7270, "1h", "2019-12-31T23:00:00Z", "2020-10-30T00:00:00Z",
           (6400.1, 11642.0)),
    Sample("bybit_dump/ETHUSDT_1h.csv", "bybit", UTC, 1000, "1h", "2025-09-11T08:00:00Z",
           "2025-10-22T23:00:00Z", (4430.41, 3769.32)),
    Sample("cryptodatadownload/Binance_ETHUSDT_1h.csv", "cryptodatadownload", {}, 11071, "1h",
           "2018-08-27T21:00:00Z", "2019-12-02T03:00:00Z", (276.8, 150.37), False),
    Sample("freqtrade/ETH_BTC-5m.feather", "freqtrade", {}, 5760, "5m", "2018-01-10T04:55:00Z",
           "2018-01-30T04:50:00Z", (0.0994766, 0.10441057000000001)),
    Sample("freqtrade/ETH_USDT-1h.feather", "freqtrade", {}, 12554, "1h", "2024-09-14T00:00:00Z",
           "2026-02-19T01:00:00Z", (2428.26, 1967.01)),
    Sample("freqtrade/UNITTEST_BTC-1m.feather", "freqtrade", {}, 13681, "1m",
           "2017-11-04T23:02:00Z", "2017-11-14T22:59:00Z", (0.00162008, 0.00270002)),
    Sample(MISLABELLED, "freqtrade", {"timeframe": "1m"}, 13681, "1m", "2017-11-04T23:02:00Z",
           "2017-11-14T22:59:00Z", (0.00162008, 0.00270002)),
    Sample("freqtrade/XRP_USDT_USDT-1h-futures.json.gz", "freqtrade", {}, 100, "1h",
           "2021-11-17T01:00:00Z", "2021-11-21T04:00:00Z", (1.07925, 1.0765)),
    Sample(KRAKEN, "kraken", {}, 9062, "1h", "2015-08-07T14:00:00Z", "2017-01-06T01:00:00Z",
           (3.0, 10.3828)),
    Sample("lean/crypto_minute_btcusd_20161007_trade.zip", "lean", UTC, 1419, "1m",
           "2016-10-07T00:00:00Z", "2016-10-07T23:59:00Z", (611.9, 617.98)),
    Sample(SPY, "lean", {"price_scale": 10_000}, 5849, "1d", "1998-01-02T00:00:00Z",
           "2021-03-31T00:00:00Z", (97.36, 396.33)),
    Sample(EURUSD, "lean-quote", {"quote": "bid"}, 3738, "1d", "2007-01-01T00:00:00Z",
           "2018-12-31T00:00:00Z", (1.32095, 1.14607), False),
    Sample(EURUSD, "lean-quote", {"quote": "ask"}, 3738, "1d", "2007-01-01T00:00:00Z",
           "2018-12-31T00:00:00Z", (1.32195, 1.14707), False),
    Sample(ES, "lean", {**NEW_YORK, "member": "201312"}, 1344, "1m", "2013-10-07T04:00:00Z",
           "2013-10-08T03:59:00Z", (1676.5, 1667.75)),
    Sample(ES, "lean", {**NEW_YORK, "member": "201406"}, 2, "1m", "2013-10-07T10:52:00Z",
           "2013-10-07T17:35:00Z", (1659.5, 1657.5)),
    Sample("local_offset/ETHUSDT_1h.csv", "klines", {}, 4209, "1h", "2020-10-23T08:00:00Z",
           "2021-04-16T16:00:00Z", (413.78, 2433.38)),
    Sample("python_binance/ETHUSDT_1h.csv", "python-binance", UTC, 5030, "1h",
           "2021-04-04T20:00:00Z", "2021-10-31T20:00:00Z", (2062.56, 4265.11)),
    Sample("tradingview/BINANCE_ETHUSDT, 60.csv", "tradingview", {}, 2365, "1h",
           "2025-07-24T12:00:00Z", "2025-10-31T00:00:00Z", (3642.65, 3810.85), False),
    Sample("unix_seconds/EURUSD_1h.csv", "tradingview", {}, 11437, "1h", "2017-07-03T00:00:00Z",
           "2019-05-20T07:00:00Z", (1.14172, 1.11629), False),
    # Close labels in Frankfurt's winter: 09:05 there is the bar from 08:00 UTC.
    Sample(VENDOR, "date-time", {**BERLIN, "stamp": "close"}, 2142, "5m", "2006-01-02T08:00:00Z",
           "2006-01-30T16:25:00Z", (3582.99, 3677.52), False),
    Sample("yahoo/yhoo-1996-2015.txt", "yahoo", {}, 4965, "1d", "1996-04-12T00:00:00Z",
           "2015-12-31T00:00:00Z", (1.375, 33.259998)),
]  # fmt: skip

REFUSED = [
    Sample(FUNDING, says=("high, low and close are 0 on every row", "not bars")),
    Sample(MISLABELLED, says=("the name says 8m", "the bars are 1m apart", "--timeframe 1m")),
    Sample(MISLABELLED, options={"timeframe": "8m"}, says=("the file looks like 1m bars",)),
    Sample(SHORT_HEADER, says=("7 names, row 1 has 8 fields", "add the name Time after Date")),
    Sample(
        FESX,
        options={**BERLIN, "member": "trade_202406"},
        says=("rows 1153 … 2304 repeat the stamps of rows 1 … 1152", "every bar once"),
    ),
    Sample(FESX, says=("2 files in the zip", "--member")),
    Sample(ES, options=NEW_YORK, says=("3 files in the zip", "201403", "--member")),
    Sample(ES, options={"member": "201312"}, says=("--tz UTC or --tz Europe/Berlin",)),
    Sample(SPY, says=("--price-scale 10000",)),
    Sample(SPY, options={"price_scale": 10_000, **NEW_YORK}, says=("dates only", "drop --tz")),
    Sample(EURUSD, says=("--quote bid or --quote ask",)),
    Sample(VENDOR, says=("--stamp open or --stamp close", "--tz UTC or --tz Europe/Berlin")),
    Sample("bybit_dump/ETHUSDT_1h.csv", says=("--tz UTC or --tz Europe/Berlin",)),
    Sample("python_binance/ETHUSDT_1h.csv", says=("--tz UTC or --tz Europe/Berlin",)),
    # Its zone has another rule: with the offsets in the file, --tz can only contradict them.
    Sample("local_offset/ETHUSDT_1h.csv", options=BERLIN, says=("drop --tz",)),
    Sample(
        "local_offset/ETHUSDT_1h.csv",
        options={"stamp": "close"},
        says=("open_time labels opens", "drop --stamp close"),
    ),
    Sample("macro_raw/dxy.csv", says=("no column open", "found Date, Close")),
    Sample("macro_raw/treasury_yields.csv", says=("no column open", "found Date, 1 Mo")),
    Sample(KRAKEN, options={"timeframe": "30m"}, says=("looks like 1h bars",)),
    Sample(KRAKEN, options={"format": "krakn"}, says=("did you mean kraken?",)),
    Sample(KRAKEN, options={"format": "binance-vision"}, says=("7 fields", "expects 12 fields")),
    Sample(KRAKEN, options={"quote": "bid"}, says=("has no quotes",)),
]

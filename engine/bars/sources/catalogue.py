"""Every format that is read. A new one is a new record; the first that matches is taken."""

from engine.bars.sources.format import OHLC, Format
from engine.errors import SettingsError

_END = r"(\n|$)"
_REST = r"[^\n]*"
_KLINE_NAMES = ("open_time", *OHLC, "volume", "close_time", "quote_volume", "count")
_KLINE_TAKER = ("taker_buy_volume", "taker_buy_quote_volume", "ignore")
_BID = ("bid_open", "bid_high", "bid_low", "bid_close", "bid_size")
_ASK = ("ask_open", "ask_high", "ask_low", "ask_close", "ask_size")
_BROKER = "MetaTrader stamps are the time of the broker's server, which changes its clocks or not"

FORMATS = (
    Format(
        name="barsieve",
        title="bars that barsieve wrote",
        head=r"parquet\|barsieve\n",
        label="open",
        zone="UTC",
    ),
    Format(
        name="binance-vision",
        title="Binance Vision klines",
        head=r"(csv|json)\|(\d{13}(\d{3})?(,[^,\n]*){5},\d{13}(\d{3})?(,[^,\n]*){5}" + _END
        + r"|open_time,open,high,low,close,volume,close_time,quote_volume,count,)",
        columns=(*_KLINE_NAMES, *_KLINE_TAKER),
        label="open",
        zone="UTC",
    ),
    Format(
        name="kraken",
        title="Kraken OHLCVT",
        head=r"csv\|\d{9,10}(,[^,\n]*){6}" + _END,
        columns=("timestamp", *OHLC, "volume", "trades"),
        label="open",
        zone="UTC",
        name_minutes=r"_(\d{1,5})(?=\.)",
        note="Kraken leaves out bars without a trade",
    ),
    Format(
        name="freqtrade",
        title="freqtrade data",
        head=r"(feather\|date,open,high,low,close,volume|json\|\d{13}(,[^,\n]*){5})" + _END,
        columns=("date", *OHLC, "volume"),
        label="open",
        zone="UTC",
    ),
    Format(
        name="lean",
        title="Lean trade bars",
        head=r"csv\|(\d{8} \d\d:\d\d|\d{1,8})(,[^,\n]*){5}" + _END,
        columns=("timestamp", *OHLC, "volume"),
        label="open",
        stamp_formats=("%Y%m%d %H:%M",),
        since_midnight=True,
        whole_prices_are_scaled=True,
        ends_without_line_end=True,
    ),
    Format(
        name="lean-quote",
        title="Lean quote bars",
        head=r"csv\|(\d{8} \d\d:\d\d|\d{1,8})(,[^,\n]*){10}" + _END,
        columns=("timestamp", *_BID, *_ASK),
        label="open",
        stamp_formats=("%Y%m%d %H:%M",),
        since_midnight=True,
        quotes=True,
        whole_prices_are_scaled=True,
        ends_without_line_end=True,
        note="quote sizes are no traded volume and are left out",
    ),
    Format(
        name="epoch-rows",
        title="rows of epoch, open, high, low, close, volume",
        head=r"(csv|json)\|\d{9,19}(,[^,\n]*){5}" + _END,
        columns=("timestamp", *OHLC, "volume"),
        zone="UTC",
    ),
    Format(
        name="cryptodatadownload",
        title="CryptoDataDownload export",
        head=r"csv\|(https?://[^\n]*cryptodatadownload[^\n]*\n|unix,date,symbol,open,"
        r"|date,(symbol,)?open,high,low,close[^\n]*\n\d{4}-\d\d-\d\d \d\d-[ap]m,)",
        label="open",
        zone="UTC",
        stamp_formats=("%Y-%m-%d %I-%p",),
        volume_prefix="volume ",
    ),
    Format(
        name="tradingview",
        title="TradingView chart export",
        head=r"csv\|time,open,high,low,close(,|\n|$)",
        label="open",
        name_minutes=r", (\d{1,5})(?![\d A-Za-z])",
        ends_without_line_end=True,
        note="TradingView exports the bar that is still forming: see whether the last one is whole",
    ),
    Format(
        name="yfinance",
        title="yfinance table of prices by ticker",
        head=r"csv\|(price|ticker),[^\n]*\n(ticker|price),[^\n]*\ndate(time)?,*" + _END,
        label="open",
        note="the column Adj Close, if there is one, is not used",
    ),
    Format(
        name="metatrader5",
        title="MetaTrader 5 bars",
        head=r"csv\|<date>,(<time>,)?<open>,<high>,<low>,<close>,<tickvol>,<vol>,<spread>" + _END,
        label="open",
        stamp_formats=("%Y.%m.%d %H:%M:%S", "%Y.%m.%d %H:%M", "%Y.%m.%d"),
        joined=("date", "time"),
        volumes=("vol", "tickvol"),
        note=_BROKER,
    ),
    Format(
        name="metatrader4",
        title="MetaTrader 4 history",
        head=r"csv\|\d{4}\.\d\d\.\d\d,\d\d:\d\d(,[^,\n]*){5}" + _END,
        columns=("date", "time", *OHLC, "volume"),
        label="open",
        stamp_formats=("%Y.%m.%d %H:%M",),
        joined=("date", "time"),
        note=_BROKER,
    ),
    Format(
        name="dukascopy",
        title="Dukascopy candles",
        head=r"csv\|gmt time,open,high,low,close,volume" + _END,
        label="open",
        zone="UTC",
        stamp_formats=("%d.%m.%Y %H:%M:%S.%f", "%d.%m.%Y %H:%M:%S"),
        note="Dukascopy candles are of one side, bid or ask, with the volume of its quotes",
    ),
    Format(
        name="histdata",
        title="HistData minute bars",
        head=r"csv\|\d{8} \d{6}(,[^,\n]*){5}" + _END,
        columns=("timestamp", *OHLC, "volume"),
        label="open",
        zone="Etc/GMT+5",
        stamp_formats=("%Y%m%d %H%M%S",),
        note="HistData stamps are New York's winter time, the whole year; prices are bids",
    ),
    Format(
        name="yahoo",
        title="Yahoo Finance download",
        head=r"csv\|date(time)?,open,high,low,close,adj close,volume" + _END,
        label="open",
        note="the column Adj Close is not used: prices are as Yahoo shows them in Open … Close",
    ),
    Format(
        name="bybit",
        title="Bybit dump",
        head=r"csv\|(timestamp|start_?time|date|datetime),open,high,low,close,volume,turnover"
        + _END,
        label="open",
    ),
    Format(
        name="bitvavo",
        title="Bitvavo dump",
        head=r"csv\|datetime,open,high,low,close,volume\n\d{4}-\d\d-\d\dt[\d:.]+\+0000,",
        label="open",
    ),
    Format(
        name="python-binance",
        title="python-binance dump",
        head=r"csv\|(date|timestamp|open_time),open,high,low,close,volume,"
        r"(ticker" + _END + r"|close_time,quote_av,)",
        label="open",
    ),
    Format(
        name="klines",
        title="exchange klines with open_time and close_time",
        head=r"csv\|open[_ ]time,open,high,low,close,volume,close[_ ]time(,|\n|$)",
        label="open",
    ),
    Format(
        name="date-time",
        title="date and time in two columns",
        head=r"csv\|date,time,open,high,low,close(,|\n|$)",
        joined=("date", "time"),
    ),
    Format(name="plain", title="columns by name", head=r"\w+\|"),
)  # fmt: skip


def find_format(name: str) -> Format:
    """The format of that name; raises SettingsError with the nearest one."""
    from engine.settings import did_you_mean

    names = [each.name for each in FORMATS]
    if name not in names:
        raise SettingsError(
            f"--format {name}: not a format{did_you_mean(name, names)}; known: {', '.join(names)}"
        )
    return FORMATS[names.index(name)]

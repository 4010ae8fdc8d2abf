"""Bars and funding rates into Parquet files: each run goes on where the last one ended."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.bars.checks import check
from engine.bars.dates import instant, iso
from engine.bars.exchange.client import Client
from engine.bars.exchange.growing import Downloaded, GrowingFile
from engine.bars.exchange.pages import Row, read_pages
from engine.bars.exchange.store import read_stored, refuse_other
from engine.bars.series import Bars
from engine.bars.timeframe import nanoseconds
from engine.errors import BarsieveError, DataError, OutputError, SettingsError
from engine.files import refuse_unwritable
from engine.kernel import Floats
from engine.names import wrong_name
from engine.settings import did_you_mean

_MS = 1_000_000
BAR_COLUMNS = ("open", "high", "low", "close", "volume")
FUNDING_COLUMNS = ("rate",)
_EIGHT_HOURS = 8 * 3_600_000


@dataclass(frozen=True)
class Wanted:
    """What to download. until: None for now. timeframe: None for funding rates."""

    exchange: str
    symbol: str
    timeframe: str | None
    since: str
    until: str | None
    output: Path | None
    replace: bool
    base_url: str | None

    @property
    def path(self) -> Path:
        """The file: data/<name>_<timeframe>.parquet, or data/<name>_funding.parquet."""
        return self.output or Path("data") / f"{self.name}_{self.timeframe or 'funding'}.parquet"

    @property
    def name(self) -> str:
        """The market's name in that of the file: ETHUSDT-USDT for ETH/USDT:USDT."""
        return self.symbol.replace("/", "").replace(":", "-")

    def refuse_names(self) -> None:
        """Raise SettingsError for a market or a timeframe that cannot be part of a file name."""
        wrong = wrong_name(self.name)
        if wrong and self.output is None:
            raise SettingsError(f"--symbol {self.symbol!r}: {wrong}; or name a file with --output")
        if self.timeframe is not None:
            nanoseconds(self.timeframe)

    @property
    def facts(self) -> dict[str, str]:
        """What the file remembers: a file of something else is not gone on with."""
        kind = self.timeframe or "funding"
        return {"exchange": self.exchange, "market": self.symbol, "kind": kind, "stamp": "open"}


def fetch_all(wanted: Wanted, progress: Callable[[str], None]) -> Downloaded:
    """Fetch what the file does not have yet; bars that are still forming are left out.

    Raises SettingsError for what the exchange does not have, DataError when it fails or contradicts
    the file; what was fetched before that is kept, and the same command goes on from there.
    """
    wanted.refuse_names()
    if wanted.path.suffix != ".parquet":
        raise OutputError(f"{wanted.path}: expected a name that ends in .parquet")
    refuse_unwritable(wanted.path)
    since = instant("since", wanted.since) // _MS
    facts = {**wanted.facts, "since": wanted.since}
    columns = FUNDING_COLUMNS if wanted.timeframe is None else BAR_COLUMNS
    stored = None if wanted.replace else read_stored(wanted.path, columns)
    if stored is not None:
        refuse_other(stored, facts, wanted.path)
    client = Client(wanted.exchange, wanted.base_url)
    fetch, step = _fetch_of(client, wanted)
    until = _until(client, wanted, 0 if wanted.timeframe is None else step)
    file = GrowingFile(wanted.path, facts, columns, stored, _checker(wanted))
    start = since if stored is None else stored.last_ms
    try:
        for page in read_pages(fetch, start, until, step, step if wanted.timeframe else 1):
            file.add(page)
            progress(f"{file.rows_new:,} rows, to {iso(int(page[-1][0]) * _MS)}")
    except (BarsieveError, KeyboardInterrupt) as error:
        file.save()
        if isinstance(error, KeyboardInterrupt):
            raise
        raise DataError(f"{error}; {file.said()}") from error
    file.save()
    return file.outcome(until * _MS)


def _until(client: Client, wanted: Wanted, step: int) -> int:
    """The first stamp, ms, that is not wanted: a bar counts once its end has come."""
    complete = client.now() - step + 1
    if wanted.until is None:
        return complete
    return min(complete, instant("until", wanted.until) // _MS)


def _fetch_of(client: Client, wanted: Wanted) -> tuple[Callable[[int], list[Row]], int]:
    """How to get a page from a stamp on, and the ms between rows."""
    exchange, symbol = client.exchange, wanted.symbol
    if wanted.timeframe is None:
        client.refuse_unknown(symbol, "fetchFundingRateHistory")

        def rates(since: int) -> list[Row]:
            found = client.ask(exchange.fetch_funding_rate_history, symbol, since)
            return [[each["timestamp"], each["fundingRate"]] for each in found]

        return rates, _EIGHT_HOURS
    timeframe, step = wanted.timeframe, nanoseconds(wanted.timeframe) // _MS
    client.refuse_unknown(symbol, "fetchOHLCV")
    known = list(exchange.timeframes or {})
    if timeframe not in known:
        raise SettingsError(
            f"--timeframe {timeframe}: not one of {wanted.exchange}{did_you_mean(timeframe, known)}"
            f"; known: {', '.join(known)}"
        )
    return lambda since: client.ask(exchange.fetch_ohlcv, symbol, timeframe, since), step


def _checker(wanted: Wanted) -> Callable[[Floats], None]:
    """What refuses rows that no such file may have."""
    where = f"{wanted.exchange} {wanted.symbol}"
    if wanted.timeframe is None:
        return lambda rows: _check_rates(rows, where)
    length = nanoseconds(wanted.timeframe)
    return lambda rows: check(_as_bars(rows, length), where)


def _check_rates(rows: Floats, where: str) -> None:
    wrong = ~np.isfinite(rows[:, 1]) | (np.diff(rows[:, 0], prepend=-1) <= 0)
    if wrong.any():
        row = int(np.argmax(wrong))
        at = iso(int(rows[row, 0]) * _MS)
        raise DataError(f"{where}: row {row + 1} ({at}): rate {rows[row, 1]}; expected a number")


def _as_bars(rows: Floats, length: int) -> Bars:
    times, opens, highs, lows, closes, volumes = (np.ascontiguousarray(each) for each in rows.T)
    return Bars(
        asset="",
        timeframe=length,
        source="",
        has_volume=bool(np.any(volumes != 0)),
        open_time=times.astype(np.int64) * _MS,
        open=opens,
        high=highs,
        low=lows,
        close=closes,
        volume=volumes,
    )

"""An exchange that is asked again when it is busy, and answers or ends with one line."""

import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from engine.errors import DataError, SettingsError
from engine.settings import did_you_mean

Answer = TypeVar("Answer")
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before each further try
_LONGEST_WAIT = 120.0  # of what an exchange asks for by Retry-After


class Client:
    """One exchange of ccxt; its own rate limit is kept.

    base_url: another address for all of the exchange's calls, as a mirror or a test server has it.
    Raises SettingsError without ccxt, or for an exchange that it does not know.
    """

    def __init__(self, name: str, base_url: str | None = None) -> None:
        self._ccxt = _import_ccxt()
        if name not in self._ccxt.exchanges:
            near = did_you_mean(name, list(self._ccxt.exchanges))
            raise SettingsError(f"--exchange {name}: not known to ccxt{near}")
        self.name = name
        self.exchange = getattr(self._ccxt, name)({"enableRateLimit": True})
        if base_url is not None:
            self.exchange.urls["api"] = _moved(self.exchange.urls["api"], base_url)

    def ask(self, call: Callable[..., Answer], *arguments: Any) -> Answer:
        """The answer of a call, tried again when the exchange is busy or out of reach.

        Raises DataError for a refusal, and for the last of the failures.
        """
        for wait in (*WAITS, None):
            try:
                return call(*arguments)
            except self._ccxt.OperationFailed as error:
                if wait is None:
                    tries = len(WAITS) + 1
                    raise DataError(f"{self.name}: {_said(error)} ({tries} tries)") from error
                time.sleep(max(wait, self._asked_wait()))
            except self._ccxt.BaseError as error:
                raise DataError(f"{self.name}: {_said(error)}") from error
        raise AssertionError

    def _asked_wait(self) -> float:
        headers = self.exchange.last_response_headers or {}
        asked = {name.lower(): value for name, value in headers.items()}.get("retry-after", "0")
        return min(float(asked), _LONGEST_WAIT) if asked.isdigit() else 0.0

    def now(self) -> int:
        """The exchange's clock, ms since 1970; this machine's if it has none."""
        if self.exchange.has.get("fetchTime"):
            return int(self.ask(self.exchange.fetch_time))
        return int(self.exchange.milliseconds())

    def refuse_unknown(self, symbol: str, ability: str) -> None:
        """Raise SettingsError for a symbol, or a kind of data, that the exchange does not have."""
        if not self.exchange.has.get(ability):
            raise SettingsError(f"--exchange {self.name}: ccxt cannot {ability} there")
        markets = self.ask(self.exchange.load_markets)
        if symbol not in markets:
            near = did_you_mean(symbol, list(markets))
            raise SettingsError(f"--symbol {symbol}: not a market of {self.name}{near}")


def _import_ccxt() -> Any:
    try:
        import ccxt
    except ImportError as error:
        raise SettingsError(
            "data download needs ccxt, which is not installed; "
            "install it with: pip install 'barsieve[data]'"
        ) from error
    return ccxt


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


def _moved(urls: Any, base_url: str) -> Any:
    """The same nested addresses at another scheme and host."""
    if isinstance(urls, dict):
        return {name: _moved(url, base_url) for name, url in urls.items()}
    if not isinstance(urls, str):
        return urls
    base, url = urlsplit(base_url), urlsplit(urls)
    return urlunsplit((base.scheme, base.netloc, url.path, url.query, ""))

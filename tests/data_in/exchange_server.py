"""A small exchange on 127.0.0.1 that behaves like Binance, troubles included."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HOUR = 3_600_000
START = 1_704_067_200_000  # 2024-01-01T00:00Z
EIGHT_HOURS = 8 * HOUR


@dataclass
class Exchange:
    """What the server knows and how it misbehaves.

    bars, rates: [ms, ...] rows. now: its clock, ms. page: rows in a page. troubles: HTTP status of
    the next requests for data, 200 for none. repeat_page: number of requests that get the first
    page again. empty_in_gap: whether a page that begins in a gap is empty.
    """

    bars: list[list[float]]
    rates: list[list[float]] = field(default_factory=list)
    now: int = START + 1_000 * HOUR
    page: int = 100
    troubles: list[int] = field(default_factory=list)
    repeat_page: int = 0
    empty_in_gap: bool = False
    asked: list[str] = field(default_factory=list)
    url: str = ""


def bar_rows(count: int, start: int = START) -> list[list[float]]:
    """Hourly bars with prices that tell which is which."""
    return [
        [start + k * HOUR, 100.0 + k, 101.5 + k, 99.25 + k, 100.5 + k, 10.0 + k]
        for k in range(count)
    ]


@contextmanager
def serving(exchange: Exchange) -> Iterator[Exchange]:
    """The exchange at `exchange.url` while the block runs."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, body, headers = answer(exchange, parts.path, query)
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    exchange.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield exchange
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(exchange: Exchange, path: str, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
    if path.endswith("/time"):
        return 200, {"serverTime": exchange.now}, {}
    if path.endswith("/exchangeInfo"):
        return 200, _markets(path), {}
    is_data = path.endswith(("/klines", "/fundingRate"))
    if not is_data:
        return 404, {"code": -1, "msg": f"unknown {path}"}, {}
    exchange.asked.append(f"{path}?{query.get('startTime')}")
    status = exchange.troubles.pop(0) if exchange.troubles else 200
    if status != 200:
        headers = {"Retry-After": "1"} if status == 429 else {}
        return status, {"code": -1003, "msg": "Too many requests"} if status == 429 else {}, headers
    if path.endswith("/fundingRate"):
        return 200, _rates(exchange, int(query["startTime"])), {}
    return 200, _klines(exchange, int(query["startTime"])), {}


def _klines(exchange: Exchange, since: int) -> list[list[Any]]:
    if exchange.repeat_page and since > exchange.bars[0][0]:
        exchange.repeat_page -= 1
        since = int(exchange.bars[0][0])
    rows = [row for row in exchange.bars if row[0] >= since][: exchange.page]
    if exchange.empty_in_gap and rows and rows[0][0] >= since + exchange.page * HOUR:
        return []
    return [
        [int(row[0]), *map(str, row[1:]), int(row[0]) + HOUR - 1, "1", 1, "1", "1", "0"]
        for row in rows
    ]


def _rates(exchange: Exchange, since: int) -> list[dict[str, Any]]:
    rows = [row for row in exchange.rates if row[0] >= since][: exchange.page]
    return [
        {"symbol": "ETHUSDT", "fundingTime": int(at), "fundingRate": str(rate), "markPrice": "1"}
        for at, rate in rows
    ]


def _markets(path: str) -> dict[str, Any]:
    if path.startswith("/dapi"):
        return {"symbols": []}
    market = {
        "symbol": "ETHUSDT",
        "status": "TRADING",
        "baseAsset": "ETH",
        "quoteAsset": "USDT",
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "pricePrecision": 2,
        "quantityPrecision": 3,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "permissions": ["SPOT"],
        "orderTypes": ["LIMIT"],
        "filters": [],
    }
    if path.startswith("/fapi"):
        market |= {"pair": "ETHUSDT", "contractType": "PERPETUAL", "marginAsset": "USDT"}
        market |= {"deliveryDate": 4133404800000, "onboardDate": START}
    return {"timezone": "UTC", "serverTime": START, "rateLimits": [], "symbols": [market]}

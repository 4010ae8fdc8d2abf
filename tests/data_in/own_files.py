"""Files such as a newcomer has: a steady market, written the way the exporters write."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

HOUR = timedelta(hours=1)
Row = tuple[float, float, float, float, float]


def price_rows(count: int) -> list[Row]:
    """open, high, low, close, volume of a calm market, in cents, without chance."""
    rows, price = [], 300_000
    for k in range(count):
        step = ((k * 7919) % 401 - 200) * 3
        opened, closed = price, price + step
        high = max(opened, closed) + (k * 31) % 97 + 40
        low = min(opened, closed) - (k * 17) % 89 - 40
        rows.append((opened / 100, high / 100, low / 100, closed / 100, 500.0 + (k * 13) % 251))
        price = closed if 200_000 < closed < 400_000 else 300_000
    return rows


def tradingview(path: Path, count: int = 1500) -> None:
    """ISO stamps with an offset, an indicator with a warm-up, no volume, no last line end."""
    start = datetime(2025, 6, 1, tzinfo=timezone(HOUR))
    lines = ["time,open,high,low,close,RSI (14),Plot,Plot"]
    for k, row in enumerate(price_rows(count)):
        numbers = ",".join(f"{number:.10g}" for number in row[:4])
        lines.append(f"{(start + k * HOUR).isoformat()},{numbers},{'NaN' if k < 14 else 50},1,")
    path.write_text("\n".join(lines), encoding="utf-8", newline="")


def binance_vision(path: Path, day: str, count: int, per_second: int, skip: int = 0) -> None:
    """12 columns without a header line; close time one unit before the next open."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    lines = []
    for k, row in enumerate(price_rows(skip + count)[skip:]):
        opened = int((start + k * HOUR).timestamp()) * per_second
        numbers = ",".join(f"{number:.8f}" for number in row)
        closed = opened + 3600 * per_second - 1
        lines.append(f"{opened},{numbers},{closed},1000.00000000,42,1.00000000,2.00000000,0")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")


def half_hours(path: Path, count: int = 1500) -> None:
    """The bars of `tradingview` as 30 m bars that agree, but for the last hour."""
    start = datetime(2025, 6, 1, tzinfo=timezone(HOUR)).astimezone(UTC)
    lines = ["timestamp,open,high,low,close"]
    for k, (opened, high, low, closed, _) in enumerate(price_rows(count)):
        first, second = start + k * HOUR, start + k * HOUR + HOUR / 2
        low -= 1.0 if k == count - 1 else 0.0
        lines.append(f"{first:%Y-%m-%dT%H:%M:%SZ},{opened},{high},{min(opened, closed)},{closed}")
        lines.append(f"{second:%Y-%m-%dT%H:%M:%SZ},{closed},{max(opened, closed)},{low},{closed}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def vendor(path: Path, count: int = 90) -> None:
    """Date and time in two columns, close-labelled, exchange time."""
    start = datetime(2025, 3, 3, 9, 5, tzinfo=UTC)
    lines = ["Date,Time,Open,High,Low,Close,Volume,OpenInterest"]
    for k, row in enumerate(price_rows(count)):
        numbers = ",".join(f"{number:.2f}" for number in row)
        lines.append(f"{start + k * timedelta(minutes=5):%Y-%m-%d,%H:%M:%S},{numbers},0")
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")


def german(path: Path, count: int = 200) -> None:
    """Semicolons, day.month.year, decimal commas and dots between thousands."""
    start = datetime(2025, 3, 3, tzinfo=UTC)
    marks = str.maketrans(",.", ".,")
    lines = ["Date;Open;High;Low;Close;Volume"]
    for k, row in enumerate(price_rows(count)):
        numbers = ";".join(f"{number:,.2f}".translate(marks) for number in row)
        lines.append(f"{start + k * HOUR:%d.%m.%Y %H:%M};{numbers}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def nasdaq(path: Path, count: int = 300) -> None:
    """Newest first, month/day/year, dollars, the close under another name."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    lines = []
    for k, row in enumerate(price_rows(count)):
        opened, high, low, closed, volume = (f"{number:.2f}" for number in row)
        day = f"{start + 24 * k * HOUR:%m/%d/%Y}"
        lines.append(f"{day},${closed},{volume[:-3]},${opened},${high},${low}")
    header = "Date,Close/Last,Volume,Open,High,Low"
    path.write_text("\n".join([header, *lines[::-1]]) + "\n", encoding="utf-8")


def metatrader5(path: Path, count: int = 200) -> None:
    """Tabs, names in angle brackets, the server's time, no traded volume."""
    start = datetime(2025, 3, 3, tzinfo=UTC)
    names = ("DATE", "TIME", "OPEN", "HIGH", "LOW", "CLOSE", "TICKVOL", "VOL", "SPREAD")
    lines = ["\t".join(f"<{name}>" for name in names)]
    for k, row in enumerate(price_rows(count)):
        prices = "\t".join(f"{number:.5f}" for number in row[:4])
        stamp = f"{start + k * HOUR:%Y.%m.%d\t%H:%M:%S}"
        lines.append(f"{stamp}\t{prices}\t{row[4]:.0f}\t0\t3")
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")


def write_all(folder: Path) -> None:
    """The files that docs/data.md speaks of."""
    tradingview(folder / "BINANCE_ETHUSDT, 60.csv")
    binance_vision(folder / "ETHUSDT-1h-2024-12.csv", "2024-12-01", 744, 1_000)
    binance_vision(folder / "ETHUSDT-1h-2025-01.csv", "2025-01-01", 744, 1_000_000, skip=744)
    half_hours(folder / "ETHUSDT_30m.csv")
    vendor(folder / "vendor.txt")
    german(folder / "bars.csv")
    nasdaq(folder / "nasdaq.csv")
    metatrader5(folder / "EURUSD_H1.csv")

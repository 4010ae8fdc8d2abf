"""What a download says: sentences for people, one record for programs."""

from typing import Any

from engine.bars.dates import iso
from engine.bars.exchange.growing import Downloaded
from engine.bars.timeframe import nanoseconds


def download_lines(found: Downloaded, timeframe: str | None) -> list[str]:
    """New rows, what the file has now, and the next command."""
    if found.first is None or found.last is None:
        return ["Nothing in that range; nothing was written"]
    span = f"{iso(found.first)} … {iso(found.last)}"
    lines = [f"Read: {found.new:,} new rows", f"Wrote {found.path}: {found.rows:,} rows, {span}"]
    if not found.new:
        lines = [f"{found.path} is up to date: {found.rows:,} rows, {span}"]
    if timeframe is None:
        return lines
    if found.last + 2 * nanoseconds(timeframe) <= found.until:
        lines.append(f"Read: the exchange has nothing from there to {iso(found.until)}")
    return [*lines, f"Next: barsieve data check {found.path}"]


def download_record(found: Downloaded) -> dict[str, Any]:
    """The same for programs."""
    return {
        "output": str(found.path),
        "rows": found.rows,
        "new": found.new,
        "first": None if found.first is None else iso(found.first),
        "last": None if found.last is None else iso(found.last),
    }

"""What an import says: sentences for people, one record for programs."""

from pathlib import Path
from typing import Any

from engine.bars.dates import iso
from engine.bars.reader import gap_note, volume_note
from engine.bars.series import Bars
from engine.bars.timeframe import timeframe_name


def import_lines(bars: Bars) -> list[str]:
    """Rows, timeframe, range, gaps and volume, a sentence each."""
    first, last = iso(int(bars.open_time[0])), iso(int(bars.open_time[-1]))
    plural = "" if bars.size == 1 else "s"
    rows = f"{bars.size:,} bar{plural} {timeframe_name(bars.timeframe)} {first} … {last}"
    return [rows, gap_note(bars), *volume_note(bars)]


def import_record(bars: Bars, notes: list[str], path: Path, written: bool) -> dict[str, Any]:
    """The same for programs."""
    return {
        "output": str(path),
        "written": written,
        "symbol": bars.asset,
        "timeframe": timeframe_name(bars.timeframe),
        "bars": bars.size,
        "first": iso(int(bars.open_time[0])),
        "last": iso(int(bars.open_time[-1])),
        "has_volume": bars.has_volume,
        "gaps": gap_note(bars),
        "notes": notes,
    }

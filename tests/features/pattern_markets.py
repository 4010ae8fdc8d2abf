"""Markets for the laws of patterns, beside those of the features."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from feature_markets import HOUR, MARKETS, START, demo, market

from engine.bars.series import Bars

NEW_YORK = ZoneInfo("America/New_York")


def session_hours(first: date, days: int) -> list[datetime]:
    """Opening times of the bars 09:00 … 15:00 in New York on weekdays."""
    each = (first + timedelta(days=n) for n in range(days))
    return [
        datetime.combine(day, time(hour), NEW_YORK)
        for day in each
        if day.weekday() < 5
        for hour in range(9, 16)
    ]


def sessions() -> Bars:
    """Seven bars a weekday by New York's clock, over both changes of its summer time."""
    hours = session_hours(date(2023, 9, 18), 220)
    stamps = np.array([int(hour.timestamp()) for hour in hours], dtype=np.int64)
    rng = np.random.default_rng(6)
    night = np.r_[False, np.diff(stamps) > 3_600]
    close = 300 * np.exp(np.cumsum(rng.normal(0, 0.006, stamps.size) * np.where(night, 3.0, 1.0)))
    return replace(market(close, rng), open_time=stamps * 10**9)


def edges(bars: Bars) -> list[int]:
    """Rows at which a 4 h bar, a day, a session or a week begins, and the rows around some."""
    clock = bars.open_time // HOUR
    starts = [np.flatnonzero(np.diff(clock // hours)) + 1 for hours in (4, 24)]
    starts.append(np.flatnonzero(np.diff(clock) > 1) + 1)
    picked = [rows[np.linspace(0, rows.size - 1, 6).astype(int)] for rows in starts if rows.size]
    rows = {int(row) + k for some in picked for row in some for k in (-1, 0, 1)}
    return sorted(row for row in rows if 0 < row < bars.size)


def summer_time_changes(bars: Bars) -> list[int]:
    """The first row after each change of New York's clock."""
    stamps = [datetime.fromtimestamp(t / 1e9, UTC).astimezone(NEW_YORK) for t in bars.open_time]
    offsets = np.array([stamp.utcoffset().total_seconds() for stamp in stamps])
    return (np.flatnonzero(np.diff(offsets)) + 1).tolist()


def on_grid(bars: Bars) -> Bars:
    """Prices rounded to 2^-10: every difference of two, and every c − p, is exact."""
    fields = ("open", "high", "low", "close")
    return replace(bars, **{f: (getattr(bars, f) * 1024).round() / 1024 for f in fields})


def lively() -> Bars:
    """Fat-tailed moves on fat-tailed volume that goes with them: every kind of pattern, often."""
    rng = np.random.default_rng(11)
    moves = rng.standard_t(3, 4_000)
    close = 2_000 * np.exp(np.cumsum(0.005 * moves))
    volume = rng.gamma(2.0, 500.0, moves.size) * (1.0 + np.abs(moves))
    return market(close, rng, volume=volume)


def wicks(size: int = 3_000) -> Bars:
    """A range that is left for a moment and regained: long wicks, on volume that goes with them."""
    rng = np.random.default_rng(12)
    drift = np.zeros(size)
    for i in range(1, size):
        drift[i] = 0.93 * drift[i - 1] + rng.normal(0, 0.004)
    close = 1_000 * np.exp(drift)
    open_ = np.r_[close[:1], close[:-1]]
    above, below = (0.002 * np.abs(rng.standard_t(2, size)) for _ in range(2))
    return Bars(
        *("TEST", HOUR, "DEMO", True, START + np.arange(size) * HOUR, open_),
        high=np.maximum(open_, close) * (1 + above),
        low=np.minimum(open_, close) / (1 + below),
        close=close,
        volume=rng.gamma(4.0, 250.0, size) * (1 + 300 * (above + below)),
    )


PATTERN_MARKETS = {**MARKETS, "sessions": sessions, "lively": lively, "wicks": wicks}
__all__ = ["PATTERN_MARKETS", "demo"]

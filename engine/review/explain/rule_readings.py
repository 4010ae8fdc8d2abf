"""What the rule saw at one bar: domain scores, trends, schedule, fast signal."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.bars.dates import iso
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.fusion.scores import weights
from engine.prescreen.fast_signal import FastSignalSettings, signal_confidence, trend_side
from engine.prescreen.rows import Rows
from engine.prescreen.settings import ScreenSettings
from engine.review.explain.wording import brief, plain

SIDES = {1: "long", -1: "short", 0: "none"}
TRENDS = {1: "up", -1: "down", 0: "flat"}


@dataclass(frozen=True)
class SentinelReading:
    """fired: None where the configuration, or data without volume, leaves the sentinel out."""

    sentinel: str
    fired: bool | None


@dataclass(frozen=True)
class DomainReading:
    """score: in [−1, 1], None before the warm-up. share: weight·score / Σ weights, its part of F.
    A domain that is not part of the run has the weight 0.
    """

    domain: str
    weight: float
    score: float | None
    share: float | None


@dataclass(frozen=True)
class TrendReading:
    """trends: up, down or flat by timeframe. against: sides that lose `penalty` of their score."""

    trends: dict[str, str]
    against: tuple[str, ...]
    penalty: float


@dataclass(frozen=True)
class ScheduleReading:
    """first_open_bar: the bar of the bucket at which the decision is made, None if none was open
    until this bar.
    """

    interval_bars: int
    bucket: str
    scheduled: bool
    first_open_bar: int | None
    words: str


@dataclass(frozen=True)
class FastReading:
    """side: long, short or none. against: conditions that failed, in words."""

    side: str
    measured: dict[str, float | None]
    limits: dict[str, Any]
    against: tuple[str, ...]


def sentinel_readings(rows: Rows, settings: ScreenSettings, bar: int) -> list[SentinelReading]:
    """Every sentinel of the catalogue at one bar."""
    active = settings.sentinels_of(rows.bars.has_volume)
    bits = int(rows.fired[bar])
    fired = {sentinel.name: bool(bits >> k & 1) for k, sentinel in enumerate(active)}
    return [
        SentinelReading(each.name, fired.get(each.name)) for each in settings.batch_mode.catalogue
    ]


def domain_readings(rows: Rows, settings: ScreenSettings, bar: int) -> list[DomainReading]:
    """Every domain of the catalogue at one bar."""
    shares = weights(settings.fusion, settings.domains_of(rows.bars.has_volume))
    scores = rows.table["scores"][bar].tolist()
    return [
        DomainReading(each.name, weight, plain(score), plain(weight * score / sum(shares)))
        for each, weight, score in zip(settings.fusion.weights.domains, shares, scores, strict=True)
    ]


def trend_reading(rows: Rows, settings: ScreenSettings, bar: int) -> TrendReading:
    fusion = settings.fusion
    columns = {name: float(rows.columns[f"trend@{name}"][bar]) for name in fusion.trend_timeframes}
    bits = int(rows.table["misaligned"][bar])
    return TrendReading(
        trends={
            name: TRENDS[int(np.sign(value))] if value == value else "unknown"
            for name, value in columns.items()
        },
        against=tuple(
            name for name, bit in (("long", LONG_BIT), ("short", SHORT_BIT)) if bits & bit
        ),
        penalty=fusion.misalignment_penalty,
    )


def schedule_reading(rows: Rows, settings: ScreenSettings, bar: int) -> ScheduleReading | None:
    """None in a mode that follows the fast signal instead of the clock."""
    if settings.fusion.execution_mode != "fusion_only":
        return None
    interval = settings.fusion.full_engine_validation_interval_bars
    length = interval * rows.bars.timeframe
    times = rows.bars.open_time
    bucket = int(times[bar]) // length * length
    begin = int(np.searchsorted(times, bucket))
    decided = np.flatnonzero(rows.table["scheduled"][begin : bar + 1]) + begin
    first = int(decided[0]) if decided.size else None
    return ScheduleReading(
        interval_bars=interval,
        bucket=iso(bucket),
        scheduled=bool(rows.table["scheduled"][bar]),
        first_open_bar=first,
        words=_schedule_words(rows, bar, first, interval),
    )


def _schedule_words(rows: Rows, bar: int, first: int | None, interval: int) -> str:
    if first is None:
        return f"no bar of its bucket of {interval} had an open side yet"
    if first == bar:
        return f"the first bar of its bucket of {interval} with an open side"
    stamp = iso(int(rows.bars.open_time[first]))
    return f"bar {first:,} ({stamp}) was the first of its bucket of {interval} with an open side"


def fast_reading(rows: Rows, settings: ScreenSettings, bar: int) -> FastReading | None:
    """None in the mode that reads no fast signal."""
    if settings.fusion.execution_mode == "fusion_only":
        return None
    fast = settings.fast_signals
    rsi, adx, average, slow = (float(rows.columns[name][bar]) for name in fast.columns())
    close = float(rows.bars.close[bar])
    measured = dict(zip(fast.columns(), (rsi, adx, average, slow), strict=True))
    measured["confidence"] = float(signal_confidence(adx, rsi, fast.adx_threshold))
    measured["extension_pct"] = 100.0 * abs(close - average) / average
    side = trend_side(average, slow)
    return FastReading(
        side=SIDES[int(rows.table["fast"][bar])],
        measured={"close": close, **{name: plain(value) for name, value in measured.items()}},
        limits=fast.model_dump(mode="json"),
        against=tuple(_against(fast, side, close, measured)),
    )


def _against(
    fast: FastSignalSettings, side: int, close: float, measured: dict[str, float]
) -> list[str]:
    """The conditions of the fast signal that fail."""
    rsi_name, adx_name, average_name, slow_name = fast.columns()
    rsi, adx, average = (measured[name] for name in (rsi_name, adx_name, average_name))
    sure = measured["confidence"]
    found = []
    if side == 0:
        found.append(f"{average_name} {brief(average)} = {slow_name} {brief(measured[slow_name])}")
    if not adx >= fast.adx_threshold:
        found.append(f"{adx_name} {brief(adx)} < adx_threshold {brief(fast.adx_threshold)}")
    elif not sure >= fast.min_confidence:
        found.append(f"confidence {brief(sure)} < min_confidence {brief(fast.min_confidence)}")
    if side > 0 and rsi > fast.rsi_overbought:
        found.append(f"{rsi_name} {brief(rsi)} > rsi_overbought {brief(fast.rsi_overbought)}")
    if side < 0 and rsi < fast.rsi_oversold:
        found.append(f"{rsi_name} {brief(rsi)} < rsi_oversold {brief(fast.rsi_oversold)}")
    if abs(close - average) > fast.price_extension_pct / 100.0 * average:
        found.append(
            f"close {brief(measured['extension_pct'])} % from {average_name} > "
            f"price_extension_pct {brief(fast.price_extension_pct)}"
        )
    return found

"""Everything that one market is judged by, as plain lists: prices, columns, calendar, warm-up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from barsieve.strategy import BarStrategy, Domain, Feature, Signals
from engine.bars.series import Bars
from engine.features.columns import compute

from .macro import Switches, switches, tilt_column
from .own_rules import OwnRules, own_columns, read_columns, records_of, rules_of
from .paid import funding_rates

HOUR = 3_600_000_000_000
VOLUME_DOMAINS = {"wyckoff", "liquidity", "smc"}
DOMAIN_ORDER = ("wyckoff", "liquidity", "momentum", "smc", "macro", "temporal")
DOMAIN_COLUMNS = {
    "liquidity": ("sweep", "absorption", "profile_position_120"),
    "momentum": ("rsi_wilder_14", "macd_hist_atr", "adx_wilder_14", "divergence"),
    "smc": ("break_of_structure", "change_of_character", "fair_value_gap", "order_block"),
    "macro": (),
    "temporal": ("season_168@1h", "echo_30@1d", "echo_60@1d", "echo_90@1d"),
}
ROW_COLUMNS = ("atr_ema_20", "range_ratio", "atr_rank_100", "adx_wilder_14")
SENTINEL_COLUMNS = {
    "sma20_cross": ("sma_20",),
    "sma50_cross": ("sma_50",),
    "atr_regime_change": ("atr_rank_100",),
    "volume_spike": ("volume_mean_20", "volume_std_20"),
    "session_break": ("bars_since_previous",),
}
ANCHORS = {"+": 1, "-": -1}


@dataclass
class Sheet:
    """n rows of one market. weights: of the domains that count, in order of summation. hour,
    weekday: of the close, in `data.tz`. warmup: the first row at which all that is read is finite.
    own: what strategy files add. inside: rows in a window of the policy `sentinel`, none elsewhere.
    """

    settings: Any
    bars: Bars
    timeframe: int
    open_time: list[int]
    close_time: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]
    columns: dict[str, list[float]]
    weights: dict[str, float]
    warmup: int
    hour: list[int]
    weekday: list[int]
    vetoes: list[Switches]
    tilt: list[float]
    funding: list[float]
    own: OwnRules
    shut: list[tuple[str, str]] = field(default_factory=list)  # code of (long, short), "" is open
    scheduled: list[bool] = field(default_factory=list)
    inside: list[bool] | None = None

    @property
    def size(self) -> int:
        return len(self.close)


def sheet_of(settings: Any, bars: Bars) -> Sheet:
    """The sheet of a whole file; gates and schedule are filled in by `gates.judge_gates`."""
    records = records_of(settings)
    weights = counted_weights(settings, bars.has_volume, records)
    wanted = [*awaited_columns(settings, bars.has_volume, weights)]
    wanted = list(dict.fromkeys([*wanted, *read_columns(records, settings)]))
    made = {each.name for each in records if isinstance(each, Feature)}
    awaited = [name for name in wanted if name not in made]
    beside = ["swing_high", "swing_low", "close_location"]
    beside += ["volume_z_20"] if bars.has_volume else []
    found = compute(
        bars, awaited, anchor_of(settings.data.anchor), settings.patterns, beside=beside
    )
    columns = {name: found[name].tolist() for name in [*awaited, *beside]}
    columns |= own_columns(records, bars, columns)
    closes = [int(each) for each in bars.close_time.tolist()]
    hour, weekday = local_calendar(closes, settings.data.tz, settings.gates.session is not None)
    return Sheet(
        settings, bars, bars.timeframe, bars.open_time.tolist(), closes,
        bars.open.tolist(), bars.high.tolist(), bars.low.tolist(), bars.close.tolist(),
        bars.volume.tolist(), columns, weights, warmup_of([columns[name] for name in wanted]),
        hour, weekday, switches(settings.macro, closes), tilt_column(settings.macro, closes),
        funding_rates(settings.data.funding, bars.open_time.tolist(), closes),
        rules_of(records, settings, bars, columns),
    )  # fmt: skip


def counted_weights(settings: Any, has_volume: bool, records: list[Any]) -> dict[str, float]:
    """Weights above 0; without volume the domains that need it leave. Own ones come last."""
    own = [each.name for each in records if isinstance(each, Domain | Signals | BarStrategy)]
    given = {name: getattr(settings.fusion.weights, name) for name in [*DOMAIN_ORDER, *own]}
    return {
        name: weight
        for name, weight in given.items()
        if weight > 0 and (has_volume or name not in VOLUME_DOMAINS)
    }


def awaited_columns(settings: Any, has_volume: bool, weights: dict[str, float]) -> Iterator[str]:
    """Every column that this configuration reads and that the warm-up waits for."""
    yield from ROW_COLUMNS
    for name in weights:
        if name == "wyckoff":
            yield from (f"wyckoff@{each}" for each in settings.domains.wyckoff.timeframes)
        else:
            yield from DOMAIN_COLUMNS.get(name, ())
    yield from (f"trend@{each}" for each in settings.fusion.trend_timeframes)
    if settings.fusion.execution_mode != "fusion_only":
        fast = settings.fast_signals
        yield from (f"sma_20@{fast.trend_timeframe}", f"sma_50@{fast.trend_timeframe}")
        yield from (f"adx_wilder_14@{fast.adx_timeframe}", "rsi_wilder_14")
    for name in watched_sentinels(settings, has_volume):
        yield from SENTINEL_COLUMNS.get(name, ())


def watched_sentinels(settings: Any, has_volume: bool) -> list[str]:
    return [name for name in settings.batch_mode.sentinels if has_volume or name != "volume_spike"]


def warmup_of(columns: Sequence[list[float]]) -> int:
    """The first row at which every column is finite; all rows without one."""
    first = 0
    for column in columns:
        own = next((i for i, value in enumerate(column) if value == value), len(column))
        first = max(first, own)
    return first


def anchor_of(text: str) -> int:
    """`[+-]HH:MM` as ns: the offset whose midnight starts the days lies this much before UTC's."""
    hours, minutes = text[1:].split(":")
    monday = 4 * 24 * HOUR  # 1970-01-05
    return monday - ANCHORS[text[0]] * (int(hours) * HOUR + int(minutes) * HOUR // 60)


def local_calendar(closes: list[int], tz: str, wanted: bool) -> tuple[list[int], list[int]]:
    """Hour and weekday of each close; nothing when no session is asked for."""
    if not wanted:
        return [], []
    zone = UTC if tz == "UTC" else ZoneInfo(tz)
    local = [datetime.fromtimestamp(close // 1_000_000_000, zone) for close in closes]
    return [each.hour for each in local], [each.weekday() for each in local]

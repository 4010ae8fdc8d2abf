"""Why a bar was, or was not, a candidate, by how much it missed, and what the account did there."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.bars.dates import instant, iso
from engine.bars.series import Bars
from engine.errors import RangeError
from engine.fusion.fuse import LONG_BIT, SHORT_BIT, fused_score
from engine.prescreen.regimes import REGIMES
from engine.prescreen.rows import Rows, refuse_dear
from engine.prescreen.screen import SIDE_NAMES, Screen, screen
from engine.replay.market import Market
from engine.replay.settings import Settings
from engine.review.certificate.shortfall import judged_bounds, shortfalls
from engine.review.explain.account import Account, account_at
from engine.review.explain.gate_readings import GateReading, gate_readings
from engine.review.explain.rule_readings import (
    SIDES,
    DomainReading,
    FastReading,
    ScheduleReading,
    SentinelReading,
    TrendReading,
    domain_readings,
    fast_reading,
    schedule_reading,
    sentinel_readings,
    trend_reading,
)
from engine.review.explain.wording import brief, plain


@dataclass(frozen=True)
class Exclusion:
    """What keeps the rule from naming a side. shortfall: how far a number is from its limit, None
    where there is none.
    """

    rule: str
    words: str
    shortfall: float | None


@dataclass(frozen=True)
class SideReading:
    """may_enter: nothing excludes the side. bound: its own; compared: what the mode compares."""

    bound: float
    compared: float
    may_enter: bool
    excluded_by: tuple[Exclusion, ...]


@dataclass(frozen=True)
class Explanation:
    """One bar, looked at from everywhere. candidate: long, short, both, or None. score: F, None
    before the warm-up. policy: what the policy sentinel asks of a candidate. account: None outside
    the range of the replay.
    """

    asset: str
    bar: int
    timestamp: str
    close_time: str
    prices: dict[str, float]
    candidate: str | None
    reason: str | None
    policy: tuple[Exclusion, ...]
    gates: list[GateReading]
    sentinels: list[SentinelReading]
    domains: list[DomainReading]
    trend: TrendReading
    score: float | None
    regime: str
    threshold: float
    mode: str
    schedule: ScheduleReading | None
    fast_signal: FastReading | None
    sides: dict[str, SideReading]
    account: Account | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class NearMiss:
    """A bar that the bound alone kept from being a candidate."""

    bar: int
    timestamp: str
    side: str
    bound: float
    threshold: float
    shortfall: float


def row_at(bars: Bars, text: str) -> int:
    """The row of the bar that holds the instant `text`, a date or a stamp as `--at` got it.

    Raises RangeError, naming the nearest bars, outside the data and in a gap.
    """
    asked = instant("at", text)
    row = int(np.searchsorted(bars.open_time, asked, side="right")) - 1
    if row < 0 or (row == bars.size - 1 and asked >= int(bars.close_time[row])):
        raise RangeError(f"--at {text}: outside the data; {_nearest(bars, max(row, 0))}")
    if asked >= int(bars.close_time[row]):
        before, after = iso(int(bars.close_time[row])), iso(int(bars.open_time[row + 1]))
        raise RangeError(
            f"--at {text}: in a gap of {bars.source}; bar {row} ends at {before}, bar {row + 1} "
            f"begins at {after}"
        )
    return row


def checked_row(bars: Bars, row: int) -> int:
    """Raises RangeError for a row that the data does not have."""
    if 0 <= row < bars.size:
        return row
    raise RangeError(
        f"--bar {row}: outside the data; {_nearest(bars, 0 if row < 0 else bars.size - 1)}"
    )


def _nearest(bars: Bars, row: int) -> str:
    return (
        f"{bars.source} has bars 0 to {bars.size - 1}, the nearest is bar {row}, "
        f"{iso(int(bars.open_time[row]))}"
    )


def explain_bar(market: Market, bar: int) -> Explanation:
    """Everything about one row of the file; the account too, where it lies in range."""
    rows, settings = market.rows, market.settings
    refuse_dear(rows, settings, "explain")
    bars, record = rows.bars, rows.table[bar]
    screened = screen(rows, settings, bar, bar + 1)
    found = screened.candidates
    gates = gate_readings(rows, settings, bar)
    schedule, fast = schedule_reading(rows, settings, bar), fast_reading(rows, settings, bar)
    threshold = float(settings.fusion.thresholds()[int(record["regime"])])
    mode = settings.fusion.execution_mode
    rule = _Rule(mode, gates, schedule, fast, threshold)
    return Explanation(
        asset=settings.asset,
        bar=bar,
        timestamp=iso(int(bars.open_time[bar])),
        close_time=iso(int(bars.close_time[bar])),
        prices={name: float(record[name]) for name in ("open", "high", "low", "close")},
        candidate=SIDE_NAMES[int(found.sides[0])] if found.size else None,
        reason=found.reasons[0] if found.size else None,
        policy=tuple(_policy(rows, settings, screened, bar)),
        gates=gates,
        sentinels=sentinel_readings(rows, settings, bar),
        domains=domain_readings(rows, settings, bar),
        trend=trend_reading(rows, settings, bar),
        score=plain(fused_score(record, market.params[0])),
        regime=REGIMES[int(record["regime"])],
        threshold=threshold,
        mode=mode,
        schedule=schedule,
        fast_signal=fast,
        sides={side: _side(rule, settings, screened, bar, side) for side in ("long", "short")},
        account=account_at(market, bar) if bar in range(*market.span) else None,
    )


@dataclass(frozen=True)
class _Rule:
    mode: str
    gates: list[GateReading]
    schedule: ScheduleReading | None
    fast: FastReading | None
    threshold: float


def _side(rule: _Rule, settings: Settings, screened: Screen, bar: int, side: str) -> SideReading:
    long, short = (each[bar : bar + 1] for each in (screened.bound_long, screened.bound_short))
    compared = judged_bounds(settings, long, short)[side == "short"]
    bit = LONG_BIT if side == "long" else SHORT_BIT
    return SideReading(
        bound=float((long if side == "long" else short)[0]),
        compared=float(compared[0]),
        may_enter=bool(screened.may_enter[bar] & bit),
        excluded_by=tuple(_exclusions(rule, side, float(compared[0]))),
    )


def _exclusions(rule: _Rule, side: str, bound: float) -> list[Exclusion]:
    """Gates in catalogue order, then schedule or fast signal, then the bound."""
    found = [
        Exclusion(gate.gate, f"gate {gate.gate}: {gate.words}", None)
        for gate in rule.gates
        if getattr(gate, side) == "shut"
    ]
    if rule.schedule is not None and not rule.schedule.scheduled:
        found.append(Exclusion("not_scheduled", f"not scheduled: {rule.schedule.words}", None))
    if rule.fast is not None and rule.fast.side != side:
        found.append(Exclusion("no_fast_signal", _fast_words(rule.fast), None))
    if rule.mode != "advisory" and not bound >= rule.threshold:
        name = "the larger bound" if rule.mode == "prefilter" else f"bound_{side}"
        found.append(_below(name, bound, "threshold", rule.threshold, "below_threshold"))
    return found


def _fast_words(fast: FastReading) -> str:
    why = f": {'; '.join(fast.against)}" if fast.against else ""
    return f"the fast signal is {fast.side}{why}"


def _below(name: str, value: float, limit_name: str, limit: float, rule: str) -> Exclusion:
    missing = limit - value
    words = f"{name} {brief(value)} < {limit_name} {brief(limit)}, short by {brief(missing)}"
    return Exclusion(rule, words, plain(missing))


def _policy(rows: Rows, settings: Settings, screened: Screen, bar: int) -> list[Exclusion]:
    """What the policy sentinel misses at the bar; nothing under the admissible policy."""
    mode = settings.batch_mode
    if mode.policy != "sentinel":
        return []
    found = []
    proto = float(max(screened.bound_long[bar], screened.bound_short[bar]))
    adx = float(rows.columns["adx_wilder_14"][bar])
    if rows.fired[bar] == 0:
        found.append(Exclusion("sentinels", "no sentinel fired", None))
    if proto == 0.0:
        found.append(Exclusion("score", "the score names no side", None))
    elif proto < mode.min_fusion_score:
        least = mode.min_fusion_score
        found.append(_below("the larger bound", proto, "min_fusion_score", least, "score"))
    if not adx >= mode.min_adx:
        found.append(_below("adx_wilder_14", adx, "min_adx", mode.min_adx, "adx"))
    return found


def near_misses(market: Market, count: int) -> tuple[list[NearMiss], int]:
    """The `count` bars in range with the smallest shortfall, and how many there are in all."""
    rows, settings, span = market.rows, market.settings, market.span
    screened = screen(rows, settings, *span)
    missing = shortfalls(rows, screened, settings)
    skipped = np.setdiff1d(np.arange(*span), screened.candidates.bar)
    every = missing.nearest(skipped, skipped.size)
    return [
        NearMiss(
            bar=bar,
            timestamp=iso(int(rows.bars.open_time[bar])),
            side=SIDES[int(missing.side[bar])],
            bound=float(missing.bound[bar]),
            threshold=float(missing.threshold[bar]),
            shortfall=float(missing.shortfall[bar]),
        )
        for bar in every[:count].tolist()
    ], every.size

"""What can be known at a bar, from the columns up to the fills, each by its name.

A layer is a function of a market: a check calls it again on markets with another future.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.bars.higher import HigherBars, higher
from engine.bars.local_time import local_hour_and_weekday
from engine.bars.locate import anchor_ns
from engine.bars.macro import visible_values
from engine.bars.macro_reader import read_macro
from engine.bars.series import Bars
from engine.bars.timeframe import nanoseconds, timeframe_name
from engine.features.catalogue import PATTERNS, needs_volume
from engine.features.columns import FrameColumns, compute
from engine.features.pattern import STREAM, Pattern, run_pattern
from engine.kernel import Ints, Table
from engine.prescreen.bound import bounds
from engine.prescreen.macro_veto import macro_context
from engine.prescreen.rows import columns_read
from engine.prescreen.screen import screen
from engine.prescreen.windows import Windows, whole
from engine.replay.loop import Replay, replay
from engine.replay.records import END_OF_DATA, initial_state
from engine.review.lookahead.flat import flat_decisions
from engine.review.lookahead.known import Array, Known
from engine.review.lookahead.poison import Timeline

Values = Mapping[str, Known]
Replayer = Callable[[Table, Windows, int, Table, Table], Replay]


@dataclass(frozen=True)
class Layer:
    """values(market): everything of one kind by its name, in an order in which a value comes after
    what it is made of. any_numbers: whether it can be given NaN and infinite prices.
    """

    name: str
    values: Callable[[Timeline], Values]
    any_numbers: bool = False


def standard_layers(replayer: Replayer = replay) -> tuple[Layer, ...]:
    """Every layer of a run, the deepest first."""
    return (
        Layer("column", column_values, any_numbers=True),
        Layer("stream", stream_values, any_numbers=True),
        Layer("clock", clock_values),
        Layer("macro", macro_values),
        Layer("row", row_values),
        Layer("bound", bound_values),
        Layer("candidate", candidate_values),
        Layer("decision", decision_values),
        replay_layer(replayer),
    )


def replay_layer(replayer: Replayer = replay) -> Layer:
    """The full replay, by `replayer`."""
    return Layer("replay", lambda market: replay_values(market, replayer))


def lengths(market: Timeline) -> list[int]:
    """The timeframes that the configuration reads, in ns, that of the bars first."""
    read = columns_read(market.settings, market.bars.has_volume)
    named = (nanoseconds(name.partition("@")[2]) for name in read if "@" in name)
    # A configuration may name the timeframe of its bars, whose columns are then the bars' own.
    return list(dict.fromkeys((market.bars.timeframe, *named)))


def merged(market: Timeline, length: int) -> Bars | HigherBars:
    """The bars of a timeframe."""
    if length == market.bars.timeframe:
        return market.bars
    return higher(market.bars, length, anchor_ns(market.settings.data.anchor))


def suffix(market: Timeline, length: int) -> str:
    """`@4h`; nothing for the timeframe of the bars."""
    return "" if length == market.bars.timeframe else f"@{timeframe_name(length)}"


def column_values(market: Timeline) -> Values:
    """Every column of the catalogue, those of plug-ins too, on every timeframe that is read."""
    catalogue, has_volume = market.settings.patterns.columns, market.bars.has_volume
    known = [name for name in catalogue if has_volume or not needs_volume(name, catalogue)]
    names = [f"{each}{suffix(market, length)}" for length in lengths(market) for each in known]
    anchor = anchor_ns(market.settings.data.anchor)
    columns = compute(market.bars, names, anchor, market.settings.patterns, catalogue)
    return {name: Known(columns[name]) for name in names}


def stream_values(market: Timeline) -> Values:
    """Births and deaths of every pattern, on every timeframe that the configuration reads."""
    found = {}
    for length in lengths(market):
        bars = merged(market, length)
        frame = FrameColumns(bars, 0, market.settings.patterns)
        for name, pattern in PATTERNS.items():
            if market.bars.has_volume or not needs_volume(name):
                stream = stream_of(pattern, frame)
                row = seen_at(bars, stream["row"])
                found[f"{name}{suffix(market, length)}"] = Known(stream, row)
    return found


def stream_of(pattern: Pattern, frame: FrameColumns) -> Table:
    """STREAM[k]: all rows that the pattern writes on the bars of a timeframe."""
    inputs = [frame.input(name) for name in pattern.inputs]
    size = 8 * inputs[0].size
    while True:
        states = np.zeros(pattern.sets, dtype=pattern.state)
        stream = np.zeros(size, dtype=STREAM)
        run_pattern(pattern, inputs, getattr(frame.patterns, pattern.name), states, stream)
        written = int(states[0]["zones"]["written"])
        if written <= size:
            return stream[:written]
        size = written


def seen_at(bars: Bars | HigherBars, row: Ints) -> Ints:
    """int64[k]: the base bar at whose close each row of a timeframe is known, n if none is."""
    if isinstance(bars, Bars):
        return row
    found: Ints = np.searchsorted(bars.visible, row, side="left").astype(np.int64)
    return found


def clock_values(market: Timeline) -> Values:
    """The hour and the weekday of each close in the zone of sessions."""
    hour, weekday = local_hour_and_weekday(market.bars.close_time, market.settings.data.tz)
    return {"local_hour": Known(hour), "local_weekday": Known(weekday)}


def macro_values(market: Timeline) -> Values:
    """The value of each series that a bar sees, and what the rules make of them."""
    close_time, macro = market.bars.close_time, market.settings.macro
    found = {}
    for name, series in macro.series.items():
        read, _ = read_macro(series)
        row = visible_values(read, close_time, series.stale_after_periods).row
        found[name] = Known(np.where(row >= 0, read.value[row], np.nan))
    if macro.series:
        context = macro_context(macro, close_time)
        for rule in ("tilt", "shut", "leave"):
            found[rule] = Known(getattr(context, rule))
    return found


def row_values(market: Timeline) -> Values:
    """The fields of the row table, a score by the name of its domain; sentinels that fired."""
    table = market.rows.table
    found = {
        f"score of {domain.name}": Known(table["scores"][:, k])
        for k, domain in enumerate(market.settings.fusion.weights.domains)
    }
    sentinels = market.settings.sentinels_of(market.bars.has_volume)
    for k, sentinel in enumerate(sentinels):
        found[f"sentinel {sentinel.name}"] = Known(market.rows.fired >> k & 1)
    fields = [name for name in table.dtype.names or () if name not in ("scores", "scheduled")]
    return found | {name: Known(table[name]) for name in (*fields, "scheduled")}


def bound_values(market: Timeline) -> Values:
    long, short, may = bounds(
        market.rows.table, market.settings, market.bars.has_volume, limits=market.rows.limits
    )
    return {"bound_long": Known(long), "bound_short": Known(short), "may_enter": Known(may)}


def candidate_values(market: Timeline) -> Values:
    """What a line of the candidate file says, for the bars in range."""
    found = screen(market.rows, market.settings, market.first, market.stop).candidates
    fields: dict[str, Array] = {
        "sides": found.sides,
        "bound_long": found.bound_long,
        "bound_short": found.bound_short,
        "reason": np.array(found.reasons, dtype=str),
    }
    return {name: Known(values, found.bar) for name, values in fields.items()}


def decision_values(market: Timeline) -> Values:
    """What a flat account decides and orders at each bar."""
    decided = flat_decisions(market.table, market.settings, market.bars.has_volume)
    fields = [name for name in decided.dtype.names or () if name != "reserved"]
    return {name: Known(decided[name]) for name in reversed(fields)}


def replay_values(market: Timeline, replayer: Replayer) -> Values:
    """Codes, events and equity of a full replay of the range, without its end of data."""
    played = replayed(market, replayer)
    lasting = played.events[played.events["reason"] != END_OF_DATA]
    rows = np.arange(played.first, played.stop)
    bar: Ints = lasting["bar"]
    return {
        "code": Known(played.codes, rows),
        "events": Known(lasting, bar),
        # The last equity of a range is that after the end of data.
        "equity a bar before": Known(played.equity[:-1], rows[1:]),
    }


def replayed(market: Timeline, replayer: Replayer = replay) -> Replay:
    """The full replay of the range."""
    table = market.table[: market.stop]
    span = whole(market.first, market.stop)
    return replayer(table, span, market.first, market.params, initial_state(market.settings))

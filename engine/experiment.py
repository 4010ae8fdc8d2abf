"""One run, from settings to result. Read this first.

    bars → rows → candidates → windows → replay → result

A bar may be skipped when it provably cannot matter: the screen finds the bars at which the strategy
could enter, and the replay visits those, and every bar on which something is held. `full` visits
all bars through the same loop, and must end in the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from engine.bars.dates import bar_range
from engine.bars.series import Bars
from engine.kernel import Table
from engine.plugins.ahead import Workers, prepared
from engine.plugins.judging import dear_cost, judging
from engine.plugins.rechecks import rechecking
from engine.prescreen.box import NO_BOX, Box
from engine.prescreen.candidates import CandidateFile, fitting, read_candidates, screen_rows
from engine.prescreen.row import SELDOM_READ
from engine.prescreen.rows import Rows, build_rows, refuse_untradable
from engine.prescreen.windows import Windows, around, whole
from engine.replay.asking import Asking
from engine.replay.choice import ASKED_FOR, Choice, DearCost, choose
from engine.replay.clock import merged_clock
from engine.replay.codes import shut_outside
from engine.replay.costs import refuse_impossible_costs
from engine.replay.loop import Replay, replay
from engine.replay.parameters import fields_read, parameter_record
from engine.replay.portfolio import replay_together
from engine.replay.records import initial_state
from engine.replay.settings import Settings
from engine.results.outcome import Outcome
from engine.results.recall import Recall, recall
from engine.results.result import Result, result_of
from engine.results.timings import Stopwatch

Asked = Literal["auto", "full", "focused"]
Span = tuple[int, int]  # rows first … stop − 1
ALONE = Workers()  # one process, nothing kept


@dataclass(frozen=True)
class Market:
    """One asset, ready to be screened: its settings, the rows of its whole file, its range."""

    settings: Settings
    rows: Rows
    span: Span


def prepare(
    settings: Settings,
    bars: Bars,
    start: str | None,
    end: str | None,
    whole_rows: bool = False,
) -> Market:
    """Compute the rows of a market, and find those of a range of dates.

    whole_rows: also the fields that these settings do not read, for others that will.
    """
    span = bar_range(bars, start, end)
    rows = build_rows(bars, settings, SELDOM_READ if whole_rows else fields_read(settings))
    refuse_untradable(rows, span)
    refuse_impossible_costs(parameter_record(settings, bars.has_volume), rows, span)
    return Market(settings, rows, span)


def screen_market(
    settings: Settings, bars: Bars, start: str | None, end: str | None, box: Box = NO_BOX
) -> CandidateFile:
    """The candidates of a range of dates, for every parameter point of the box."""
    market = prepare(settings, bars, start, end)
    return screen_rows(market.rows, settings, market.span, box)


def run_experiment(
    settings: Settings,
    bars: Bars,
    start: str | None,
    end: str | None,
    asked: Asked = "full",
    candidates: Path | CandidateFile | None = None,
    workers: Workers = ALONE,
) -> Outcome:
    """Replay a range of dates; `auto` takes the cheaper of the full and the focused replay.

    workers: in how many processes dear domains are asked, which changes the time alone.

    Raises BarsieveError, one line, for dates, data, settings or candidates that do not fit.
    """
    watch = Stopwatch()
    market = prepare(settings, bars, start, end)
    watch.lap("columns")
    found = candidates_of(market, candidates)
    watch.lap("candidates")
    windows = windows_around(found, market)
    choice = choice_for(asked, found.bar.size, windows, market)
    focus = windows if choice.mode == "focused" else None
    replayed = visit(market, focus, workers=replace(workers, fresh=True))
    watch.lap("replay")
    result = result_of(replayed, bars, settings)
    lost = measured_recall(market, choice, result)
    watch.lap("result")
    return Outcome(
        settings, market.rows, found, windows, choice, replayed, result, lost, dict(watch.seconds)
    )


def candidates_of(market: Market, given: Path | CandidateFile | None) -> CandidateFile:
    """Those of a file or an earlier screen that fits the market, or of a screen now."""
    rows, settings, span = market.rows, market.settings, market.span
    if given is None:
        return screen_rows(rows, settings, span)
    if isinstance(given, CandidateFile):
        return fitting(given, rows.bars, settings, span, rows.context, "candidates")
    return read_candidates(given, rows.bars, settings, span, rows.context)


def windows_around(found: CandidateFile, market: Market) -> Windows:
    return around(found.bar, market.settings.batch_mode.candidate_window_bars, *market.span)


def choice_for(asked: Asked, candidates: int, windows: Windows, market: Market) -> Choice:
    """The choice for one market."""
    settings, (first, stop) = market.settings, market.span
    dear = dear_cost(settings, market.rows, market.span)
    return chosen(asked, candidates, windows, stop - first, settings, dear)


def chosen(
    asked: Asked, candidates: int, windows: Windows, size: int, settings: Settings, dear: DearCost
) -> Choice:
    """Full or focused: as asked, as it must be, or as it costs less."""
    if remembering(settings):
        name = remembering(settings)[0]
        return Choice("full", f"{name} may remember every bar: it declares no may_act")
    if asked == "auto" and settings.batch_mode.policy == "sentinel":
        return Choice("focused", "policy sentinel enters only inside windows")
    if asked == "auto":
        return choose(candidates, windows, size, settings.batch_mode, dear)
    return Choice(asked, ASKED_FOR)


def remembering(settings: Settings) -> list[str]:
    """Strategies that have to see every bar, so that nothing may be skipped."""
    return [each.name for each in settings.plugged.strategies if each.may_act is None]


def visit(
    market: Market,
    windows: Windows | None,
    cuts: Sequence[int] = (),
    workers: Workers = ALONE,
) -> Replay:
    """Replay the bars of the windows, all bars without; positions are managed everywhere.

    cuts: rows at which the replay stops and goes on, which changes nothing.
    """
    settings, rows, span = market.settings, market.rows, market.span
    windows = None if remembering(settings) else windows
    table = rows.table[: span[1]]
    if windows is not None and settings.batch_mode.policy == "sentinel":
        table = shut_outside(table, windows)
    if rows.limits:
        return visit_asking(market, table, windows, workers)
    params = parameter_record(settings, rows.bars.has_volume)
    states = initial_state(settings)
    return replay(table, windows or whole(*span), span[0], params, states, cuts)


def visit_asking(market: Market, table: Table, windows: Windows | None, workers: Workers) -> Replay:
    """The same with scores that are asked for bar by bar, by way of the loop that can stop for
    them.
    """
    stop = market.span[1]
    asking = judging([(market.settings, market.rows, stop)], focused=windows is not None)
    assert asking is not None
    with rechecking(asking.assets, workers.fresh) as recheck:
        ahead = prepared(asking, [market.span[0]], windows, workers)
        done = replay_asking(market, table, windows, ahead.counted)
        rechecked = recheck()
    ahead.finished(workers)
    return replace(done, calls=ahead.counted.calls(), rechecked=rechecked)


def replay_asking(market: Market, table: Table, windows: Windows | None, asking: Asking) -> Replay:
    """The replay itself, whoever answers. table: the rows up to the end of the range."""
    settings, rows, (first, stop) = market.settings, market.rows, market.span
    clock = merged_clock([rows.bars.open_time[first:stop]], [first])
    stamps = clock.union([windows or whole(first, stop)])
    params = parameter_record(settings, rows.bars.has_volume)
    return replay_together([table], clock, stamps, params, initial_state(settings), asking).own[0]


def measured_recall(market: Market, choice: Choice, result: Result) -> Recall | None:
    """Only the policy `sentinel` loses entries; whoever uses it is told how many."""
    settings = market.settings
    if settings.batch_mode.policy != "sentinel" or choice.mode == "full":
        return None
    full = result_of(visit(market, None), market.rows.bars, settings)
    return recall(full.trades, result.trades)

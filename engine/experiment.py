"""One run, from settings to result. Read this first.

    bars → rows → candidates → windows → replay → result

A bar may be skipped when it provably cannot matter: the screen finds the bars at which the strategy
could enter, and the replay visits those, and every bar on which something is held. `full` visits
all bars through the same loop, and must end in the same bytes.
"""

from dataclasses import replace
from pathlib import Path

from engine.bars.series import Bars
from engine.plugins.judging import dear_cost
from engine.plugins.precompute import Workers
from engine.plugins.visit import ALONE, visit
from engine.prescreen.box import NO_BOX, Box
from engine.prescreen.candidates import CandidateFile, fitting, read_candidates, screen_rows
from engine.prescreen.windows import Windows, around
from engine.replay.choice import Asked, Choice, chosen
from engine.replay.market import Market, prepare
from engine.replay.settings import Settings
from engine.results.outcome import Outcome
from engine.results.recall import Recall, recall
from engine.results.result import Result, result_of
from engine.results.timings import Stopwatch


def screen_market(
    settings: Settings, bars: Bars, start: str | None, end: str | None, box: Box = NO_BOX
) -> CandidateFile:
    """The candidates of a range of dates, for every parameter point of the box.

    settings: of the market. bars: all that are known of it; columns begin at the first. start, end:
    first and last day, both whole, or None for all. box: (lowest, highest) by dotted key of replay
    parameters that may loosen.

    Returns what a candidate file says; bounds are in [0, 1]. Raises BarsieveError, one line, for
    dates, data or settings that do not fit.

    >>> import barsieve
    >>> settings = barsieve.load_settings("ETH_comprehensive", "DEMO")
    >>> found = barsieve.screen_market(settings, barsieve.demo_bars(3_000), None, None)
    >>> found.manifest.candidates == found.bar.size
    True
    """
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
    """Replay a range of dates: what `barsieve.run` and `barsieve replay` stand on.

    settings: of the market. bars: all that are known of it; columns begin at the first. start, end:
    first and last day, both whole, or None for all. asked: "full" visits every bar, "focused" those
    around candidates, "auto" takes the cheaper. candidates: an earlier screen or its file; without,
    it screens for itself. workers: in how many processes dear domains are asked, which changes the
    time alone.

    Returns an Outcome: the result is the same bytes whatever was asked. Raises BarsieveError, one
    line, for dates, data, settings or candidates that do not fit.

    >>> import barsieve
    >>> settings = barsieve.load_settings("ETH_comprehensive", "DEMO")
    >>> bars = barsieve.demo_bars(3_000)
    >>> full, focused = (
    ...     barsieve.run_experiment(settings, bars, "2023-02-01", None, mode)
    ...     for mode in ("full", "focused")
    ... )
    >>> full.result.digest() == focused.result.digest()
    True
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
    result = result_of(replayed, bars, market.settings)
    lost = measured_recall(market, choice, result)
    watch.lap("result")
    return Outcome(
        market.settings,
        market.rows,
        found,
        windows,
        choice,
        replayed,
        result,
        lost,
        dict(watch.seconds),
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
    first, stop = market.span
    dear = dear_cost(market)
    return chosen(asked, candidates, windows, stop - first, market.settings, dear)


def measured_recall(market: Market, choice: Choice, result: Result) -> Recall | None:
    """Only the policy `sentinel` loses entries; whoever uses it is told how many."""
    settings = market.settings
    if settings.batch_mode.policy != "sentinel" or choice.mode == "full":
        return None
    full = result_of(visit(market, None), market.rows.bars, settings)
    return recall(full.trades, result.trades)

"""`barsieve.run`, `screen`, `replay`, `parity`: what the commands do, on data in memory too."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import get_args

from engine.api.configuration import Config, Plugin, configuration
from engine.api.markets import Data, Markets, load
from engine.api.results import ParityReport, Run, Screened
from engine.bars.reader import Label
from engine.errors import CandidateFileError, RangeError, SettingsError
from engine.experiment import run_experiment, screen_market
from engine.kernel import COMPILE_SECONDS, is_cold
from engine.portfolio import run_portfolio
from engine.prescreen.box import parse_box
from engine.prescreen.candidates import CandidateFile
from engine.replay.choice import Asked
from engine.review.parity.in_process import compare_portfolios, compare_replays
from engine.review.parity.variants import with_variants
from engine.settings import did_you_mean

Day = str | date | None
Dates = tuple[str | None, str | None]


def run(
    data: Data = None,
    config: Config = None,
    *,
    start: Day = None,
    end: Day = None,
    mode: Asked = "auto",
    timeframe: str | None = None,
    stamp: Label | None = None,
    plugins: Sequence[Plugin] = (),
) -> Run:
    """Screen a market, then replay it: the cheaper of full and focused, which have the same bytes.

    data: a pandas DataFrame, {symbol: DataFrame} (a portfolio, or one market by its name), Bars, a
    path, or None for what the configuration names. A DataFrame has a DatetimeIndex or a column
    `timestamp`, with a zone, and open, high, low, close and, if there is one, volume, in any case:
    prices > 0, stamps ascending, no NaN.
    config: a path, the name of a preset, a dict with nested or dotted keys (`extends` names what
    it changes), Settings, or None for the defaults.
    start, end: first and last day, both whole, as in "2025-06-15"; a datetime is its instant.
    mode: "full" visits every bar, "focused" those around candidates, "auto" takes the cheaper.
    timeframe: as in "1h"; without, the configuration's, else the most common step of the DataFrame.
    stamp: "open" or "close", the end of a bar that stamps label; without, the configuration's,
    which is "open" by default.
    plugins: files, installed names or records of barsieve.strategy, beside those of the
    configuration.

    Returns a Run: money in the quote currency, all times UTC. Raises BarsieveError, one line that
    says what, where and what was expected, for data, settings or a range that are not as above.

    >>> import barsieve
    >>> bars = barsieve.demo_bars(3_000)
    >>> run = barsieve.run(bars, "ETH_comprehensive", start="2023-02-01", end="2023-03-31")
    >>> run.stats["trades"] == len(run.trades)
    True
    >>> run.equity.index[0]
    Timestamp('2023-02-01 00:00:00+0000', tz='UTC')
    """
    return replay(
        data, config, start=start, end=end, mode=mode,
        timeframe=timeframe, stamp=stamp, plugins=plugins,
    )  # fmt: skip


def screen(
    data: Data = None,
    config: Config = None,
    *,
    start: Day = None,
    end: Day = None,
    box: Mapping[str, tuple[float, float]] | None = None,
    timeframe: str | None = None,
    stamp: Label | None = None,
    plugins: Sequence[Plugin] = (),
) -> Screened:
    """The bars at which the strategy could enter.

    data, config, start, end, timeframe, stamp, plugins: as in `barsieve.run`.
    box: lowest and highest value of replay parameters for which the candidates must hold, by dotted
    key, as in {"fusion.entry_threshold_confidence": (0.40, 0.55)}.

    Returns a Screened, whose scores and bounds are in [0, 1]. Raises BarsieveError, one line, as
    `barsieve.run`, and for a key of the box that asks for a screen of its own.

    >>> import barsieve
    >>> box = {"fusion.entry_threshold_confidence": (0.40, 0.55)}
    >>> screened = barsieve.screen(barsieve.demo_bars(3_000), "ETH_comprehensive", box=box)
    >>> len(screened.candidates) == screened.stats["candidates"]
    True
    """
    whole, loaded = _markets(data, config, timeframe, stamp, plugins)
    texts = [_interval(*pair) for pair in (box or {}).items()]
    dates = _dates(start, end)
    files = {
        own.asset: screen_market(own, bars, *dates, parse_box(texts, own)) for own, bars in loaded
    }
    return Screened(files, whole.batch_mode.candidate_window_bars)


def replay(
    data: Data = None,
    config: Config = None,
    *,
    start: Day = None,
    end: Day = None,
    candidates: Screened | str | Path | None = None,
    mode: Asked | None = None,
    timeframe: str | None = None,
    stamp: Label | None = None,
    plugins: Sequence[Plugin] = (),
) -> Run:
    """Replay bar by bar: `full` every bar, `focused` around the candidates, `auto` the cheaper.

    data, config, start, end, timeframe, stamp, plugins: as in `barsieve.run`.
    candidates: a screen, or its file, that covers the data, the configuration and the range;
    without one the run screens for itself.
    mode: without, "auto" beside candidates, else "full".

    Returns a Run. Raises BarsieveError, one line, as `barsieve.run`, and for candidates that do not
    cover the run: which key, both values, and what to screen for.

    >>> import barsieve
    >>> bars = barsieve.demo_bars(3_000)
    >>> screened = barsieve.screen(bars, "ETH_comprehensive")
    >>> one = barsieve.replay(bars, "ETH_comprehensive", candidates=screened, mode="focused")
    >>> one.digest == barsieve.replay(bars, "ETH_comprehensive").digest
    True
    """
    asked: Asked = mode or ("full" if candidates is None else "auto")
    _refuse_mode(asked)
    given = _given(candidates)
    whole, loaded = _markets(data, config, timeframe, stamp, plugins)
    dates = _dates(start, end)
    if len(loaded) > 1:
        return Run(run_portfolio(whole, loaded, *dates, asked, given))
    if isinstance(given, Mapping):
        own = given.get(whole.asset, next(iter(given.values())))
        return Run(run_experiment(*loaded[0], *dates, asked, own))
    return Run(run_experiment(*loaded[0], *dates, asked, given))


def parity(
    data: Data = None,
    config: Config = None,
    *,
    start: Day = None,
    end: Day = None,
    windows: Sequence[int | str] = (0, 6, 48, "all"),
    variants: int = 3,
    timeframe: str | None = None,
    stamp: Label | None = None,
    plugins: Sequence[Plugin] = (),
) -> ParityReport:
    """Whether focused replays are the full one, in bytes; it raises nothing if they are not.

    data, config, start, end, timeframe, stamp, plugins: as in `barsieve.run`.
    windows: bars on each side of a candidate, or "all", a focused replay each.
    variants: random supersets of the candidates; of one market as many replays in chunks.

    Returns a ParityReport. All replays run in this process; `barsieve parity` uses one for each.
    Raises BarsieveError, one line, as `barsieve.run`, and for the policy "sentinel", which is lossy
    by design.

    >>> import barsieve
    >>> bars = barsieve.demo_bars(3_000)
    >>> barsieve.parity(bars, "ETH_comprehensive", windows=[0, 6], variants=1).verdict
    'identical'
    """
    if variants < 0:
        raise SettingsError(f"variants {variants}: expected 0 or more")
    whole, loaded = _markets(data, config, timeframe, stamp, plugins)
    dates = _dates(start, end)
    texts = [str(each) for each in windows]
    if len(loaded) > 1:
        found = compare_portfolios(whole, loaded, dates, texts)
    else:
        found = compare_replays(*loaded[0], *dates, texts)
    return ParityReport(with_variants(found, loaded, dates, None, variants, seed=0))


def _markets(
    data: Data,
    config: Config,
    timeframe: str | None,
    stamp: Label | None,
    plugins: Sequence[Plugin],
) -> Markets:
    markets = load(data, configuration(config, plugins), timeframe, stamp)
    if is_cold():
        sys.stderr.write(f"compiling once (about {COMPILE_SECONDS} s)...\n")
    return markets


def _refuse_mode(mode: str) -> None:
    known = list(get_args(Asked))
    if mode not in known:
        raise SettingsError(f"mode {mode!r}: expected one of {known}{did_you_mean(mode, known)}")


def _interval(key: str, ends: object) -> str:
    """As `--box` takes it."""
    if isinstance(ends, tuple | list) and len(ends) == 2:
        return f"{key}={ends[0]}:{ends[1]}"
    raise SettingsError(f"box {key}: expected (lowest, highest), found {ends!r:.40}")


def _given(candidates: object) -> Path | Mapping[str, CandidateFile] | None:
    if isinstance(candidates, Screened):
        return candidates.outcome
    if candidates is None or isinstance(candidates, str | Path):
        return None if candidates is None else Path(candidates)
    raise CandidateFileError(
        "candidates: expected what barsieve.screen returned, or its file, found "
        f"{type(candidates).__name__}"
    )


def _dates(start: Day, end: Day) -> Dates:
    return _text("start", start), _text("end", end)


def _text(name: str, day: object) -> str | None:
    if day is None or isinstance(day, str):
        return day
    if isinstance(day, date):
        return day.isoformat()
    raise RangeError(
        f"{name}: expected a date, as in '2025-06-15', found {type(day).__name__} {day!r:.40}"
    )

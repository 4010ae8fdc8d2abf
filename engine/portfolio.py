"""Several assets in one run: what `experiment.py` does for one, over a merged clock.

    bars → rows → candidates → windows   of each asset, in threads
    windows of all → replay together → result of each, and of all

Capital is split into a sub-account each, or shared; the limits of the portfolio act across both.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from engine.bars.series import Bars
from engine.errors import CandidateFileError, SettingsError
from engine.experiment import candidates_of, windows_around
from engine.plugins.judging import dear_cost
from engine.plugins.precompute import Workers
from engine.plugins.visit import ALONE, visit_together
from engine.prescreen.candidates import CandidateFile
from engine.prescreen.windows import Windows
from engine.replay.choice import Asked, Choice, DearCost, chosen
from engine.replay.clock import Clock
from engine.replay.loop import Replay
from engine.replay.market import Market, clock_of, prepare
from engine.replay.settings import Settings
from engine.results.outcome import Outcome
from engine.results.portfolio import PortfolioOutcome, portfolio_result_of
from engine.results.result import Result, result_of
from engine.results.timings import Stopwatch

Loaded = tuple[Settings, Bars]


def run_portfolio(
    settings: Settings,
    loaded: Sequence[Loaded],
    start: str | None,
    end: str | None,
    asked: Asked = "full",
    candidates: Path | Mapping[str, CandidateFile] | None = None,
    workers: Workers = ALONE,
) -> PortfolioOutcome:
    """Replay several markets together; `loaded` are their own settings and bars, in config order.

    candidates: `X.jsonl` stands for the files X_<ASSET>.jsonl; or those of a screen, by asset.
    workers: in how many processes dear domains are asked, which changes the time alone. Raises
    BarsieveError, one line, for what does not fit.
    """
    refuse_lossy(settings)
    watch = Stopwatch()
    with ThreadPoolExecutor() as threads:
        markets = list(threads.map(lambda pair: prepare(pair[0], pair[1], start, end), loaded))
        watch.lap("columns")
        files = [candidate_file(candidates, each) for each in markets]
        found = list(threads.map(candidates_of, markets, files))
        watch.lap("candidates")
    clock = clock_of(markets)
    own_windows = [windows_around(*pair) for pair in zip(found, markets, strict=True)]
    windows = clock.union(own_windows)
    choice = choice_together(asked, found, windows, clock, settings, markets)
    focus = windows if choice.mode == "focused" else None
    replayed = visit_together(markets, clock, focus, replace(workers, fresh=True))
    watch.lap("replay")
    own = tuple(
        Outcome(m.settings, m.rows, file, around, choice, each, own_result(each, m), None, {})
        for m, file, around, each in zip(markets, found, own_windows, replayed.own, strict=True)
    )
    joined = portfolio_result_of(replayed, [each.result for each in own], settings)
    watch.lap("result")
    settings = with_pips(settings, markets)
    return PortfolioOutcome(settings, own, clock, windows, choice, joined, dict(watch.seconds))


def with_pips(settings: Settings, markets: Sequence[Market]) -> Settings:
    """The settings of the run, with the pip of each market that its data told."""
    overrides = {asset: dict(own) for asset, own in settings.portfolio.overrides.items()}
    for each in markets:
        told = each.settings.costs.pip
        if told != settings.costs.pip and settings.costs.pip is None:
            overrides.setdefault(each.settings.asset, {}).setdefault("costs.pip", told)
    if overrides == settings.portfolio.overrides:
        return settings
    portfolio = settings.portfolio.model_copy(update={"overrides": overrides})
    return settings.model_copy(update={"portfolio": portfolio})


def own_result(replayed: Replay, market: Market) -> Result:
    return result_of(replayed, market.rows.bars, market.settings)


def refuse_lossy(settings: Settings) -> None:
    if settings.batch_mode.policy == "sentinel":
        raise SettingsError(
            "batch_mode.policy sentinel loses entries, and how many is measured one asset at a "
            "time; pass one --asset, or use the policy admissible"
        )


def candidate_file(
    given: Path | Mapping[str, CandidateFile] | None, market: Market
) -> Path | CandidateFile | None:
    """The candidates of one market of a portfolio, None without any."""
    asset = market.settings.asset
    if given is None or isinstance(given, Path):
        return None if given is None else screened_beside(given, asset)
    if asset not in given:
        raise CandidateFileError(f"candidates: none of {asset}; screened: {', '.join(given)}")
    return given[asset]


def beside(path: Path, asset: str) -> Path:
    """Where the candidates of one asset are: X_ETH.jsonl for X.jsonl."""
    return path.with_name(f"{path.stem}_{asset}{path.suffix}")


def screened_beside(path: Path, asset: str) -> Path:
    """The same; raises CandidateFileError where it is missing."""
    own = beside(path, asset)
    if not own.exists():
        raise CandidateFileError(
            f"{own}: no such file; `barsieve screen --output {path}` with the same assets writes it"
        )
    return own


def choice_together(
    asked: Asked,
    found: Sequence[CandidateFile],
    windows: Windows,
    clock: Clock,
    settings: Settings,
    markets: Sequence[Market],
) -> Choice:
    candidates = sum(file.bar.size for file in found)
    costs = [dear_cost(each) for each in markets]
    full, focused = sum(each.full for each in costs), sum(each.focused for each in costs)
    dear = DearCost(full, focused, max(each.milliseconds for each in costs))
    return chosen(asked, candidates, windows, clock.open_time.size, settings, dear)

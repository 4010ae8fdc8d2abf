"""What the calls return: the engine's own objects, and tables made of them when asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.api.tables import (
    as_html,
    as_text,
    asset_table,
    candidates_frame,
    equity_series,
    parts,
    run_heading,
    run_rows,
    run_stats,
    screen_stats,
    trades_frame,
)
from engine.errors import BarsieveError
from engine.portfolio import beside
from engine.prescreen.candidates import CandidateFile, write_candidates
from engine.prescreen.manifest import Manifest
from engine.results.metrics.metric import Value
from engine.results.outcome import Outcome
from engine.results.portfolio import PortfolioOutcome
from engine.results.portfolio_directory import write_portfolio
from engine.results.run_directory import write_run
from engine.results.summary import screen_lines
from engine.review.parity.check import Parity, Verdict, parity_lines

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False, eq=False)
class Run:
    """A finished replay. outcome: the engine's own object, of a portfolio a PortfolioOutcome.

    >>> import barsieve
    >>> run = barsieve.run(barsieve.demo_bars(3_000), "ETH_comprehensive")
    >>> list(run.trades.columns[:4])
    ['position', 'side', 'entry_time', 'exit_time']
    """

    outcome: Outcome | PortfolioOutcome

    @cached_property
    def trades(self) -> "pd.DataFrame":
        """One row a position, the columns of trades.parquet; of a portfolio, `asset` in front.

        entry_time, exit_time: open of the bar, UTC. entry_bar, exit_bar: rows of the data. side:
        long, short. quantity: units. entry_raw, initial_stop: prices of the market. entry_price,
        exit_price: with spread and slippage. raw_profit, spread, slippage, gross, fees, funding,
        net: quote currency; raw_profit - spread - slippage = gross, gross - fees - funding = net.
        r: net, raw_r, mae, mfe: raw; in initial risks. legs: exits. reason: of the last leg.
        """
        return trades_frame(self.outcome)

    @cached_property
    def equity(self) -> "pd.Series[float]":
        """Quote currency after each bar in range, marked to market, by its open time, UTC; of a
        portfolio the sum, after each stamp at which any asset has a bar.
        """
        return equity_series(self.outcome.result.open_time, self.outcome.result.equity)

    @cached_property
    def candidates(self) -> "pd.DataFrame":
        """One row a bar at which the strategy could enter, the columns of candidates.jsonl: open
        time in UTC, side, score and bounds in [0, 1], reason, row of the data.
        """
        return candidates_frame(files_of(self.outcome))

    @cached_property
    def stats(self) -> dict[str, Value]:
        """Every metric of docs/metrics.md, after all costs, its unit in its name: _pct percent,
        _quote quote currency, as in stats["net_return_pct"]. None where it has no value; a time is
        text, UTC.
        """
        return run_stats(self.outcome)

    @cached_property
    def by_asset(self) -> "dict[str, Run]":
        """The part of each asset of a portfolio; of one market, itself."""
        if isinstance(self.outcome, Outcome):
            return {self.outcome.settings.asset: self}
        return {each.settings.asset: Run(each) for each in self.outcome.own}

    @property
    def digest(self) -> str:
        """sha256 of the result: `result` in run.json. Full and focused have the same."""
        return self.outcome.result.digest()

    def save(self, folder: str | Path = "results", replace: bool = False) -> Path:
        """Write the run's folder below `folder`, as `barsieve replay` does; returns its path.

        Raises OutputError when another result stands there under the same fingerprint, unless
        `replace`.
        """
        if isinstance(self.outcome, PortfolioOutcome):
            return write_portfolio(self.outcome, Path(folder), replace)[0]
        return write_run(self.outcome, Path(folder), replace)[0]

    def plot(self) -> Any:
        """A plotly figure: trades on candles, equity, drawdown; of a portfolio, without candles.

        Raises MissingExtraError without plotly: pip install 'barsieve[report]'.
        """
        from engine.api.plot import figure

        return figure(self.outcome)

    def __repr__(self) -> str:
        return as_text(run_heading(self.outcome), run_rows(self.outcome), asset_table(self.outcome))

    def _repr_html_(self) -> str:
        return as_html(run_heading(self.outcome), run_rows(self.outcome), asset_table(self.outcome))


@dataclass(frozen=True, repr=False, eq=False)
class Screened:
    """A finished screen. outcome: the engine's candidate files, by asset. window_bars: bars on each
    side of a candidate that a focused replay visits.

    >>> import barsieve
    >>> screened = barsieve.screen(barsieve.demo_bars(3_000), "ETH_comprehensive")
    >>> [path.name for path in screened.save("candidates.jsonl")]
    ['candidates.jsonl']
    """

    outcome: Mapping[str, CandidateFile]
    window_bars: int

    @cached_property
    def candidates(self) -> "pd.DataFrame":
        """As `Run.candidates`."""
        return candidates_frame(self.outcome)

    @property
    def manifest(self) -> Manifest:
        """What the candidates were made from, and what they cover; of one market."""
        if len(self.outcome) > 1:
            raise BarsieveError(
                f"manifest: screened {', '.join(self.outcome)}; expected one market, as in "
                f"outcome[{next(iter(self.outcome))!r}].manifest"
            )
        return next(iter(self.outcome.values())).manifest

    @cached_property
    def stats(self) -> dict[str, int | float]:
        """Counts, and shares of the bars in range in percent."""
        return screen_stats(self.outcome)

    def save(self, path: str | Path = "results/candidates.jsonl") -> list[Path]:
        """Write the candidates and their manifest, as `barsieve screen --output` does; of several
        markets, X_<ASSET>.jsonl each. Returns the paths of the candidates.
        """
        several = len(self.outcome) > 1
        paths = [beside(Path(path), asset) if several else Path(path) for asset in self.outcome]
        for place, file in zip(paths, self.outcome.values(), strict=True):
            write_candidates(place, file)
        return paths

    def _lines(self) -> list[str]:
        lines = []
        for asset, file in self.outcome.items():
            first, *rest = screen_lines(file, self.window_bars)
            lines += [f"{asset}: {first}", *(f"  {line}" for line in rest)]
        return lines

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        return as_html([], [], self._lines())


@dataclass(frozen=True, repr=False, eq=False)
class ParityReport:
    """Focused replays against the full one. outcome: the engine's own object.

    >>> import barsieve
    >>> bars = barsieve.demo_bars(3_000)
    >>> report = barsieve.parity(bars, "ETH_comprehensive", windows=[0], variants=0)
    >>> report.ok, report.lines[-1].partition(" (")[0]
    (True, 'Verdict: identical')
    """

    outcome: Parity

    @property
    def verdict(self) -> Verdict:
        """identical, different, or inconclusive: no entry, or no bar was skipped."""
        return self.outcome.verdict

    @property
    def ok(self) -> bool:
        """Whether the verdict is `identical`."""
        return self.verdict == "identical"

    @property
    def lines(self) -> list[str]:
        """What `barsieve parity` prints."""
        return parity_lines(self.outcome)

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _repr_html_(self) -> str:
        return as_html([], [], self.lines)


def files_of(outcome: Outcome | PortfolioOutcome) -> dict[str, CandidateFile]:
    return {each.settings.asset: each.candidates for each in parts(outcome)}

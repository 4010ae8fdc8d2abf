"""What a run holds, as pandas tables and plain numbers with their units in the names."""

import json
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from engine.bars.dates import iso
from engine.bars.reader import gap_note
from engine.kernel import Floats, Ints
from engine.prescreen.candidates import CandidateFile
from engine.results.metrics.catalogue import METRICS
from engine.results.metrics.metric import Value
from engine.results.outcome import Outcome
from engine.results.parquet import equity_columns, portfolio_trade_columns, trade_columns
from engine.results.portfolio import PortfolioOutcome
from engine.results.portfolio_summary import asset_lines, portfolio_rows
from engine.results.summary import result_rows

if TYPE_CHECKING:
    import pandas as pd

Rows = list[tuple[str, str]]
CANDIDATE = ("timestamp", "side", "score", "reason", "bar", "bound_long", "bound_short")


def parts(outcome: Outcome | PortfolioOutcome) -> tuple[Outcome, ...]:
    return outcome.own if isinstance(outcome, PortfolioOutcome) else (outcome,)


def trades_frame(outcome: Outcome | PortfolioOutcome) -> "pd.DataFrame":
    import pyarrow as pa

    if isinstance(outcome, PortfolioOutcome):
        own = [(each.settings.asset, each.result.trades, each.bars) for each in outcome.own]
        columns = portfolio_trade_columns(own)
    else:
        columns = trade_columns(outcome.result.trades, outcome.bars)
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    return frame


def equity_series(open_time: Ints, equity: Floats) -> "pd.Series[float]":
    import pyarrow as pa

    frame = pa.table(equity_columns(open_time, equity)).to_pandas()
    series: pd.Series[float] = frame.set_index("timestamp")["equity"]
    return series


def candidates_frame(files: Mapping[str, CandidateFile]) -> "pd.DataFrame":
    """One row a candidate, those of several markets in order of time; `files` by asset."""
    import pandas as pd

    several = len(files) > 1
    rows = [
        {"asset": asset, **row} if several else row
        for asset, file in files.items()
        for row in _rows(file)
    ]
    columns = ["asset", *CANDIDATE] if several else list(CANDIDATE)
    frame = pd.DataFrame(rows, columns=columns)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True)
    return frame.sort_values("timestamp", kind="stable", ignore_index=True)


def _rows(file: CandidateFile) -> list[dict[str, Any]]:
    """The lines of the file whose bars are in the range that was asked for."""
    asked = set(file.bar.tolist())
    lines = map(json.loads, file.text.splitlines())
    return [line for line in lines if line["bar"] in asked]


def run_stats(outcome: Outcome | PortfolioOutcome) -> dict[str, Value]:
    metrics, visits = outcome.result.metrics, outcome.visits()
    return {
        "bars": visits["bars"],
        "bars_visited": visits["visited"],
        "candidates": visits["candidates"],
        **{each.stat: each.stat_of(metrics[name]) for name, each in METRICS.items()},
    }


def screen_stats(files: Mapping[str, CandidateFile]) -> dict[str, int | float]:
    manifests = [each.manifest for each in files.values()]
    bars = sum(each.stop_bar - each.first_bar for each in manifests)
    counts = {
        name: sum(getattr(each, name) for each in manifests)
        for name in ("candidates", "long", "short", "both")
    }
    covered = sum(each.coverage * (each.stop_bar - each.first_bar) for each in manifests)
    return {
        "bars": bars,
        **counts,
        "density_pct_of_bars": 100.0 * counts["candidates"] / bars,
        "windows_pct_of_bars": 100.0 * covered / bars,
    }


def run_rows(outcome: Outcome | PortfolioOutcome) -> Rows:
    """The table of results that the command prints."""
    if isinstance(outcome, PortfolioOutcome):
        return portfolio_rows(outcome)
    return result_rows(outcome.result)


def run_heading(outcome: Outcome | PortfolioOutcome) -> list[str]:
    """What was replayed, how, and what is worth knowing about it."""
    visits = outcome.visits()
    lines = [_market_line(each) for each in parts(outcome)]
    lines += [f"Note: {note}" for each in parts(outcome) for note in each.rows.notes]
    choice = outcome.choice
    lines.append(
        f"Replay {choice.mode} ({choice.reason}): {visits['visited']:,} bars visited, "
        f"{visits['skipped']:,} skipped"
    )
    return lines


def _market_line(outcome: Outcome) -> str:
    first, last = (iso(int(outcome.result.open_time[k])) for k in (0, -1))
    settings = outcome.settings
    return (
        f"{settings.asset} {settings.timeframe}: {outcome.size:,} bars {first} to {last}; "
        f"data: {gap_note(outcome.bars)}"
    )


def asset_table(outcome: Outcome | PortfolioOutcome) -> list[str]:
    """A line an asset of a portfolio; nothing for one market."""
    return asset_lines(outcome) if isinstance(outcome, PortfolioOutcome) else []


def as_text(heading: list[str], rows: Rows, below: list[str]) -> str:
    width = max((len(name) for name, _ in rows), default=0)
    return "\n".join([*heading, *(f"  {name:<{width}}  {value}" for name, value in rows), *below])


def as_html(heading: list[str], rows: Rows, below: list[str]) -> str:
    """The same for a notebook."""
    above = "<br>".join(map(escape, heading))
    cells = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(value)}</td></tr>"
        for name, value in rows
    )
    after = f"<pre>{escape(chr(10).join(below))}</pre>" if below else ""
    return f"<div>{above}<table>{cells}</table>{after}</div>"

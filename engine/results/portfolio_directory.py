"""The folder of a run of several assets: the files of a run, each line or row naming its asset."""

import hashlib
from pathlib import Path
from typing import Any

from engine import __version__
from engine.bars.dates import iso
from engine.replay.codes import code_names
from engine.results.logs import decision_log, trade_log
from engine.results.parquet import (
    parquet_bytes,
    portfolio_equity_columns,
    portfolio_trade_columns,
)
from engine.results.portfolio import PortfolioOutcome
from engine.results.run_directory import (
    SCHEMA,
    config_hash,
    fingerprint,
    json_text,
    loadable,
    run_record,
    write_folder,
)


def portfolio_fingerprint(outcome: PortfolioOutcome) -> str:
    """8 hex digits over what determines the result: the settings, and each asset's own."""
    parts = [config_hash(outcome.settings), *map(fingerprint, outcome.own)]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:8]


def portfolio_directory_name(outcome: PortfolioOutcome) -> str:
    mode, mark = outcome.choice.mode, portfolio_fingerprint(outcome)
    return f"PORTFOLIO_{outcome.settings.timeframe}_{mode}_{mark}"


def portfolio_record(outcome: PortfolioOutcome) -> dict[str, Any]:
    """The content of `run.json`; under `assets` what a run of each alone would hold there."""
    settings, result = outcome.settings, outcome.result
    return {
        "schema": SCHEMA,
        "version": __version__,
        "asset": "PORTFOLIO",
        "timeframe": settings.timeframe,
        "replay": outcome.choice.mode,
        "capital": settings.portfolio.capital,
        "fingerprint": portfolio_fingerprint(outcome),
        "config": config_hash(settings),
        "range": {
            "first_bar": 0,
            "stop_bar": result.open_time.size,
            "start": iso(int(result.open_time[0])),
            "end": iso(int(result.open_time[-1])),
        },
        "visits": outcome.visits(),
        "decisions": {each.settings.asset: each.decisions() for each in outcome.own},
        "metrics": dict(result.metrics),
        "result": result.digest(),
        "assets": {each.settings.asset: run_record(each) for each in outcome.own},
    }


def write_portfolio(outcome: PortfolioOutcome, output: Path, replace: bool) -> tuple[Path, bool]:
    """Write the run's folder below `output`, as `write_run` does for one asset."""
    final = output / portfolio_directory_name(outcome)
    return final, write_folder(final, _files_of(outcome), outcome.timings, replace)


def _files_of(outcome: PortfolioOutcome) -> dict[str, bytes]:
    result, own = outcome.result, outcome.own
    names = [each.settings.asset for each in own]
    markets = [(name, each.bars) for name, each in zip(names, own, strict=True)]
    decided = [(name, each.bars, each.replayed) for name, each in zip(names, own, strict=True)]
    traded = [(name, each.result.trades, each.bars) for name, each in zip(names, own, strict=True)]
    ledgers = dict(zip(names, result.ledgers.T, strict=True))
    return {
        "run.json": json_text(portfolio_record(outcome)),
        "config.json": json_text(loadable(outcome.settings)),
        **{f"candidates_{e.settings.asset}.jsonl": e.candidates.text.encode() for e in own},
        "trade_log.jsonl": trade_log(
            result.events, markets, config_hash(outcome.settings)
        ).encode(),
        "decision_log.jsonl": decision_log(decided, code_names(outcome.settings)).encode(),
        "trades.parquet": parquet_bytes(portfolio_trade_columns(traded)),
        "equity.parquet": parquet_bytes(
            portfolio_equity_columns(result.open_time, result.equity, ledgers)
        ),
    }

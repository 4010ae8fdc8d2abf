"""One folder a run, written whole or not at all, and compared when the same run comes again."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import __version__
from engine.bars.dates import iso
from engine.errors import OutputError
from engine.files import fresh_name, write_atomically
from engine.prescreen.rows import Rows
from engine.prescreen.settings import SENTINEL_KEYS
from engine.replay.codes import code_names
from engine.replay.settings import Settings
from engine.results.logs import decision_log, trade_log
from engine.results.outcome import Outcome
from engine.results.parquet import equity_columns, parquet_bytes, trade_columns
from engine.results.stored_run import asked_alike, refuse_difference
from engine.settings import differing

SCHEMA = 2  # of a run's folder; 1 had no number
TIMINGS = "timings.json"  # the one file that knows a clock: never compared


def config_hash(settings: Settings) -> str:
    """8 hex digits over the asset and every setting that can change the result and is not at its
    default.
    """
    text = json.dumps([settings.asset, differing(settings)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def fingerprint(outcome: Outcome) -> str:
    """8 hex digits over what determines the result."""
    span = outcome.replayed.first, outcome.replayed.stop
    return fingerprint_of(outcome.settings, outcome.rows, span, outcome.candidates.text)


def fingerprint_of(
    settings: Settings,
    rows: Rows,
    span: tuple[int, int],
    candidates: str,
    version: str = __version__,
) -> str:
    """The fingerprint of a run: bars, macro series, funding, settings, range, program version; and
    the lines of the candidates, where the policy lets them.
    """
    first, stop = span
    parts = [version, settings.plugged.source, rows.bars.fingerprint(stop), rows.context]
    parts.append(rows.funding)
    parts.append(config_hash(settings))
    parts += [str(first), str(stop)]
    if settings.batch_mode.policy == "sentinel":
        width = settings.batch_mode.candidate_window_bars
        parts += [candidates, str(width)]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:8]


def directory_name(outcome: Outcome) -> str:
    settings = outcome.settings
    return f"{settings.asset}_{settings.timeframe}_{outcome.choice.mode}_{fingerprint(outcome)}"


def run_record(outcome: Outcome) -> dict[str, Any]:
    """The content of `run.json`: nothing in it depends on the clock or the machine."""
    bars, replayed, result = outcome.bars, outcome.replayed, outcome.result
    return {
        "schema": SCHEMA,
        "version": __version__,
        "asset": outcome.settings.asset,
        "timeframe": outcome.settings.timeframe,
        "replay": outcome.choice.mode,
        "policy": outcome.settings.batch_mode.policy,
        "fill": outcome.settings.execution.fill,
        "fingerprint": fingerprint(outcome),
        "config": config_hash(outcome.settings),
        "data": {
            "source": bars.source,
            "rows": bars.size,
            "origin": iso(int(bars.open_time[0])),
            "sha256": bars.fingerprint(replayed.stop),
        },
        "range": {
            "first_bar": replayed.first,
            "stop_bar": replayed.stop,
            "start": iso(int(result.open_time[0])),
            "end": iso(int(result.open_time[-1])),
        },
        "visits": outcome.visits(),
        "decisions": outcome.decisions(),
        "metrics": dict(result.metrics),
        "result": result.digest(),
    }


def write_run(outcome: Outcome, output: Path, replace: bool) -> tuple[Path, bool]:
    """Write the run's folder below `output`; returns it, and whether the same run stood there.

    Raises OutputError when the stored run differs (and `replace` is not given), naming the first
    difference, or when the place cannot be written.
    """
    final = output / directory_name(outcome)
    return final, write_folder(final, files_of(outcome), outcome.timings, replace)


def write_folder(
    final: Path, files: Mapping[str, bytes], timings: Mapping[str, float], replace: bool
) -> bool:
    """Write a run's folder, whole or not at all; returns whether the same run stood there."""
    output = final.parent
    beside = fresh_name(final)
    try:
        beside.mkdir(parents=True)
        for name, content in files.items():
            (beside / name).write_bytes(content)
        known = final.is_dir() and not replace
        if known:
            refuse_difference(final, beside)
        if not (known and asked_alike(final, beside)):
            _put_in_place(beside, final)
    except OSError as error:
        raise OutputError(f"{output}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    write_atomically(final / TIMINGS, json.dumps(timings, indent=2) + "\n")
    write_atomically(output / "trade_log.jsonl", files["trade_log.jsonl"])
    return known


def loadable(settings: Settings) -> dict[str, Any]:
    """Every value, defaults too, without the keys that the policy in force refuses in a file."""
    tree = settings.model_dump(mode="json")
    if settings.batch_mode.policy == "admissible":
        for key in SENTINEL_KEYS:
            del tree["batch_mode"][key]
    return tree


def files_of(outcome: Outcome) -> dict[str, bytes]:
    """The content of a run's folder by file name; of the same run, the same bytes."""
    settings, bars, result = outcome.settings, outcome.bars, outcome.result
    config = config_hash(settings)
    return {
        "run.json": json_text(run_record(outcome)),
        "config.json": json_text(loadable(settings)),
        "candidates.jsonl": outcome.candidates.text.encode(),
        "trade_log.jsonl": trade_log(result.events, [(settings.asset, bars)], config).encode(),
        "decision_log.jsonl": decision_log(
            [(settings.asset, bars, outcome.replayed)], code_names(settings)
        ).encode(),
        "trades.parquet": parquet_bytes(trade_columns(result.trades, bars)),
        "equity.parquet": parquet_bytes(equity_columns(result.open_time, result.equity)),
    }


def json_text(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()


def _put_in_place(fresh: Path, final: Path) -> None:
    if not final.exists():
        fresh.replace(final)
        return
    old = fresh_name(final)
    final.replace(old)
    fresh.replace(final)
    shutil.rmtree(old)

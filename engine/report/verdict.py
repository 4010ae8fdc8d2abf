"""What is known about focused and full of a run, in sentences."""

import shlex
from collections.abc import Mapping
from typing import Any

from engine.errors import SettingsError
from engine.experiment import run_experiment
from engine.report.market import MarketOfRun
from engine.report.stored import StoredRun
from engine.review.parity.check import Parity, parity_lines
from engine.review.parity.in_process import compare_replays

WINDOWS = ("0", "6", "48", "all")


def no_verdict(run: StoredRun) -> list[str]:
    """What to run for one: a run is stored without."""
    if run.record.get("policy") == "sentinel":
        lossy = "Parity: the policy sentinel is lossy, so there is none to prove."
        return [lossy, *_recall(run.record)]
    lines = ["Parity: not compared for this page."]
    if not run.is_portfolio:
        again = shlex.join(["barsieve", "report", run.folder.resolve().name, "--parity"])
        lines.append(f"Compare focused and full for the page: {again}")
    lines.append(f"Prove it in separate processes: {_parity_command(run)}")
    return lines


def _parity_command(run: StoredRun) -> str:
    """With the run's own configuration and range; of files, only their names are known."""
    span, options = run.record["range"], []
    if not run.is_portfolio:
        options += ["--start", span["start"], "--end", span["end"]]
    for name, own in run.assets.items():
        source = own["data"]["source"]
        if source != name:
            options += ["--data", source]
        elif not run.is_portfolio:
            options += ["--bars", str(own["data"]["rows"])]
    config = f"{run.folder.resolve().name}/config.json"
    return shlex.join(["barsieve", "parity", "--config", config, *options])


def _recall(record: Mapping[str, Any]) -> list[str]:
    found = record["visits"].get("recall")
    if found is None:
        return []
    return [f"It has {found['found']:,} of the full replay's {found['entries']:,} entries."]


def compared(run: StoredRun, market: MarketOfRun) -> tuple[Parity, list[str]]:
    """Compare focused replays with the full one, and the full one with the stored result.

    Raises SettingsError for a policy that is lossy by design.
    """
    settings, bars = market.settings, market.bars
    dates = run.record["range"]["start"], run.record["range"]["end"]
    found = compare_replays(settings, bars, *dates, WINDOWS)
    full = run_experiment(settings, bars, *dates, "full").result.digest()
    same = full == run.record["result"]
    stored = "is the same bytes as" if same else "DIFFERS from"
    lines = [f"The stored result {stored} a full replay made for this page."]
    return found, [*parity_lines(found), *lines]


def refuse_several(run: StoredRun) -> None:
    """Raise SettingsError where `--parity` cannot compare."""
    if run.is_portfolio:
        raise SettingsError(
            "--parity compares a run of one market; for a portfolio use `barsieve parity` with the "
            "same options as the run"
        )


def visit_rows(run: StoredRun) -> list[tuple[str, str]]:
    """What the replay looked at."""
    visits = run.record["visits"]
    bars, visited = visits["bars"], visits["visited"]
    rows = [
        ("Replay", run.record["replay"]),
        ("Bars in range", f"{bars:,}"),
        ("Visited", f"{visited:,} ({visited / bars:.1%})"),
        ("Skipped", f"{visits['skipped']:,} ({visits['skipped'] / bars:.1%})"),
        ("Candidates", f"{visits['candidates']:,} ({visits['candidates'] / bars:.1%} of bars)"),
        ("Windows", f"{visits['windows']:,}, covering {visits['coverage']:.1%}"),
    ]
    if "in_position" in visits:
        held = visits["in_position"]
        rows.append(("Bars in a position", f"{held:,} ({held / bars:.1%})"))
    rows += [
        (f"Asked {name}", f"{count:,} times") for name, count in visits.get("calls", {}).items()
    ]
    return rows


def decision_counts(run: StoredRun) -> dict[str, int]:
    """How often each decision code was given, over all markets, most frequent first."""
    found = run.record["decisions"]
    each = found.values() if run.is_portfolio else [found]
    total: dict[str, int] = {}
    for counts in each:
        for name, count in counts.items():
            total[name] = total.get(name, 0) + count
    return dict(sorted(total.items(), key=lambda pair: (-pair[1], pair[0])))

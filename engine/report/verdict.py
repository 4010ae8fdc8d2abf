"""What is known about focused and full of a run, in sentences."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from engine.errors import SettingsError
from engine.experiment import run_experiment
from engine.report.market import MarketOfRun
from engine.report.stored import StoredRun
from engine.review.parity.check import Parity, parity_lines
from engine.review.parity.in_process import compare_replays

WINDOWS = ("0", "6", "48", "all")


def no_verdict(run: StoredRun, files: Sequence[Path | None]) -> list[str]:
    """What to run for one: a run is stored without. files: what `--data` must name, by market."""
    if run.record.get("policy") == "sentinel":
        lossy = "Parity: the policy sentinel is lossy, so there is none to prove."
        return [lossy, *_recall(run.record)]
    data = _data_options(files)
    lines = ["Parity: not compared for this page."]
    if not run.is_portfolio:
        again = shlex.join(["barsieve", "report", as_typed(run.folder), "--parity", *data])
        lines.append(f"Compare focused and full for the page: {again}")
    lines.append(f"Prove it in separate processes: {_parity_command(run, data)}")
    return lines


def _parity_command(run: StoredRun, data: list[str]) -> str:
    """With the run's own configuration and range."""
    options = [*_dates(run), *data]
    own = {name: each["data"] for name, each in run.assets.items()}
    lengths = {each["rows"] for each in own.values()}
    if all(each["source"] == name for name, each in own.items()) and len(lengths) == 1:
        options += ["--bars", str(lengths.pop())]  # embedded markets, of one length
    config = str(PurePosixPath(as_typed(run.folder), "config.json"))
    return shlex.join(["barsieve", "parity", "--config", config, *options])


def _dates(run: StoredRun) -> list[str]:
    """The range of the run, without an end that some market's data does not reach: it is refused,
    so the run was made without it.
    """
    whole, own = run.record["range"], run.assets.values()
    spans = [(each["range"], each["data"]["rows"]) for each in own]
    late = any(s["first_bar"] == 0 and s["start"] > whole["start"] for s, _ in spans)
    early = any(s["stop_bar"] == rows and s["end"] < whole["end"] for s, rows in spans)
    start = [] if late else ["--start", whole["start"]]
    return start if early else [*start, "--end", whole["end"]]


def _data_options(files: Sequence[Path | None]) -> list[str]:
    """Each file, or the folder of all, once."""
    named = [as_typed(each) for each in files if each is not None]
    several = named[:1] if files and files[0] is not None and files[0].is_dir() else named
    return [x for each in several for x in ("--data", each)]


def as_typed(path: Path) -> str:
    """The path for a command that is typed in the current folder; of one that is absolute and
    elsewhere only the name, for the page shows no path of the machine.
    """
    if not path.is_absolute():
        return path.as_posix()
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.name


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

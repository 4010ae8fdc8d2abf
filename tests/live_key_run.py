"""One key, two values, one named datum: what changes in the result when only the key does?"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.experiment import run_experiment
from engine.inputs import load_bars, load_markets
from engine.portfolio import run_portfolio
from engine.replay.choice import Asked
from engine.replay.settings import Settings
from engine.results.outcome import Outcome
from engine.review.parity.markets import MARKETS
from engine.settings import Section, Tree, known_keys, override, parameters, validate

DAY = np.timedelta64(1, "D")
# What every row of the table starts from; everything else has its default.
SHARED: Tree = {"asset": "DEMO", "batch_mode": {"candidate_window_bars": 0}}
DEMOS = "demos"  # the datum of a portfolio: demo markets
# From the strongest proof that a key lives to the weakest.
CHANGES = ("trade", "candidate", "column", "visited", "note")
Change = Literal["trade", "candidate", "column", "visited", "note"]


@dataclass(frozen=True)
class Row:
    """`key` with each of two values on top of `base` changes, at the strongest, `changes`."""

    key: str
    values: Sequence[Any]
    changes: Change = "trade"
    base: Mapping[str, Any] = field(default_factory=dict)
    datum: str = "demo"
    asked: Asked = "focused"


@dataclass(frozen=True)
class Difference:
    """How many of each kind differ between the two runs of a row, of how many."""

    counts: Mapping[str, int]
    trades: tuple[int, int]

    @property
    def strongest(self) -> str:
        return next((kind for kind in CHANGES if self.counts[kind]), "nothing")


# --- the keys ------------------------------------------------------------------------------------


def keys_of(settings: Section) -> list[str]:
    """Every key in force, and every key of sections and entries that are absent by default."""
    listed = [each.key for each in parameters(settings)]
    known = known_keys(type(settings))
    inner = {each for each in known if any(other.startswith(f"{each}.") for other in known)}
    return listed + [each for each in known if each not in inner and each not in listed]


def assign(tree: Tree, key: str, value: Any) -> Tree:
    """`override`, by way of the only entry of a mapping or the first of a list."""
    for part in ("macro.vetoes.", "macro.tilts."):
        if key.startswith(part):
            section, name = part.split(".")[:2]
            entries = [dict(each) for each in tree[section][name]]
            entries[0][key.removeprefix(part)] = value
            return override(tree, {part[:-1]: entries})
    if key.startswith("macro.series."):
        name = next(iter(tree["macro"]["series"]))
        key = key.replace("macro.series.", f"macro.series.{name}.")
    return override(tree, {key: value})


# --- the data ------------------------------------------------------------------------------------


def write_files(folder: Path) -> None:
    """Small files that rows name as `@name`: macro series, funding rates, bars."""
    days = np.datetime64("2022-11-01") + DAY * np.arange(700)
    waves = [(int(k % 40) - 20, int(k * k % 23) - 11) for k in range(days.size)]
    lines = [
        f"{day},{abs(slow) - 10},{quick},{day + DAY * (2 + k % 9)}T00:00:00Z"
        for k, (day, (slow, quick)) in enumerate(zip(days, waves, strict=True))
    ]
    head = "date,value,other,published"
    _write(folder / "rate.csv", head, lines)
    named = [f"{day},{quick}" for day, (_, quick) in zip(days, waves, strict=True)]
    _write(folder / "quick.csv", "date,value", named)
    # Weeks in which nothing is published.
    _write(folder / "holes.csv", head, [line for k, line in enumerate(lines) if k % 30 < 20])
    # Only the format tells day from month, and the rows are in order by either.
    pairs = [(year, k) for year in (2022, 2023, 2024) for k in range(1, 12)]
    by_hand = [f"{k + 1:02}/{k:02}/{year},{10 - 20 * (k % 2)}" for year, k in pairs]
    _write(folder / "by_hand.csv", "date,value", by_hand)
    rates = [f"{day}T08:00:00Z,{0.0001 * (k % 7 - 2)}" for k, day in enumerate(days)]
    _write(folder / "funding.csv", "timestamp,funding_rate", rates)
    _write_bars(folder / "bars.csv", demo_bars(6_000))
    _write_bars(folder / "walk.csv", MARKETS["sessions"](3, 6_000))


def _write(path: Path, head: str, lines: list[str]) -> None:
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


def _write_bars(path: Path, bars: Bars) -> None:
    names = ("open", "high", "low", "close", "volume")
    numbers = zip(*(getattr(bars, name).tolist() for name in names), strict=True)
    stamps = np.datetime_as_string(bars.open_time.view("datetime64[ns]"), unit="s")
    lines = [
        f"{stamp}Z,{','.join(map(repr, row))}" for stamp, row in zip(stamps, numbers, strict=True)
    ]
    _write(path, f"timestamp,{','.join(names)}", lines)


def bars_of(datum: str, settings: Settings) -> Bars:
    """`demo`, `file`: the one that the settings name, or a small market and its seed: `gaps 2`."""
    if datum == "demo":
        return load_bars(settings, None, 12_000)[0]
    if datum == "file":
        # A file of bars is looked up for a market of any name but DEMO.
        return load_bars(settings.model_copy(update={"asset": "TEST"}))[0]
    name, seed = datum.split()
    return MARKETS[name](int(seed), 8_000)


# --- the comparison ------------------------------------------------------------------------------


class Bench:
    """Runs rows; equal settings on the same datum are run once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bars: dict[tuple[object, ...], Bars] = {}
        self.outcomes: dict[tuple[str, str, str], tuple[Outcome, ...]] = {}
        write_files(folder)

    def difference(self, row: Row) -> Difference:
        first, second = (self._run(row, value) for value in row.values)
        counts = dict(zip(CHANGES, _counts(first, second), strict=True))
        sizes = [sum(each.result.trades.size for each in both) for both in (first, second)]
        return Difference(counts, (sizes[0], sizes[1]))

    def settings(self, row: Row, value: Any) -> Settings:
        base = override(SHARED, dict(self._found(row.base)))
        return validate(Settings, assign(base, row.key, self._found(value)), row.key)

    def _run(self, row: Row, value: Any) -> tuple[Outcome, ...]:
        """The outcome of each asset: of several, of `demos`."""
        settings = self.settings(row, value)
        key = (row.datum, row.asked, settings.model_dump_json())
        if key not in self.outcomes:
            if row.datum == DEMOS:
                self.outcomes[key] = self._together(row, value)
            else:
                bars = self._bars(row.datum, settings)
                self.outcomes[key] = (run_experiment(settings, bars, None, None, row.asked),)
        return self.outcomes[key]

    def _together(self, row: Row, value: Any) -> tuple[Outcome, ...]:
        changes = override(SHARED, {**row.base, row.key: value})
        assignments = [f"{key}={json.dumps(each)}" for key, each in changes.items()]
        whole, own = load_markets(None, (), assignments)
        loaded = [(each, load_bars(each, None, 6_000)[0]) for each in own]
        return run_portfolio(whole, loaded, None, None, row.asked).own

    def _bars(self, datum: str, settings: Settings) -> Bars:
        data = settings.data
        key = (datum, settings.timeframe, data.path, data.stamp)
        if key not in self.bars:
            self.bars[key] = bars_of(datum, settings)
        return self.bars[key]

    def _found(self, value: Any) -> Any:
        """`@name` is a file of the folder."""
        if isinstance(value, str) and value.startswith("@"):
            return str(self.folder / value[1:])
        if isinstance(value, Mapping):
            return {key: self._found(each) for key, each in value.items()}
        return [self._found(each) for each in value] if isinstance(value, list) else value


def _counts(first: tuple[Outcome, ...], second: tuple[Outcome, ...]) -> Iterator[int]:
    """In the order of CHANGES; a market that only one of them has differs as a whole."""
    parts: tuple[Callable[[Outcome], list[Any]], ...] = (
        lambda one: [each.tobytes() for each in one.result.trades],
        lambda one: one.candidates.text.splitlines(),
        lambda one: [each.tobytes() for each in one.rows.table],
        lambda one: np.flatnonzero(one.replayed.codes).tolist(),
        lambda one: list(one.rows.notes),
    )
    for part in parts:
        ours, theirs = ([line for one in both for line in part(one)] for both in (first, second))
        yield _apart(ours, theirs)


def _apart(first: list[Any], second: list[Any]) -> int:
    """How many entries of one list are not in the other."""
    if first == second:
        return 0
    ours, theirs = Counter(first), Counter(second)
    return max((ours - theirs).total(), (theirs - ours).total())

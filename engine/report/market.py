"""The bars, scores and windows of a stored run, computed again and held to its fingerprints."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.bars.demo import demo_number
from engine.bars.locate import find_data
from engine.bars.series import Bars
from engine.errors import DataError, OutputError
from engine.fusion.scores import weights
from engine.inputs import load_bars, load_markets
from engine.kernel import Floats
from engine.prescreen.rows import Rows, build_rows
from engine.prescreen.windows import Windows, around
from engine.replay.settings import Settings
from engine.report.stored import StoredCandidates, StoredRun
from engine.results.run_directory import fingerprint_of


@dataclass(frozen=True)
class MarketOfRun:
    """One asset of a run. span: its rows first … stop − 1. windows: around the run's candidates.
    file: what `--data` must name to read its bars again from here, None where nothing need be said.
    """

    settings: Settings
    rows: Rows
    span: tuple[int, int]
    candidates: StoredCandidates
    windows: Windows
    file: Path | None

    @property
    def bars(self) -> Bars:
        return self.rows.bars

    @property
    def asset(self) -> str:
        return self.settings.asset

    def scores(self) -> dict[str, Floats]:
        """float64[n] by name over the whole file: each domain of the run that is a column, and with
        all of them `fused`, F before the penalty of a trend against the side.
        """
        fusion, own = self.settings.fusion, self.settings.domains_of(self.bars.has_volume)
        table = self.rows.table["scores"]
        found = {
            each.name: table[:, place]
            for place, each in enumerate(fusion.weights.domains)
            if each in own and place not in self.rows.limits
        }
        if self.rows.limits:
            return found
        every = weights(fusion, own)
        total = np.zeros(self.bars.size)
        for place, weight in enumerate(every):
            if weight > 0:
                total = total + weight * table[:, place]
        return {**found, "fused": total / sum(every)}

    def asked_domains(self) -> list[str]:
        """Domains that are asked bar by bar, so that there is no column to draw."""
        every = self.settings.fusion.weights.domains
        return [every[place].name for place in self.rows.limits]


def load_run_markets(
    run: StoredRun, data: Sequence[Path] = ()
) -> tuple[Settings, list[MarketOfRun], list[str]]:
    """The settings of a run, its markets in config order, and what was read, a sentence each.

    data: a file of bars for each asset, or one folder; without, where the run's configuration says,
    or the file of the run's name in the current folder.
    Raises OutputError for a run of another version, DataError where the bars are not the run's.
    """
    whole, own = load_markets(str(run.folder / "config.json"))
    notes: list[str] = []
    markets = []
    for settings, file in zip(own, _files(run, own, data), strict=True):
        record = run.assets[settings.asset]
        bars, said = _bars(run.folder, settings, record, file)
        notes += said
        markets.append(_market(run, settings, record, bars, file))
    return whole, markets, notes


def _files(run: StoredRun, own: Sequence[Settings], data: Sequence[Path]) -> Sequence[Path | None]:
    if not data:
        sources = [run.assets[each.asset]["data"]["source"] for each in own]
        found = [_beside(run, *pair) for pair in zip(own, sources, strict=True)]
        # `--data` names all files or none.
        return [x or _configured(own[k]) for k, x in enumerate(found)] if any(found) else found
    if len(data) == 1 and (len(own) == 1 or data[0].is_dir()):
        return [data[0]] * len(own)
    if len(data) != len(own):
        raise DataError(
            f"--data was given {len(data)} times for {len(own)} markets; expected one file each in "
            "the same order, or one folder"
        )
    return list(data)


def _beside(run: StoredRun, settings: Settings, source: str) -> Path | None:
    """The file of the run's name in the current folder, None where the configuration finds one.

    Raises DataError where there is neither.
    """
    if demo_number(settings.asset) is not None:
        return None
    usual, here = _configured(settings), Path(source)
    if usual is not None and (usual.name == source or not here.is_file()):
        return None
    if here.is_file():
        return here
    wanted = "FOLDER" if run.is_portfolio else f"FOLDER/{source}"
    raise DataError(
        f"{run.folder}: its bars, the file {source}, are not here; say where it is, as in: "
        f"barsieve report {run.folder} --data {wanted}"
    )


def _configured(settings: Settings) -> Path | None:
    """The file that is read without `--data`, where it exists."""
    try:
        usual = find_data(None, settings.data.path, settings.asset, settings.timeframe)
    except DataError:
        return None
    return usual if usual.is_file() else None


def _bars(
    folder: Path, settings: Settings, record: dict[str, Any], file: Path | None
) -> tuple[Bars, list[str]]:
    known, stop = record["data"], record["range"]["stop_bar"]
    count = known["rows"] if known["source"] == settings.asset and file is None else None
    bars, notes = load_bars(settings, file, count)
    if bars.size < stop or bars.fingerprint(stop) != known["sha256"]:
        raise DataError(
            f"{bars.source}: not the bars that {folder} was made of ({known['source']}, "
            f"sha256 {known['sha256'][:8]}…); pass them with --data FILE"
        )
    return bars, notes


def _market(
    run: StoredRun, settings: Settings, record: dict[str, Any], bars: Bars, file: Path | None
) -> MarketOfRun:
    span = record["range"]["first_bar"], record["range"]["stop_bar"]
    rows = build_rows(bars, settings)
    candidates = run.candidates[settings.asset]
    version = run.record["version"]
    found = fingerprint_of(settings, rows, span, candidates.text, version)
    if found != record["fingerprint"]:
        raise OutputError(
            f"{run.folder}: its fingerprint is {record['fingerprint']}, that of its configuration "
            f"and data is {found} (an edited config.json, plug-in, macro or funding file); "
            "replay it again"
        )
    width = settings.batch_mode.candidate_window_bars
    windows = around(candidates.bar, width, *span)
    return MarketOfRun(settings, rows, span, candidates, windows, file)

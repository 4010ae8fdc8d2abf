"""A file of bars, looked over."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.bars.quality.agreement import Agreement, compare
from engine.bars.quality.catalogue import AGREEMENT, CHECKS
from engine.bars.quality.finding import Finding, Subject
from engine.bars.quality.gaps import Gaps, find_gaps
from engine.bars.series import Bars
from engine.bars.sources.declared import Declared
from engine.bars.sources.importer import checked
from engine.bars.sources.load import Loaded, load
from engine.errors import DataError


@dataclass(frozen=True)
class Review:
    """What was read and what was found. path, declared: as they were said. gaps: None for stamps
    out of order. refusal: why `data import` would refuse the file, "" where it would not.
    """

    path: Path
    declared: Declared
    subject: Subject
    findings: tuple[Finding, ...]
    gaps: Gaps | None
    skipped: tuple[str, ...]
    agreement: Agreement | None
    refusal: str


def review(path: Path, declared: Declared, against: Path | None) -> Review:
    """Look a file over. Raises DataError for one that cannot be read as bars at all."""
    loaded = load(path, replace(declared, assume=True))
    subject = _subject(loaded)
    in_order = bool(np.all(np.diff(subject.bars.open_time) > 0))
    with np.errstate(all="ignore"):  # impossible values are a finding, not a warning
        findings = [
            Finding(check.name, message, rows)
            for check in CHECKS
            if in_order or not check.in_order
            for message, rows in check.find(subject)
        ]
    agreement = None
    if against is not None:
        agreement, found = _agreement(subject.bars, against, declared)
        findings += found
    return Review(
        path=path,
        declared=declared,
        subject=subject,
        findings=tuple(findings),
        gaps=find_gaps(subject.bars) if in_order else None,
        skipped=() if in_order else tuple(check.name for check in CHECKS if check.in_order),
        agreement=agreement,
        refusal=_refusal(loaded),
    )


def _refusal(loaded: Loaded) -> str:
    """The line with which an import of the same source ends, if it does."""
    try:
        with np.errstate(all="ignore"):
            checked(loaded)
    except DataError as error:
        return str(error)
    return ""


def _subject(loaded: Loaded) -> Subject:
    bars = loaded.bars
    length = loaded.found or loaded.option or loaded.named or bars.timeframe
    shift = length if loaded.label == "close" else 0
    return Subject(replace(bars, timeframe=length, open_time=bars.open_time - shift), loaded)


def _agreement(
    bars: Bars, against: Path, declared: Declared
) -> tuple[Agreement | None, list[Finding]]:
    # The other file has its own timeframe and format; label and zone are those of the market.
    other = load(against, replace(declared, assume=True, timeframe=None, format=None))
    try:
        found = compare(bars, _subject(other).bars)
    except DataError as error:
        return None, [Finding(AGREEMENT, f"not compared: {error}", np.zeros(0, np.int64))]
    if not found.compared:
        said = f"no whole bar in common with {against}"
        return found, [Finding(AGREEMENT, said, np.zeros(0, np.int64))]
    if not found.said:
        return found, []
    rows = np.searchsorted(bars.open_time, found.differing)
    said = f"{len(found.said):,} of {found.compared:,} bars differ from {against}"
    return found, [Finding(AGREEMENT, said, rows)]

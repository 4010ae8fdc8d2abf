"""What a review says: lines for people, one record for programs."""

from typing import Any

import numpy as np

from engine.bars.dates import iso
from engine.bars.quality.finding import Finding
from engine.bars.quality.gaps import Gaps
from engine.bars.quality.onward import next_command
from engine.bars.quality.review import Review
from engine.bars.timeframe import timeframe_name

_SHOWN, _RECORDED = 3, 100


def quality_lines(found: Review) -> list[str]:
    """What was read, then one line a finding with where it is, then the next command."""
    lines = [f"Read: {note}" for note in (f"from {found.subject.loaded.where}", *_facts(found))]
    if found.skipped:
        lines.append(f"Not looked at, as the stamps are out of order: {', '.join(found.skipped)}")
    for finding in found.findings:
        lines.append(f"Finding: {finding.check}: {finding.message}{_where(found, finding)}")
    if found.agreement is not None:
        lines += [f"  {said}" for said in found.agreement.said]
    return [*lines, *_verdict(found)]


def _verdict(found: Review) -> list[str]:
    if not found.findings and not found.refusal:
        return ["Clean: no findings", next_command(found)]
    plural = "" if len(found.findings) == 1 else "s"
    said = f"{len(found.findings)} finding{plural}: questions to answer; nothing was changed"
    if found.refusal:
        return [said, f"`barsieve data import` refuses it: {found.refusal}"]
    return [said, next_command(found)]


def _facts(found: Review) -> list[str]:
    bars, loaded = found.subject.bars, found.subject.loaded
    first, last = iso(int(bars.open_time.min())), iso(int(bars.open_time.max()))
    said = loaded.option or loaded.named
    by = "declared" if loaded.option else "in the file's name"
    declared = "not declared" if said is None else f"{timeframe_name(said)} {by}"
    step = timeframe_name(loaded.found) if loaded.found else "none"
    facts = [
        *loaded.notes,
        f"{bars.size:,} rows, {first} … {last}",
        f"timeframe: {declared}, found {step}",
        "volume: yes" if bars.has_volume else "volume: none",
    ]
    return [*facts, *([_gap_line(found.gaps)] if found.gaps is not None else []), *_compared(found)]


def _gap_line(gaps: Gaps) -> str:
    counts = _gap_counts(gaps)
    return (
        f"gaps: {counts['gaps']:,} with {counts['missing']:,} bars missing: {counts['closed']:,} "
        f"while usually closed, {counts['longer']:,} closures longer than usual, "
        f"{counts['holes']:,} holes"
    )


def _gap_counts(gaps: Gaps) -> dict[str, int]:
    closed, holes = int(gaps.closed.sum()), int(gaps.hole.sum())
    return {
        "gaps": gaps.row.size,
        "missing": int(gaps.missing.sum()),
        "closed": closed,
        "longer": gaps.row.size - closed - holes,
        "holes": holes,
    }


def _compared(found: Review) -> list[str]:
    return [] if found.agreement is None else [f"compared: {found.agreement.compared:,} whole bars"]


def _where(found: Review, finding: Finding) -> str:
    if not finding.rows.size:
        return ""
    shown = ", ".join(f"{row + 1} ({_stamp(found, row)})" for row in finding.rows[:_SHOWN])
    return f"; rows {shown}" + (", …" if finding.rows.size > _SHOWN else "")


def _stamp(found: Review, row: int) -> str:
    return iso(int(found.subject.bars.open_time[row]))


def quality_record(found: Review) -> dict[str, Any]:
    """The same for programs; rows count from 1, the first 100 of a finding are listed."""
    bars, loaded = found.subject.bars, found.subject.loaded
    said = loaded.option or loaded.named
    return {
        "file": loaded.where,
        "format": loaded.form.name,
        "rows": bars.size,
        "first": iso(int(bars.open_time.min())),
        "last": iso(int(bars.open_time.max())),
        "timeframe": {
            "declared": None if said is None else timeframe_name(said),
            "found": timeframe_name(loaded.found) if loaded.found else None,
        },
        "has_volume": bars.has_volume,
        "gaps": None if found.gaps is None else _gap_counts(found.gaps),
        "compared": None if found.agreement is None else found.agreement.compared,
        "not_looked_at": list(found.skipped),
        "notes": list(loaded.notes),
        "findings": [_finding_record(found, finding) for finding in found.findings],
        "clean": not found.findings,
        "refusal": found.refusal or None,
    }


def _finding_record(found: Review, finding: Finding) -> dict[str, Any]:
    rows = finding.rows[:_RECORDED]
    return {
        "check": finding.check,
        "message": finding.message,
        "count": int(finding.rows.size),
        "rows": [
            {"row": int(row) + 1, "stamp": _stamp(found, int(row))} for row in np.asarray(rows)
        ],
    }

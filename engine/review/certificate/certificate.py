"""The certificate: what the sieve was proved on, in which bytes, and how anybody can do it again.

    screen → audit of skipped bars → parity in separate processes → certificate.json, sealed

Nothing in it depends on the clock, and random states come from a seed that the data gives: the same
inputs give the same bytes on one machine. A seal is no signature: it shows an edit, not an author.
"""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel

from engine import __version__
from engine.bars.dates import bar_range, iso
from engine.bars.series import Bars
from engine.kernel import Ints, built_with, source_hash
from engine.prescreen.box import corner
from engine.prescreen.candidates import CandidateFile, candidate_lines, describe, write_candidates
from engine.prescreen.manifest import box_of, column_code, screen_values
from engine.prescreen.regimes import REGIMES
from engine.prescreen.rows import Rows, build_rows, refuse_dear, refuse_untradable
from engine.prescreen.screen import Screen, screen
from engine.replay.settings import Settings
from engine.review.certificate.audit import Audit, audit
from engine.review.certificate.shortfall import shortfalls
from engine.review.parity.check import Parity, check_parity
from engine.settings import parameters

FORMAT = 1
Verdict = Literal["certified", "refuted", "inconclusive"]
EXIT_CODES: dict[Verdict, int] = {"certified": 0, "refuted": 1, "inconclusive": 3}


class Asked(BaseModel):
    """What is to be certified, and how much is tried: a box around the settings, windows of the
    focused replays, and the number of skipped bars to audit.
    """

    box: dict[str, tuple[float, float]]
    windows: tuple[str, ...]
    audited: int


class Program(BaseModel):
    """What computed it. sources: sha256 of the engine; columns: of what makes candidates."""

    barsieve: str
    python: str
    numpy: str
    numba: str
    cpu: str
    sources: str
    columns: str


class Measured(BaseModel):
    """What it was computed on. data: sha256 of rows 0 … rows − 1; macro, funding: of the series."""

    asset: str
    timeframe: str
    data: str
    rows: int
    macro: str
    funding: str
    first_bar: int
    stop_bar: int
    start: str
    end: str
    warmup: int


class Bound(BaseModel):
    """What the bound holds for: every point of the box; thresholds by regime, the lowest of the
    box; and any value of a replay setting that is not in `box`. replay_values: those of the run.
    """

    policy: str
    mode: str
    thresholds: dict[str, float]
    box: dict[str, tuple[float, float]]
    screen_values: dict[str, Any]
    replay_values: dict[str, Any]


class Counts(BaseModel):
    """Bars in range; candidates.jsonl; and bars that are no candidate."""

    bars: int
    candidates: int
    long: int
    short: int
    both: int
    skipped: int
    candidates_sha256: str


class Certificate(BaseModel):
    format: int
    verdict: Verdict
    reason: str
    entries: int
    asked: Asked
    program: Program
    market: Measured
    bound: Bound
    counts: Counts
    audit: Audit
    parity: dict[str, Any]
    seal: str = ""  # of everything above


@dataclass(frozen=True)
class Sieve:
    """A screened range, and what a certificate says about it before anything is replayed."""

    settings: Settings
    asked: Asked
    rows: Rows
    screened: Screen
    file: CandidateFile

    @property
    def skipped(self) -> Ints:
        """int64[m]: the rows in range that are no candidate."""
        manifest = self.file.manifest
        return np.setdiff1d(np.arange(manifest.first_bar, manifest.stop_bar), self.file.bar)


def sieve(
    settings: Settings, bars: Bars, dates: tuple[str | None, str | None], asked: Asked
) -> Sieve:
    """Screen a range of dates. Raises BarsieveError for dates or data that do not fit."""
    span = bar_range(bars, *dates)
    rows = build_rows(bars, settings)
    refuse_untradable(rows, span)
    refuse_dear(rows, settings, "a certificate")
    screened = screen(rows, settings, *span, asked.box)
    text = candidate_lines(bars, screened.candidates)
    manifest = describe(rows, settings, asked.box, screened, span, text)
    return Sieve(
        settings, asked, rows, screened, CandidateFile(screened.candidates.bar, text, manifest)
    )


def audit_of(found: Sieve) -> Audit:
    """The audit of a sieve; its random numbers follow from the data."""
    asked = found.asked
    missing = shortfalls(found.rows, found.screened, found.settings, asked.box)
    seed = int(found.file.manifest.data[:8], 16)
    return audit(found.rows, found.settings, found.skipped, missing, asked.box, asked.audited, seed)


def parity_of(
    found: Sieve, market: Sequence[str], progress: Callable[[str], None] = lambda line: None
) -> Parity:
    """Full and focused replays of the sieve's candidates, each in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="barsieve-") as name:
        folder = Path(name)
        candidates = folder / "candidates.jsonl"
        write_candidates(candidates, found.file)
        return check_parity(market, found.asked.windows, folder, candidates, progress)


def certificate(found: Sieve, audited: Audit, parity: Parity) -> Certificate:
    """Everything together, judged and sealed."""
    verdict, reason = judge(audited, parity)
    unsealed = Certificate(
        format=FORMAT,
        verdict=verdict,
        reason=reason,
        entries=parity.entries,
        asked=found.asked,
        program=program(found.settings),
        market=market_of(found),
        bound=bound_of(found),
        counts=counts_of(found),
        audit=audited,
        parity=parity.as_dict(),
    )
    return unsealed.model_copy(update={"seal": seal_of(unsealed)})


def judge(audited: Audit, parity: Parity) -> tuple[Verdict, str]:
    """A counterexample refutes; what was never put to the test proves nothing."""
    if audited.first is not None:
        first = audited.first
        return "refuted", f"a step at skipped bar {first.bar} did something, code {first.code}"
    if parity.verdict == "different":
        return "refuted", parity.reason
    if audited.skipped == 0:
        return "inconclusive", "no bar is skipped: every bar is a candidate"
    if parity.verdict == "inconclusive":
        return "inconclusive", parity.reason
    return "certified", f"{audited.steps:,} steps at skipped bars did nothing; {parity.reason}"


def seal_of(found: Certificate) -> str:
    """sha256 over the rest of the certificate."""
    return hashlib.sha256(found.model_dump_json(exclude={"seal"}).encode()).hexdigest()


def program(settings: Settings) -> Program:
    return Program(
        barsieve=__version__, **built_with(), sources=source_hash(), columns=column_code(settings)
    )


def market_of(found: Sieve) -> Measured:
    manifest, times = found.file.manifest, found.rows.bars.open_time
    return Measured(
        asset=found.settings.asset,
        timeframe=found.settings.timeframe,
        data=manifest.data,
        rows=manifest.rows,
        macro=found.rows.context,
        funding=found.rows.funding,
        first_bar=manifest.first_bar,
        stop_bar=manifest.stop_bar,
        start=iso(int(times[manifest.first_bar])),
        end=iso(int(times[manifest.stop_bar - 1])),
        warmup=found.rows.warmup,
    )


def bound_of(found: Sieve) -> Bound:
    settings, box = found.settings, found.asked.box
    loosest = corner(settings, box).fusion.thresholds()
    return Bound(
        policy=settings.batch_mode.policy,
        mode=settings.fusion.execution_mode,
        thresholds=dict(zip(REGIMES, loosest, strict=True)),
        box=box_of(settings, box),
        screen_values=screen_values(settings),
        replay_values=replay_values(settings),
    )


def replay_values(settings: Settings) -> dict[str, Any]:
    """Every setting that changes a replay and not the screen, by its dotted key."""
    dumped = settings.model_dump(mode="json")
    keys = [each.key for each in parameters(settings) if each.scope == "replay"]
    return {key: reduce(lambda tree, part: tree[part], key.split("."), dumped) for key in keys}


def counts_of(found: Sieve) -> Counts:
    manifest = found.file.manifest
    return Counts(
        bars=manifest.stop_bar - manifest.first_bar,
        candidates=manifest.candidates,
        long=manifest.long,
        short=manifest.short,
        both=manifest.both,
        skipped=found.skipped.size,
        candidates_sha256=manifest.sha256,
    )


def certificate_lines(found: Certificate) -> list[str]:
    """What the certificate is about: market, bound, counts."""
    market, bound, counts = found.market, found.bound, found.counts
    thresholds = ", ".join(f"{name} {value:g}" for name, value in bound.thresholds.items())
    return [
        f"{market.asset} {market.timeframe}, {market.start} to {market.end}, data sha256 "
        f"{market.data[:16]}…",
        f"Bound: policy {bound.policy}, mode {bound.mode}, thresholds by regime {thresholds}",
        f"{counts.bars:,} bars, {counts.candidates:,} candidates, {counts.skipped:,} skipped "
        f"while nothing is held, {found.entries:,} entries",
    ]

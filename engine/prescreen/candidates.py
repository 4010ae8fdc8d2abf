"""`candidates.jsonl` and `candidates.manifest.json`: written together, read only together."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.bars.dates import iso, iso_all
from engine.bars.series import Bars
from engine.errors import CandidateFileError
from engine.files import refuse_unwritable, write_atomically
from engine.kernel import Ints
from engine.prescreen.box import NO_BOX, Box
from engine.prescreen.manifest import (
    FORMAT,
    Manifest,
    box_of,
    column_code,
    refuse_uncovered,
    screen_values,
    seal_of,
    settings_hash,
)
from engine.prescreen.rows import Rows
from engine.prescreen.screen import SIDE_NAMES, Candidates, Screen, screen
from engine.prescreen.settings import ScreenSettings
from engine.prescreen.windows import around


def candidate_lines(bars: Bars, candidates: Candidates) -> str:
    """One JSON object a line; by hand, since json.dumps costs more than all columns together."""
    # The score is one of the bounds: its digits, half of the cost of a line, are not made twice.
    longs = [repr(bound) for bound in candidates.bound_long.tolist()]
    shorts = [repr(bound) for bound in candidates.bound_short.tolist()]
    is_long = (candidates.bound_long >= candidates.bound_short).tolist()
    return "".join(
        f'{{"timestamp": "{stamp}", "side": "{SIDE_NAMES[side]}", '
        f'"score": {long if longer else short}, "reason": "{reason}", "bar": {bar}, '
        f'"bound_long": {long}, "bound_short": {short}}}\n'
        for stamp, side, reason, bar, long, short, longer in zip(
            iso_all(bars.open_time[candidates.bar]),
            candidates.sides.tolist(),
            candidates.reasons,
            candidates.bar.tolist(),
            longs,
            shorts,
            is_long,
            strict=True,
        )
    )


def manifest_path(path: Path) -> Path:
    """The manifest of `X.jsonl` is `X.manifest.json`."""
    return path.with_name(path.name.removesuffix(".jsonl") + ".manifest.json")


@dataclass(frozen=True)
class CandidateFile:
    """What a candidate file says: `bar` int64[m], its rows in range; its text; its manifest."""

    bar: Ints
    text: str
    manifest: Manifest


def screen_rows(
    rows: Rows, settings: ScreenSettings, span: tuple[int, int], box: Box = NO_BOX
) -> CandidateFile:
    """Screen rows span[0] … span[1] − 1 for every point of the box around `settings`."""
    screened = screen(rows, settings, *span, box)
    text = candidate_lines(rows.bars, screened.candidates)
    manifest = describe(rows, settings, box, screened, span, text)
    return CandidateFile(screened.candidates.bar, text, manifest)


def describe(
    rows: Rows,
    settings: ScreenSettings,
    box: Box,
    screened: Screen,
    span: tuple[int, int],
    text: str,
) -> Manifest:
    """The manifest of the candidates of rows span[0] … span[1] − 1."""
    bars, found, (first, stop) = rows.bars, screened.candidates, span
    width = settings.batch_mode.candidate_window_bars
    sides = {name: int((found.sides == bits).sum()) for bits, name in SIDE_NAMES.items()}
    score = found.score
    manifest = Manifest(
        format=FORMAT,
        policy=settings.batch_mode.policy,
        asset=settings.asset,
        source=bars.source,
        data=bars.fingerprint(stop),
        rows=stop,
        context=rows.context,
        first_bar=first,
        stop_bar=stop,
        start=iso(int(bars.open_time[first])),
        end=iso(int(bars.open_time[stop - 1])),
        warmup=rows.warmup,
        code=column_code(settings),
        settings=settings_hash(settings),
        screen_values=screen_values(settings),
        box=box_of(settings, box),
        candidates=found.size,
        density=found.size / (stop - first),
        coverage=around(found.bar, width, first, stop).bars / (stop - first),
        sentinels=screened.sentinel_counts,
        score_range=(float(score.min()), float(score.max())) if found.size else None,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        **sides,
    )
    return manifest.model_copy(update={"seal": seal_of(manifest)})


def write_candidates(path: Path, file: CandidateFile) -> None:
    """Both files, each whole or not at all; the manifest last, since it vouches for the other."""
    refuse_unwritable(path)
    manifest_path(path).unlink(missing_ok=True)
    write_atomically(path, file.text)
    write_atomically(manifest_path(path), file.manifest.model_dump_json(indent=2) + "\n")


def read_candidates(
    path: Path, bars: Bars, settings: ScreenSettings, span: tuple[int, int], context: str = ""
) -> CandidateFile:
    """The candidates of a file that lie in rows span[0] … span[1] − 1.

    context: fingerprint of the macro series of the run.

    Raises CandidateFileError when the file is not what its manifest says, or does not cover this
    data, configuration and range.
    """
    text, manifest = _verified(path)
    found = bars_of(text, manifest, str(path))
    return fitting(CandidateFile(found, text, manifest), bars, settings, span, context, str(path))


def bars_of(text: str, manifest: Manifest, name: str) -> Ints:
    """int64[m]: the rows that the lines name. Raises CandidateFileError for a line that a screen
    does not write: a seal has no key, so that anybody can seal anything again.
    """
    found: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        bar = _bar_of(line)
        wrong = "is no candidate"
        if bar is not None and not manifest.first_bar <= bar < manifest.stop_bar:
            wrong = f"names bar {bar:,}, outside {manifest.first_bar:,} … {manifest.stop_bar - 1:,}"
        elif bar is not None and found and bar <= found[-1]:
            wrong = f"names bar {bar:,} behind bar {found[-1]:,}"
        elif bar is not None:
            found.append(bar)
            continue
        raise CandidateFileError(f"{name}: line {number:,} {wrong}; run `barsieve screen` again")
    if len(found) != manifest.candidates:
        raise CandidateFileError(
            f"{name}: holds {len(found):,} candidates, its manifest says {manifest.candidates:,}; "
            "run `barsieve screen` again"
        )
    return np.array(found, dtype=np.int64)


def _bar_of(line: str) -> int | None:
    try:
        bar = json.loads(line)["bar"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return bar if type(bar) is int else None


def fitting(
    file: CandidateFile,
    bars: Bars,
    settings: ScreenSettings,
    span: tuple[int, int],
    context: str,
    name: str,
) -> CandidateFile:
    """The candidates of a screen that lie in rows span[0] … span[1] − 1; raises CandidateFileError
    as `read_candidates`, calling them `name`.
    """
    refuse_uncovered(file.manifest, bars, settings, span, name)
    if file.manifest.context != context:
        raise CandidateFileError(
            f"{name}: was screened with other macro values; run `barsieve screen` again"
        )
    inside = (span[0] <= file.bar) & (file.bar < span[1])
    return replace(file, bar=file.bar[inside])


def _verified(path: Path) -> tuple[str, Manifest]:
    beside = manifest_path(path)
    try:
        content = path.read_bytes()
        manifest = Manifest.model_validate_json(beside.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CandidateFileError(
            f"{error.filename}: no such file; `barsieve screen --output {path}` writes it"
        ) from error
    except OSError as error:
        raise CandidateFileError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:  # not UTF-8, not JSON, or other keys
        raise CandidateFileError(
            f"{beside}: not a manifest; run `barsieve screen` again"
        ) from error
    if manifest.seal != seal_of(manifest):
        raise CandidateFileError(f"{beside}: was edited; run `barsieve screen` again")
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise CandidateFileError(
            f"{path}: its {content.count(10):,} lines are not the {manifest.candidates:,} that "
            f"{beside.name} vouches for (cut off or edited); run `barsieve screen` again"
        )
    try:
        return content.decode(), manifest
    except UnicodeDecodeError as error:
        raise CandidateFileError(f"{path}: not UTF-8; run `barsieve screen` again") from error

"""Checking a certificate: everything in it is computed again, and must come out the same."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from engine.bars.series import Bars
from engine.errors import CertificateError
from engine.files import write_atomically
from engine.replay.settings import Settings
from engine.review.certificate.certificate import (
    FORMAT,
    Certificate,
    audit_of,
    bound_of,
    certificate,
    counts_of,
    market_of,
    parity_of,
    program,
    seal_of,
    sieve,
)

WORDS = {
    "program": "another program",
    "market": "another range or macro series",
    "market.data": "other data",
    "bound": "other settings",
}


@dataclass(frozen=True)
class Difference:
    """The first thing that is not as certified: a dotted key, in words, and both values."""

    key: str
    words: str
    certified: Any
    now: Any

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        if self.key == "seal":
            return f"First difference: {self.words}"
        was, now = json.dumps(self.certified), json.dumps(self.now)
        return f"First difference: {self.key} ({self.words}) was {was} and is {now} now"


def write_certificate(path: Path, found: Certificate) -> None:
    write_atomically(path, found.model_dump_json(indent=2) + "\n")


def read_certificate(path: Path) -> Certificate:
    """Raises CertificateError for a file that is none; says nothing about what it claims."""
    try:
        found = Certificate.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CertificateError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:  # not UTF-8, not JSON, or other keys
        raise CertificateError(
            f"{path}: not a certificate; `barsieve certify --output {path}` writes one"
        ) from error
    if found.format != FORMAT:
        raise CertificateError(
            f"{path}: is of format {found.format}, expected {FORMAT}; certify again"
        )
    return found


def recheck(
    stored: Certificate,
    settings: Settings,
    bars: Bars,
    dates: tuple[str | None, str | None],
    market: Sequence[str],
    progress: Callable[[str], None] = lambda line: None,
) -> Difference | None:
    """The first difference between a certificate and what comes of its range now, or None.

    market: the options that name the market and the range, as typed. Cheap comparisons come first,
    the replays last.
    """
    early = _seal_broken(stored) or _differs(stored, "program", program(settings))
    if early is not None:
        return early
    progress("screening")
    found = sieve(settings, bars, dates, stored.asked)
    for name, section in (
        ("market", market_of(found)),
        ("bound", bound_of(found)),
        ("counts", counts_of(found)),
    ):
        difference = _differs(stored, name, section)
        if difference is not None:
            return difference
    progress("auditing skipped bars")
    audited = audit_of(found)
    difference = _differs(stored, "audit", audited)
    if difference is not None:
        return difference
    return _differs(stored, "", certificate(found, audited, parity_of(found, market, progress)))


def _seal_broken(stored: Certificate) -> Difference | None:
    if stored.seal == seal_of(stored):
        return None
    words = "it was edited, its seal is not that of its content"
    return Difference("seal", words, stored.seal, seal_of(stored))


def _differs(stored: Certificate, section: str, now: BaseModel) -> Difference | None:
    """The first key of a section (of all, without a name) that has another value."""
    was = json.loads(stored.model_dump_json())
    before = dict(_flat(was[section] if section else was, section))
    after = dict(_flat(json.loads(now.model_dump_json()), section))
    for key in before | after:
        if before.get(key) != after.get(key):
            return Difference(key, _words(key), before.get(key), after.get(key))
    return None


def _words(key: str) -> str:
    return WORDS.get(key, WORDS.get(key.split(".")[0], "another result"))


def _flat(tree: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Dotted keys and values of nested objects."""
    if not isinstance(tree, dict):
        yield key, tree
        return
    for name, value in tree.items():
        yield from _flat(value, f"{key}.{name}" if key else name)

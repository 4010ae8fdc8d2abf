"""A run that comes again is compared with the one that is stored under its fingerprint."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.errors import OutputError

# What the fingerprint determines, byte for byte.
RESULT_FILES = ("trade_log.jsonl", "trades.parquet", "equity.parquet")
# How it was asked for: a window, a superset of the candidates, another name of the data file may
# differ under one fingerprint, and with them what was visited.
CONFIG, CANDIDATES = "config.json", "candidates*.jsonl"  # a file for each asset of a portfolio
RECORD, DECISIONS = "run.json", "decision_log.jsonl"


def asked_alike(stored: Path, fresh: Path) -> bool:
    """Whether both runs were asked to visit the same bars."""
    names = [CONFIG, *sorted(path.name for path in fresh.glob(CANDIDATES))]
    return all(_bytes(stored / name) == _bytes(fresh / name) for name in names)


def refuse_difference(stored: Path, fresh: Path) -> None:
    """Raise OutputError, naming the first difference, unless both folders hold one result."""
    visited = (DECISIONS,) if asked_alike(stored, fresh) else ()
    for name in (*RESULT_FILES, *visited):
        old, new = _bytes(stored / name), _bytes(fresh / name)
        if old != new:
            raise _differs(stored / name, _first_difference(name, old, new))
    keys = ("result", "metrics", *(("visits", "decisions") if visited else ()))
    for key in keys:
        old, new = _recorded(stored / RECORD, key), _recorded(fresh / RECORD, key)
        # As text: the order of the keys is part of the bytes.
        if json.dumps(old) != json.dumps(new):
            raise _differs(stored / RECORD, f'in its key "{key}"')


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise OutputError(f"{path}: missing from the stored run; pass --replace to write it anew")
    return path.read_bytes()


def _recorded(path: Path, key: str) -> Any:
    try:
        return json.loads(_bytes(path))[key]
    except (ValueError, KeyError, TypeError) as error:
        raise _differs(path, f'where its key "{key}" should be') from error


def _differs(path: Path, where: str) -> OutputError:
    return OutputError(
        f"{path}: the stored run differs from this one, first {where}; "
        "pass --replace to overwrite it"
    )


def _first_difference(name: str, old: bytes, new: bytes) -> str:
    binary = name.endswith(".parquet")
    befores: Sequence[Any] = old if binary else old.splitlines()
    afters: Sequence[Any] = new if binary else new.splitlines()
    for number, (before, after) in enumerate(zip(befores, afters, strict=False), start=1):
        if before != after:
            return f"{'at byte' if binary else 'in line'} {number:,}"
    return f"in its length ({len(old):,} bytes stored, {len(new):,} now)"

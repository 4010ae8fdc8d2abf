"""Copies of the program, sound or with a fault, and what their commands say.

A copy runs with the JIT off: the text of a kernel then is the code that runs.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
PROBE = Path(__file__).with_name("fault_probe.py")


@dataclass(frozen=True)
class Edit:
    """The one place of `file` where `old` stands becomes `new`."""

    file: str
    old: str
    new: str


def copy_with(folder: Path, *edits: Edit) -> Path:
    """The program in `folder`; without an edit a sound one."""
    for name in ("engine", "barsieve"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in edits:
        path = folder / edit.file
        text = path.read_text(encoding="utf-8")
        assert text.count(edit.old) == 1, f"{edit.file} has not exactly one {edit.old!r}"
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    return folder


def run(copy: Path, *command: str, seed: int = 0) -> subprocess.CompletedProcess[str]:
    """Python in the copy. seed: of the hashes of text, on which the order of a set depends."""
    paths = (copy, TESTS, TESTS / "replay")
    return subprocess.run(
        [sys.executable, "-P", *command],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "PYTHONHASHSEED": str(seed),
            "NUMBA_DISABLE_JIT": "1",
            "NUMBA_CACHE_DIR": str(copy / "cache"),
        },
        cwd=copy,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def barsieve(copy: Path, *arguments: str, seed: int = 0) -> subprocess.CompletedProcess[str]:
    return run(copy, "-m", "barsieve", *arguments, seed=seed)


def answer(copy: Path, *arguments: str) -> dict[str, Any]:
    """What a command says in JSON, and its exit code, which must be that of a verdict."""
    done = barsieve(copy, *arguments, "--json")
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found | {"exit": done.returncode}


def refusal(copy: Path, *arguments: str, seed: int = 0, code: int = 2) -> str:
    """The last line of a command that must end with this code."""
    done = barsieve(copy, *arguments, seed=seed)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr.strip().splitlines()[-1]


def probe(copy: Path, bars: int, *assignments: str) -> dict[str, Any]:
    """What parity and the referee say in one process of the copy (fault_probe.py)."""
    done = run(copy, str(PROBE), str(bars), *assignments)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found

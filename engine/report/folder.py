"""Which kind of folder a report was asked for."""

from pathlib import Path
from typing import Literal

from engine.errors import OutputError

Kind = Literal["run", "sweep"]
MARKS: dict[Kind, str] = {"run": "run.json", "sweep": "sweep.json"}


def kind_of(folder: Path) -> Kind:
    """By the file that only it has. Raises OutputError with the nearest folder that would do."""
    if not folder.exists():
        raise OutputError(
            f"{folder}: no such folder; expected that of a run or a sweep{_near(folder)}"
        )
    for kind, name in MARKS.items():
        if (folder / name).is_file():
            return kind
    raise OutputError(
        f"{folder}: neither the folder of a run (run.json) nor of a sweep (sweep.json)"
        f"{_inside(folder)}"
    )


def run_folder(folder: Path) -> Path:
    """The folder, which must be a run's; raises OutputError."""
    if kind_of(folder) != "run":
        raise OutputError(f"{folder}: is a sweep's folder; expected that of a run")
    return folder


def _near(folder: Path) -> str:
    return _inside(folder.parent) if folder.parent.is_dir() else ""


def _inside(folder: Path) -> str:
    """The first runs or sweeps one level below, as something to pass instead."""
    if not folder.is_dir():
        return ""
    found = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    known = [p for p in found if any((p / name).is_file() for name in MARKS.values())]
    return f"; did you mean {known[0]}?" if known else ""

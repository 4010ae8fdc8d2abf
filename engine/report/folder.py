"""Which kind of folder a report was asked for."""

from collections.abc import Sequence
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


def one_folder(folders: Sequence[Path]) -> Path:
    """The only one of what was typed: a pattern may match several. Raises OutputError."""
    if len(folders) == 1:
        return folders[0]
    known = [each for each in folders if _mark(each) is not None]
    newest = f"; the newest is {max(known, key=_written)}" if known else ""
    names = ", ".join(map(str, folders))
    raise OutputError(f"expected one folder, got {len(folders)}: {names}{newest}")


def _mark(folder: Path) -> Path | None:
    return next((folder / m for m in MARKS.values() if (folder / m).is_file()), None)


def _written(folder: Path) -> float:
    mark = _mark(folder)
    return 0.0 if mark is None else mark.stat().st_mtime


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

"""`bin/start.py`: what it starts, what it leaves out the second time, what a failing step says.

The whole of it, with a real installation, is what the checks of a change run first.
"""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "bin" / "start.py"


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script in a project of its own, with an environment that is not there yet."""
    spec = importlib.util.spec_from_file_location("start", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "FOLDER", tmp_path / ".venv")
    return module


class Machine:
    """Stands in for the processes that are started: notes them, makes what `venv` would."""

    def __init__(self, start: ModuleType, failing: str = "") -> None:
        self.folder, self.failing = start.FOLDER, failing
        self.python = start.python_of(self.folder)
        self.started: list[str] = []

    def call(self, command: list[str], **_: object) -> int:
        words = " ".join(command[1:])
        if not words.startswith("-c"):  # only asks whether an interpreter starts
            self.started.append(words.replace(str(self.folder), ".venv"))
        if self.failing and self.failing in words:
            return 1
        if "venv --clear" in words:
            python = self.python
            python.parent.mkdir(parents=True)
            python.touch()
            (self.folder / "pyvenv.cfg").touch()
        return 0


def machine(start: ModuleType, monkeypatch: pytest.MonkeyPatch, failing: str = "") -> Machine:
    found = Machine(start, failing)
    monkeypatch.setattr(subprocess, "call", found.call)
    return found


VENV = "-m venv --clear .venv"
PIP = "-m pip --disable-pip-version-check install "


def test_a_new_machine(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    done = machine(start, monkeypatch)
    assert start.main(["demo"]) == 0
    installed = [PIP + "-U pip>=25.1", PIP + "-e ."]
    assert done.started == [VENV, *installed, "-m barsieve demo"]


def test_what_is_done_is_left_out(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    done = machine(start, monkeypatch)
    start.main(["test", "tests/bars", "-x"])
    assert done.started[-2:] == [PIP + "-e . --group dev", "-m pytest tests/bars -x"]
    done.started.clear()
    # What tests need includes what the demo needs.
    start.main(["test"])
    start.main(["demo"])
    assert done.started == ["-m pytest", "-m barsieve demo"]


def test_new_declarations_are_installed(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    done = machine(start, monkeypatch)
    start.main(["demo"])
    done.started.clear()
    (start.ROOT / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    start.main(["demo"])
    assert done.started[1:] == [PIP + "-e .", "-m barsieve demo"]


@pytest.mark.parametrize(
    ("failing", "says"),
    [
        ("venv --clear", "start: environment: `python -m venv` failed; on Debian and Ubuntu"),
        ("--group dev", "start: installation: `pip install -e . --group dev` failed"),
    ],
)
def test_a_step_that_fails_is_named(
    failing: str,
    says: str,
    start: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = machine(start, monkeypatch, failing)
    assert start.main(["test"]) == 1
    assert failing in done.started[-1]
    assert capsys.readouterr().err.startswith(says)
    # Begun again when the reason is gone: a failed step left no mark.
    done.failing = ""
    done.started.clear()
    assert start.main(["test"]) == 0
    assert PIP + "-e . --group dev" in done.started


def test_a_folder_that_is_no_environment_is_left_alone(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = machine(start, monkeypatch)
    start.FOLDER.mkdir()
    assert start.main(["demo"]) == 1
    assert "is no Python environment; move it away" in capsys.readouterr().err
    assert done.started == []


def test_the_exit_code_is_that_of_the_suite(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(start, monkeypatch, failing="-m pytest")
    assert start.main(["test"]) == 1


def test_another_python_is_told_which_will_do(start: ModuleType) -> None:
    start.refuse_other_pythons((3, 11))
    start.refuse_other_pythons((3, 14))
    for version in ((3, 8), (3, 15)):
        with pytest.raises(start.StepError, match=r"3\.11 to 3\.14 are supported: (run|install)"):
            start.refuse_other_pythons(version)


@pytest.mark.parametrize("words", [[], ["demos"]])
def test_an_unknown_word(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *words], capture_output=True, text=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("start: expected `python3 bin/start.py demo`")


def test_the_declared_pythons_are_those_of_the_project(start: ModuleType) -> None:
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest, newest = start.OLDEST, start.NEWEST
    assert f'requires-python = ">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"' in declared


def test_older_pythons_can_read_it() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))

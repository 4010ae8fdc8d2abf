"""Commands and code in the README run as they are written; those of docs/ are in tests/pages."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def blocks(text: str, language: str) -> list[str]:
    """The bodies of the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for block in blocks(README, "console") for line in block.splitlines()]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the commands name, so that nothing is written into the real checkout."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("bin", "configs"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(command)
    start = {"barsieve": [sys.executable, "-P", "-m", "barsieve"], "python": [sys.executable]}
    return subprocess.run(
        [*start[program], *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_readme_has_commands() -> None:
    assert len(COMMANDS) >= 8


def test_the_start_is_two_commands_one_and_one() -> None:
    """.ci/run takes them from below these comments."""
    found = re.findall(r"^<!-- (\w+) command -->\n```sh\n(.*?)^```$", README, re.M | re.S)
    assert [(name, text.count("\n")) for name, text in found] == [
        ("demo", 1), ("test", 1),
    ]  # fmt: skip


# In the order of the README: later commands read what earlier ones wrote.
@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_readme_command(command: str, checkout: Path) -> None:
    done = run(command, checkout)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_wrong_command_is_noticed(checkout: Path) -> None:
    assert run("barsieve replay --asset DEMO --config NoSuchPreset", checkout).returncode == 2


def test_readme_python(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks(README, "python")
    exec(compile(code, "README.md", "exec"), {})
    assert "Net return" in capsys.readouterr().out

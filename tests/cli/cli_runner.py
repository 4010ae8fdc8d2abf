"""Running commands in this process, and what to expect of a refused one."""

import os
from collections.abc import Iterable
from pathlib import Path

from click.testing import CliRunner, Result

from engine.cli import cli
from engine.commands.one_line import DEFECT

SUMMER = ("--start", "2025-06-15", "--end", "2025-09-30")
DEMO = ("--asset", "DEMO", "--config", "ETH_comprehensive")
MARKET = (*DEMO, *SUMMER)


def run(*arguments: str) -> Result:
    """The command's result; a defect is raised here, with its traceback."""
    result = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert result.exit_code != DEFECT, result.stderr
    return result


def succeed(*arguments: str) -> str:
    """Standard output of a command that must end with code 0."""
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def listing(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def refused(*arguments: str, says: Iterable[str]) -> str:
    """The one line of a command that must be refused and leave the current folder as it was."""
    before = listing(Path.cwd())
    result = run(*arguments)
    assert result.exit_code == 2, (result.exit_code, result.stdout, result.stderr)
    # What a command is doing (`compiling once...`) is no part of its answer.
    lines = [line for line in result.stderr.splitlines() if not line.endswith("...")]
    assert len(lines) == 1, lines
    assert lines[0].startswith("Error: "), lines[0]
    for text in says:
        assert text in lines[0], f"{text!r} is not in {lines[0]!r}"
    assert listing(Path.cwd()) == before
    return lines[0]


def only_run(output: Path) -> Path:
    """The one run folder below `output`."""
    (folder,) = [path for path in output.iterdir() if path.is_dir()]
    return folder


def clean_environment() -> dict[str, str]:
    """The environment without what would change where Python looks for packages."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}

"""A page of docs/ as a newcomer does it: its blocks in order, in a folder of their own.

    `name.py`: above a block    the block is a file of that name
    ```console                  commands, each of which must succeed
    ```python                   code, in one namespace for the whole page
    ```text below those two     lines that they print, in this order; … is anything

`<!-- exits N -->` above a console block says that its commands end with that code instead.
"""

import contextlib
import io
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from engine.cli import cli

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(
    r"(?:^`(?P<file>[\w.-]+\.\w+)`[^\n]*:\n\n|^<!-- exits (?P<code>\d) -->\n\n)?"
    r"^```(?P<language>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    language: str
    body: str
    file: str | None = None
    code: int = 0


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def blocks(text: str) -> list[Block]:
    """Every fenced block, in order."""
    return [
        Block(each["language"], each["body"], each["file"], int(each["code"] or 0))
        for each in FENCE.finditer(text)
    ]


def does(block: Block) -> bool:
    """Whether a block is done rather than only read."""
    return block.file is None and block.language in ("console", "python")


def checkout(folder: Path) -> None:
    """What commands of the pages name, so that nothing is written into the real checkout."""
    for name in ("bin", "configs", "docs/examples"):
        shutil.copytree(ROOT / name, folder / name)


def perform(text: str, folder: Path) -> None:
    """Do every block of a page in `folder`, the current one; AssertionError where it is wrong."""
    names: dict[str, Any] = {"__name__": "page"}
    said = ""
    for block in blocks(text):
        if block.file is not None:
            (folder / block.file).write_text(block.body, encoding="utf-8")
        elif block.language == "console":
            said = "".join(commanded(line, block.code) for line in block.body.splitlines())
        elif block.language == "python":
            said = evaluated(block.body, names)
        elif block.language == "text":
            missing = list(not_printed(block.body, said))
            assert not missing, f"the page says {missing[0]!r}; printed was:\n{said}"


def commanded(line: str, code: int) -> str:
    """What a command prints; it must end with `code`."""
    program, *words = shlex.split(line)
    # As a shell, and click on Windows, would.
    arguments = [each for word in words for each in matching(word)]
    run = {"barsieve": in_this_process, "python": in_a_process}[program]
    ended, said = run(arguments)
    assert ended == code, f"{line}: ended with {ended}, expected {code}\n{said}"
    return said


def matching(word: str) -> list[str]:
    """The paths of a pattern, or the word itself."""
    found = sorted(Path().glob(word)) if "*" in word else []
    return [str(path) for path in found] or [word]


def in_this_process(arguments: list[str]) -> tuple[int, str]:
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    return result.exit_code, result.output


def in_a_process(arguments: list[str]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def evaluated(code: str, names: dict[str, Any]) -> str:
    """What a block of Python prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "page", "exec"), names)
    return out.getvalue()


def not_printed(wanted: str, said: str) -> Iterator[str]:
    """The lines that were not printed, or not in this order."""
    lines = iter([line.rstrip() for line in said.splitlines()])
    for line in wanted.splitlines():
        pattern = ".*".join(re.escape(part) for part in line.rstrip().split("…"))
        if line.strip("… ") and not any(re.fullmatch(pattern, each) for each in lines):
            yield line

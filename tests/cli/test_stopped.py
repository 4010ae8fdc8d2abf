"""Ctrl-C: one line, and an exit code that no script takes for a finding."""

from typing import Any

import click
import pytest
from cli_runner import run

from engine.cli import cli


def interrupted(*arguments: Any, **named: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "name", ["replay", "screen", "parity", "certify", "lookahead", "warmup", "laws", "bench"]
)
def test_a_command_that_is_stopped_says_so(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = cli.commands[name]
    words = [name]
    if isinstance(command, click.Group):
        inner = next(iter(command.commands))
        words, command = [name, inner], command.commands[inner]
    monkeypatch.setattr(command, "callback", interrupted)
    monkeypatch.setattr(command, "params", [])
    result = run(*words)
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "Stopped\n")


def test_so_does_one_that_is_still_being_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "get_command", interrupted)
    result = run("replay")
    assert (result.exit_code, result.stderr) == (130, "Stopped\n")

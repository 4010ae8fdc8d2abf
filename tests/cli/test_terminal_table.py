"""Figures on a terminal are a drawn table with the same words as the plain lines."""

import io
import sys

import pytest

from engine.commands.request import Request

ROWS = [("Positions", "67 (22 long, 45 short)"), ("Net return", "+1.77%"), ("[odd]", "[bold]1[/]")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def words(text: str) -> list[str]:
    return text.split()


def test_the_same_words_drawn_and_plain(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Request().table(ROWS)
    plain = capsys.readouterr().out
    assert plain.startswith("  Positions   67 (22 long")
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "dumb")
    Request().table(ROWS)
    assert words(screen.getvalue()) == words(plain)


def test_json_has_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    Request(as_json=True).table(ROWS)
    assert screen.getvalue() == ""

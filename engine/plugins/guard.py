"""Calls of a user's functions: whatever goes wrong in them ends as one line that says where."""

import functools
import traceback
from collections.abc import Callable
from dis import get_instructions
from pathlib import Path
from typing import Any

from engine.errors import PluginError

LONGEST = 300  # letters of a message of somebody else's


class Guarded:
    """A function of a record, called as it is; an exception becomes a PluginError. Equal to another
    one of the same function, and named like it.
    """

    def __init__(self, name: str, part: str, function: Callable[..., Any]) -> None:
        self.name, self.part, self.function = name, part, function
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *given: Any) -> Any:
        return guarded(f"{self.name}: {self.part} failed", self.function, *given)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Guarded) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[str, str, Callable[..., Any]]:
        return self.name, self.part, self.function


class GuardedKernel(Guarded):
    """A kernel, which writes its last argument: filled beforehand, so that a row that it leaves out
    is noticed.
    """

    def __init__(
        self, name: str, part: str, function: Callable[..., Any], unwritten: float
    ) -> None:
        super().__init__(name, part, function)
        self.unwritten = unwritten

    def __call__(self, *given: Any) -> Any:
        given[-1].fill(self.unwritten)
        return super().__call__(*given)


def guarded(what: str, function: Callable[..., Any], *given: Any) -> Any:
    """What the function gives. Raises PluginError: `what`, the exception, and its line; also for a
    function that ends the process.
    """
    try:
        return function(*given)
    except PluginError:
        raise
    except BaseException as error:
        let_stops_pass(error)
        raise PluginError(f"{what}: {said(error)}") from error


def let_stops_pass(error: BaseException) -> None:
    """Raise Ctrl-C again. One that a `raise` of the user's code made is that code's failure."""
    if isinstance(error, KeyboardInterrupt) and not _is_raised(error):
        raise error


def _is_raised(error: BaseException) -> bool:
    """Whether the last instruction that ran was a `raise`: no signal arrives at one."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and any(
        each.offset == last.tb_lasti and each.opname == "RAISE_VARARGS"
        for each in get_instructions(last.tb_frame.f_code)
    )


def said(error: BaseException) -> str:
    """The exception in one line, and the line of the user's file that it comes from."""
    text = " ".join(str(error).split())[:LONGEST]
    name = type(error).__name__
    if not isinstance(error, Exception):
        text = f"{text}, which would end the process" if text else "would end the process"
    return f"{name}: {text}{_line_of(error)}" if text else f"{name}{_line_of(error)}"


def _line_of(error: BaseException) -> str:
    """The innermost line in the file whose function was called: below it are libraries."""
    frames = traceback.extract_tb(error.__traceback__)
    inner = [each for each in frames[1:] if each.filename == frames[1].filename]
    return f" ({Path(inner[-1].filename).name}, line {inner[-1].lineno})" if inner else ""


def brief(value: Any) -> str:
    """A value in one short line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."

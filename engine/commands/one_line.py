"""How commands end: in one line, with an exit code that means one thing.

- 0: done; of a command that proves something: the verdict was printed, and it is yes
- 1: the verdict is no (different, looks ahead, broken, refuted), or there are findings
- 2: what the user can put right: an option, a file, a strategy of their own
- 3: inconclusive
- 70: a defect of barsieve, which says nothing about what was asked
- 130: Ctrl-C
- 141: nobody reads the output any more
"""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import click

from engine.commands.leaving import asked_to_leave
from engine.commands.request import Request
from engine.errors import BarsieveError, DefectError

MISTAKE, DEFECT, STOPPED, UNREAD = 2, 70, 130, 141  # the last two as a shell says them


class Concluded(click.exceptions.Exit):
    """The end of a command that proves something: its verdict was printed."""


class OneLine(click.Command):
    """A command that ends in one of the ways above, whatever happens in it."""

    def invoke(self, ctx: click.Context) -> Any:
        with ending_in_one_line(ctx):
            return super().invoke(ctx)


class Proof(OneLine):
    """A command that proves something: it ends by `conclude`, or not with exit code 0."""

    def invoke(self, ctx: click.Context) -> Any:
        with ending_in_one_line(ctx):
            try:
                click.Command.invoke(self, ctx)
            except click.exceptions.Exit as ended:
                if ended.exit_code != 0 or isinstance(ended, Concluded):
                    raise
            raise DefectError(f"{ctx.info_name}: internal error: ended without a verdict")


class OneLineGroup(click.Group):
    command_class = OneLine

    def invoke(self, ctx: click.Context) -> Any:
        with ending_in_one_line(ctx):  # while a command is still being found
            return super().invoke(ctx)


def conclude(request: Request, verdict: str, answer: dict[str, Any], code: int) -> NoReturn:
    """Print the verdict, the last line of a proof or its answer as JSON, and end with its code."""
    request.say(verdict)
    request.answer(answer)
    raise Concluded(code)


@contextmanager
def ending_in_one_line(ctx: click.Context) -> Iterator[None]:
    """Turn whatever ends the block into a line and an exit code."""
    try:
        yield
    except (click.exceptions.Exit, click.ClickException, click.Abort):
        raise
    except DefectError as error:
        say(ctx, f"Error: {error}", DEFECT)
    except BarsieveError as error:
        say(ctx, f"Error: {error}", MISTAKE)
    except KeyboardInterrupt:
        left = asked_to_leave()
        say(ctx, f"Error: {left}" if left else "Stopped", MISTAKE if left else STOPPED)
    except BrokenPipeError:
        leave_unread(ctx)
    except Exception as error:
        traceback.print_exc()
        name = type(error).__name__
        say(ctx, f"Error: internal error: {name}: {error}; please report it", DEFECT)
    except BaseException as error:  # nothing of ours raises SystemExit in a command
        say(ctx, f"Error: {place_of(error)}ended the process ({error!r})", MISTAKE)


def say(ctx: click.Context, line: str, code: int) -> NoReturn:
    click.echo(line, err=True)
    ctx.exit(code)


def leave_unread(ctx: click.Context) -> NoReturn:
    """Whoever read the output has closed it, as `head` does; what is left of it goes nowhere."""
    with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    ctx.exit(UNREAD)


def place_of(error: BaseException) -> str:
    """The line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}: " if frames else ""

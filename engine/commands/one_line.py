"""Commands that end with one line: a user's mistake with exit code 2, Ctrl-C with 130."""

from typing import Any, NoReturn

import click

from engine.errors import BarsieveError

STOPPED = 130  # as a shell says of what Ctrl-C ended


class OneLine(click.Command):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BarsieveError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            stopped(ctx)


class OneLineGroup(click.Group):
    command_class = OneLine

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            stopped(ctx)  # while a command was still being found


def stopped(ctx: click.Context) -> NoReturn:
    """Exit code 1 would be a finding."""
    click.echo("Stopped", err=True)
    ctx.exit(STOPPED)

"""Commands that end a user's mistake with one line and exit code 2."""

from typing import Any

import click

from engine.errors import BarsieveError


class OneLine(click.Command):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BarsieveError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(2)


class OneLineGroup(click.Group):
    command_class = OneLine

"""What a command was asked to work on, and how it answers: words for people, or one JSON object."""

import json
import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from engine.errors import OutputError, SettingsError

if TYPE_CHECKING:
    from engine.bars.series import Bars
    from engine.replay.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Request:
    """The options that name a market, a range and a configuration, as typed."""

    assets: tuple[str, ...] = ()
    data: tuple[Path, ...] = ()
    config: str | None = None
    start: str | None = None
    end: str | None = None
    stamp: str | None = None
    bars: int | None = None
    assignments: tuple[str, ...] = ()
    as_json: bool = False

    @property
    def dates(self) -> tuple[str | None, str | None]:
        return self.start, self.end

    def markets(self) -> "tuple[Settings, tuple[Settings, ...]]":
        """The settings of the run, and of each of its markets; one market has the same."""
        from engine.inputs import load_markets

        return load_markets(self.config, self.assets, self._assignments())

    def settings(self) -> "Settings":
        """The settings of a command that works on one market."""
        whole, own = self.markets()
        if len(own) > 1:
            names = ", ".join(each.asset for each in own)
            raise SettingsError(f"this command works on one market: pass one --asset of {names}")
        return whole

    def load(self) -> "tuple[Settings, Bars]":
        """Settings and bars of one market."""
        self.settings()
        whole, loaded = self.load_all()
        return whole, loaded[0][1]

    def load_all(self) -> "tuple[Settings, list[tuple[Settings, Bars]]]":
        """The settings of the run, and settings and bars of each market; says what was read, and
        when the first compile will take a while.
        """
        from engine.kernel import COMPILE_SECONDS, is_cold

        whole, own = self.markets()
        files = self._files(own)
        if is_cold():
            click.echo(f"compiling once (about {COMPILE_SECONDS} s)...", err=True)
        loaded = [(each, self._read(each, file)) for each, file in zip(own, files, strict=True)]
        self.say(f"Configuration: {self.config or 'defaults'}")
        return whole, loaded

    def _read(self, settings: "Settings", file: Path | None) -> "Bars":
        from engine.inputs import load_bars

        bars, notes = load_bars(settings, file, self.bars)
        self.say_all(f"{'Read' if k == 0 else ' ' * 4} {note}" for k, note in enumerate(notes))
        return bars

    def _files(self, own: "tuple[Settings, ...]") -> list[Path | None]:
        """`--data` of each market: none, a folder for all, or a file each in the same order."""
        if not self.data:
            return [None] * len(own)
        if len(self.data) == 1 and (len(own) == 1 or self.data[0].is_dir()):
            return [self.data[0]] * len(own)
        if len(self.data) != len(own):
            raise SettingsError(
                f"--data was given {len(self.data)} times for {len(own)} markets; expected one "
                "file each in the same order, or one folder"
            )
        return list(self.data)

    def _assignments(self) -> list[str]:
        stamp = [] if self.stamp is None else [f"data.stamp={self.stamp}"]
        return [*self.assignments, *stamp]

    def arguments(self) -> list[str]:
        """The same request as command-line arguments, for a process of its own."""
        named = {
            "--config": self.config,
            "--start": self.start,
            "--end": self.end,
            "--stamp": self.stamp,
            "--bars": self.bars,
        }
        given = [str(x) for pair in named.items() if pair[1] is not None for x in pair]
        for option, values in (
            ("--asset", self.assets), ("--data", self.data), ("--set", self.assignments)
        ):  # fmt: skip
            given += [x for each in values for x in (option, str(each))]
        return given

    def command(self, verb: str, *options: str) -> str:
        """A command on the same request, to copy and paste."""
        return shlex.join(["barsieve", verb, *self.arguments(), *options])

    def say(self, line: str) -> None:
        """Raises OutputError where nobody can be told: a full disk, a stream that was closed."""
        if not self.as_json:
            _print(line)

    def say_all(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.say(line)

    def progress(self, line: str) -> None:
        """Where a longer command is; never part of its answer."""
        click.echo(f"{line}...", err=True)

    def table(self, rows: "Sequence[tuple[str, str]]") -> None:
        """Names and values: aligned lines, drawn by rich on a terminal."""
        if sys.stdout.isatty() and not self.as_json:
            _draw(rows)
            return
        width = max(len(name) for name, _ in rows)
        self.say_all(f"  {name:<{width}}  {value}" for name, value in rows)

    def answer(self, found: dict[str, Any]) -> None:
        if self.as_json:
            _print(json.dumps(found, indent=2))


def _print(line: str) -> None:
    """Flushed at once, so that what cannot be written is noticed while there is an exit code."""
    try:
        click.echo(line)
    except BrokenPipeError:  # somebody who has read enough
        raise
    except (OSError, ValueError) as error:
        raise OutputError(f"the answer cannot be printed ({error}): {line[:60]}") from error


def _draw(rows: "Sequence[tuple[str, str]]") -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE, show_header=False)
    for name, value in rows:
        table.add_row(Text(name), Text(value, style="bold"))
    Console().print(table)


def _keep(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    """Put the value of an option into the request of its command."""
    setattr(ctx.ensure_object(Request), str(option.name), value)


_PATH = click.Path(path_type=Path)
_KEPT: dict[str, Any] = {"expose_value": False, "callback": _keep}
_MARKET_OPTIONS = (
    click.option(
        "--asset",
        "assets",
        multiple=True,
        help="Market, as in ETH; DEMO is embedded. Wins over the config. Repeatable: a portfolio.",
        **_KEPT,
    ),
    click.option(
        "--data",
        type=_PATH,
        multiple=True,
        help="CSV or Parquet file of bars, one for each --asset; or a folder of <ASSET>_1h files.",
        **_KEPT,
    ),
    click.option(
        "--config", help="Configuration file, or a preset's name: ETH_comprehensive.", **_KEPT
    ),
    click.option("--start", help="First day, as in 2025-06-15; default: the data's.", **_KEPT),
    click.option("--end", help="Last day, whole; default: the data's.", **_KEPT),
    click.option(
        "--stamp", type=click.Choice(["open", "close"]), help="What the stamps label.", **_KEPT
    ),
    click.option("--bars", type=int, help="Length of the DEMO market.", **_KEPT),
    click.option(
        "--set",
        "assignments",
        multiple=True,
        metavar="KEY=VALUE",
        help="Override one setting; repeatable.",
        **_KEPT,
    ),
    click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.", **_KEPT),
)


def market_options(command: Command) -> Command:
    """Add the options that become one Request, which the command gets by `click.pass_obj`."""
    for option in reversed(_MARKET_OPTIONS):
        command = option(command)
    return command

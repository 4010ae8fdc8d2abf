"""What `barsieve sweep` can be asked for."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
PATH = click.Path(path_type=Path)
MOST_WORKERS = 7
ALL = "A,B,C"
TOP = 10


def default_workers() -> int:
    """One core is left to the rest of the machine."""
    return max(1, min((os.cpu_count() or 1) - 1, MOST_WORKERS))


@dataclass
class Options:
    """What a sweep was asked for, as typed."""

    space_name: str | None = None
    varied: tuple[str, ...] = ()
    candidates: Path | None = None
    two_stage: bool = False
    scenarios: str | None = None
    top_k: int | None = None
    workers: int | None = None
    verified: int = 5
    min_trades: int = 300
    limit_bars: int | None = None
    every: int = 500
    eta: bool = True
    out: Path = Path("runs")
    resume: bool = False

    @property
    def threads(self) -> int:
        return self.workers or default_workers()


def _keep(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    """Put the value of an option into the Options of the command."""
    setattr(ctx.meta.setdefault(KEPT, Options()), str(option.name), value)


KEPT = "engine.commands.sweep_options"
_KEPT: dict[str, Any] = {"expose_value": False, "callback": _keep, "show_default": True}
_COUNT, _AMOUNT = click.IntRange(min=1), click.IntRange(min=0)

OPTIONS = (
    click.option(
        "--space",
        "--grid_size",
        "--grid-size",
        "space_name",
        metavar="NAME|FILE",
        help="small, medium, large, or a file of leaves; default: small, or --vary alone.",
        **_KEPT,
    ),
    click.option(
        "--vary",
        "varied",
        multiple=True,
        metavar="KEY=V1,V2",
        help="A key and its values; repeatable, wins over the space.",
        **_KEPT,
    ),
    click.option(
        "--candidates",
        type=PATH,
        help="Candidate file that covers the space; default: screen now.",
        **_KEPT,
    ),
    click.option(
        "--two-stage/--no-two-stage",
        "--two_stage/--no-two_stage",
        "two_stage",
        default=False,
        help="All points on scenario B, then the best on all scenarios.",
        **_KEPT,
    ),
    click.option(
        "--scenarios",
        metavar="A,B,C",
        help="Cost scenarios of the second stage, default all; of every point in one stage, "
        "default: the settings'.",
        **_KEPT,
    ),
    click.option(
        "--top-k",
        "--top_k",
        "top_k",
        type=_COUNT,
        help=f"Points that reach the second stage; default: {TOP}.",
        **_KEPT,
    ),
    click.option(
        "--workers",
        type=_COUNT,
        help="Threads, or processes for decisions in Python; default: cores − 1, at most 7.",
        **_KEPT,
    ),
    click.option(
        "--verify",
        "verified",
        type=_AMOUNT,
        default=5,
        help="Random points, and the winner under each scenario, replayed bar by bar.",
        **_KEPT,
    ),
    click.option(
        "--min-trades",
        type=_AMOUNT,
        default=300,
        help="A point with fewer trades has a quarter of its score.",
        **_KEPT,
    ),
    click.option(
        "--limit_bars",
        "--limit-bars",
        "limit_bars",
        type=_COUNT,
        help="Only the last bars of the data.",
        **_KEPT,
    ),
    click.option(
        "--progress_every",
        "--progress-every",
        "every",
        type=_COUNT,
        default=500,
        help="Points from line to line.",
        **_KEPT,
    ),
    click.option(
        "--show_eta/--no-show_eta",
        "--show-eta/--no-show-eta",
        "eta",
        default=True,
        help="Say how long the rest may take.",
        **_KEPT,
    ),
    click.option("--out", type=PATH, default=Path("runs"), help="Folder of the sweep.", **_KEPT),
    click.option(
        "--resume", is_flag=True, help="Go on with the sweep that lies in --out.", **_KEPT
    ),
)


def sweep_options(command: Command) -> Command:
    """The options, in the order in which `--help` shows them."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command

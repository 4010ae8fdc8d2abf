"""`barsieve parity`: the focused replay is the full one, on this data or on random markets."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from engine.commands.one_line import Proof, conclude
from engine.commands.request import Request, market_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.bars.series import Bars
    from engine.replay.settings import Settings
    from engine.review.parity.check import Parity

    Loaded = list[tuple[Settings, Bars]]


@click.command(cls=Proof)
@market_options
@click.option("--candidates", type=click.Path(path_type=Path),
              help="Candidate file to trust; default: screen now.")  # fmt: skip
@click.option("--windows", default="0,6,48,all", show_default=True,
              help="Bars on each side of a candidate, one focused replay each.")  # fmt: skip
@click.option("--variants", type=click.IntRange(min=0), default=3, show_default=True,
              help="Random supersets of the candidates; as many replays in chunks.")  # fmt: skip
@click.option("--fuzz", type=click.IntRange(min=1), metavar="N",
              help="N random markets under random settings instead of a market.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
              help="Where random numbers begin.")  # fmt: skip
@click.pass_context
def parity(
    ctx: click.Context,
    candidates: Path | None,
    windows: str,
    variants: int,
    fuzz: int | None,
    seed: int,
) -> None:
    """Prove that the focused replay is the full one: byte by byte, in separate processes.

    Then, in this process, from random supersets of the candidates, and in chunks. Nothing is kept.

    Exit code 0 identical, 1 different, 3 inconclusive.
    """
    from engine.review.parity.check import EXIT_CODES, parity_lines

    request: Request = ctx.obj
    if fuzz is not None:
        _refuse_beside_fuzz(ctx)
        _fuzz(request, fuzz, seed)
    found, loaded = _prove(request, candidates, windows.split(","), variants, seed)
    *lines, verdict = parity_lines(found)
    request.say_all([*lines, *_next(request, found, loaded)])
    conclude(request, verdict, found.as_dict(), EXIT_CODES[found.verdict])


def _prove(
    request: Request, candidates: Path | None, windows: list[str], variants: int, seed: int
) -> tuple["Parity", "Loaded"]:
    from engine.review.parity.check import check_parity, refuse_lossy
    from engine.review.parity.variants import with_variants

    refuse_lossy(request.markets()[0])
    with tempfile.TemporaryDirectory(prefix="barsieve-") as folder:
        found = check_parity(
            request.arguments(), windows, Path(folder), candidates, request.progress
        )
    _, loaded = request.load_all()
    request.progress("random supersets, and replays in chunks")
    whole = with_variants(found, loaded, request.dates, candidates, variants, seed)
    return whole, loaded


def _next(request: Request, found: "Parity", loaded: "Loaded") -> "Iterator[str]":
    """What to run now; the commands that look closer work on one market, and no certificate speaks
    of what is asked bar by bar.
    """
    from engine.fusion.dear import DearDomain

    several = len(loaded) > 1
    domains = [each for own, bars in loaded for each in own.domains_of(bars.has_volume)]
    dear = any(isinstance(each, DearDomain) for each in domains)
    bars = [each.divergence.bar for each in found.comparisons if each.divergence is not None]
    if not several and bars:
        yield f"Next: {request.command('explain', '--bar', str(bars[0]))}"
    if not several and not dear and found.verdict == "identical":
        yield f"Next, the proof as a file: {request.command('certify')}"


def _refuse_beside_fuzz(ctx: click.Context) -> None:
    from engine.errors import SettingsError

    request: Request = ctx.obj
    given = [
        f"--{name}" for name in ("candidates", "windows", "variants")
        if ctx.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE
    ]  # fmt: skip
    for option in (*request.arguments(), *given):
        raise SettingsError(f"--fuzz draws markets and settings itself; it goes without {option}")


def _fuzz(request: Request, cases: int, seed: int) -> NoReturn:
    from engine.review.parity.check import EXIT_CODES
    from engine.review.parity.fuzz import fuzz_lines, run_fuzz

    found = run_fuzz(cases, seed, request.progress)
    *lines, verdict = fuzz_lines(found)
    request.say_all(lines)
    conclude(request, verdict, found.as_dict(), EXIT_CODES[found.verdict])

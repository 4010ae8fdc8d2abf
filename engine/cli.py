"""The `barsieve` command. Thin: options in, one call, words out.

Nothing heavy is imported before a command runs, so that `--help` answers at once.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine import __version__
from engine.commands.bench import bench
from engine.commands.certify import certify
from engine.commands.columns import columns
from engine.commands.data import data
from engine.commands.explain import explain
from engine.commands.export import export
from engine.commands.laws import laws
from engine.commands.leaving import stay_until_the_verdict
from engine.commands.lookahead import lookahead, warmup
from engine.commands.one_line import OneLineGroup
from engine.commands.parity import parity
from engine.commands.report import report
from engine.commands.request import Request, market_options
from engine.commands.settings import explain_config, params, schema
from engine.commands.sweep import sweep
from engine.commands.whatif import whatif

if TYPE_CHECKING:
    from engine.replay.choice import Asked

PATH = click.Path(path_type=Path)
REPLAYS = click.Choice(["auto", "full", "focused"])
CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"]}
OUTPUT_DIR = click.option(
    "--output-dir", type=PATH, default=Path("results"), show_default=True,
    help="Where the run gets its folder.",
)  # fmt: skip

SKIP_LAWS = click.option(
    "--skip-laws", is_flag=True, help="Do not check plug-ins for looking ahead before first use."
)


@click.group(cls=OneLineGroup, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="barsieve")
def cli() -> None:
    """Replay a trading strategy bar by bar, only where it can matter, with the same bytes.

    Start with `barsieve demo`.
    """


@cli.command()
@market_options
@click.option("--output", type=PATH, default=Path("results/candidates.jsonl"), show_default=True,
              help="Where the candidates go.")  # fmt: skip
@click.option("--box", "boxes", multiple=True, metavar="KEY=LOW:HIGH|SPACE",
              help="Make the file valid for an interval, or a space of sweeps; repeatable.",
              )  # fmt: skip
@SKIP_LAWS
@click.pass_obj
def screen(request: Request, output: Path, boxes: tuple[str, ...], skip_laws: bool) -> None:
    """Look at every bar once; write the bars at which the strategy could enter."""
    from engine.commands.runs import screen_all

    screen_all(request, output, boxes, skip_laws)


@cli.command()
@market_options
@click.option("--candidates", type=PATH, help="Candidate file that `barsieve screen` wrote.")
@click.option("--replay", "asked", type=REPLAYS,
              help="Default: full, or auto with --candidates.")  # fmt: skip
@OUTPUT_DIR
@click.option("--replace", is_flag=True, help="Overwrite the stored run of the same fingerprint.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True,
              help="Processes that judge dear domains ahead; the bytes stay the same.")  # fmt: skip
@click.option("--cache-scores", is_flag=True, help="Keep dear scores on disk for later runs.")
@SKIP_LAWS
@click.pass_obj
def replay(
    request: Request,
    candidates: Path | None,
    asked: "Asked | None",
    output_dir: Path,
    replace: bool,
    jobs: int,
    cache_scores: bool,
    skip_laws: bool,
) -> None:
    """Replay a strategy bar by bar: every bar, or only where it can matter."""
    from engine.commands.runs import replay_all
    from engine.plugins.precompute import Workers

    workers = Workers(jobs, cache_scores, request.progress, request.say)
    replay_all(request, candidates, asked, output_dir, replace, workers, skip_laws)


@cli.command()
@OUTPUT_DIR
def demo(output_dir: Path) -> None:
    """Screen and replay the embedded market, in full and focused, and compare the bytes."""
    from engine.commands.demo import run_demo
    from engine.files import refuse_unwritable

    refuse_unwritable(output_dir / "trade_log.jsonl")
    run_demo(Request(assets=("DEMO",), config="ETH_comprehensive"), output_dir)


@cli.command()
@click.argument("folder", type=PATH)
def init(folder: Path) -> None:
    """Make FOLDER a workspace: configurations to edit, a place for data, what to run first."""
    from engine.commands.workspace import make_workspace

    written = make_workspace(folder)
    click.echo(f"Wrote {', '.join(written)} in {folder}")
    click.echo(f"Next: cd {folder}, then follow README.md")


for command in (
    report, export, whatif, sweep, parity, laws, lookahead, warmup, certify, explain, bench, data,
    params, columns, explain_config, schema,
):  # fmt: skip
    cli.add_command(command)


def run_script(command: str, arguments: Iterable[str] | None = None) -> None:
    """Run one command under the name of the script that calls this."""
    given = sys.argv[1:] if arguments is None else arguments
    stay_until_the_verdict()
    name = Path(sys.argv[0]).name
    cli.commands[command].main(args=list(given), prog_name=name, **CONTEXT)


def main() -> None:
    stay_until_the_verdict()
    cli.main(prog_name="barsieve")

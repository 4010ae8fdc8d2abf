"""The `barsieve` command. Thin: options in, one call, words out.

Nothing heavy is imported before a command runs, so that `--help` answers at once.
"""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine import __version__
from engine.commands.certify import certify
from engine.commands.data import data
from engine.commands.explain import explain
from engine.commands.one_line import OneLineGroup
from engine.commands.settings import explain_config, params, schema
from engine.request import Request, market_options

if TYPE_CHECKING:
    from engine.experiment import Asked

PATH = click.Path(path_type=Path)
REPLAYS = click.Choice(["auto", "full", "focused"])
CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"]}
OUTPUT_DIR = click.option(
    "--output-dir", type=PATH, default=Path("results"), show_default=True,
    help="Where the run gets its folder.",
)  # fmt: skip


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
@click.option("--box", "boxes", multiple=True, metavar="KEY=LOW:HIGH",
              help="Make the file valid for a whole interval; repeatable.")  # fmt: skip
@click.pass_obj
def screen(request: Request, output: Path, boxes: tuple[str, ...]) -> None:
    """Look at every bar once; write the bars at which the strategy could enter."""
    from engine.experiment import screen_market
    from engine.files import refuse_unwritable
    from engine.prescreen.box import parse_box
    from engine.prescreen.candidates import manifest_path, write_candidates
    from engine.results.summary import screen_lines

    refuse_unwritable(output)
    refuse_unwritable(manifest_path(output))
    settings, bars = request.load()
    file = screen_market(settings, bars, *request.dates, parse_box(boxes, settings))
    write_candidates(output, file)
    request.say_all(screen_lines(file, settings.batch_mode.candidate_window_bars))
    request.say(f"Wrote {output} and {manifest_path(output).name}")
    request.say(f"Next: {request.command('replay', '--candidates', str(output))}")
    request.answer({"output": str(output), **file.manifest.model_dump(mode="json")})


@cli.command()
@market_options
@click.option("--candidates", type=PATH, help="Candidate file that `barsieve screen` wrote.")
@click.option("--replay", "asked", type=REPLAYS,
              help="Default: full, or auto with --candidates.")  # fmt: skip
@OUTPUT_DIR
@click.option("--replace", is_flag=True, help="Overwrite the stored run of the same fingerprint.")
@click.pass_obj
def replay(
    request: Request,
    candidates: Path | None,
    asked: "Asked | None",
    output_dir: Path,
    replace: bool,
) -> None:
    """Replay a strategy bar by bar: every bar, or only where it can matter."""
    from engine.experiment import run_experiment
    from engine.files import refuse_unwritable
    from engine.results.run_directory import run_record, write_run
    from engine.results.summary import plan_lines, visit_lines

    refuse_unwritable(output_dir / "trade_log.jsonl")
    settings, bars = request.load()
    mode: Asked = asked or ("full" if candidates is None else "auto")
    outcome = run_experiment(settings, bars, *request.dates, mode, candidates)
    request.say_all([*plan_lines(outcome), *visit_lines(outcome)])
    folder, known = write_run(outcome, output_dir, replace)
    request.table(outcome.result)
    request.say(f"Wrote {folder}" + (", identical to the stored run" if known else ""))
    request.say(f"Next, the proof that focused equals full: {request.command('parity')}")
    request.say(f"Total: {outcome.result.metrics.trades} trades")
    stored = {"directory": str(folder), "identical_to_stored": known}
    record = {**run_record(outcome), "choice": outcome.choice.reason, "timings": outcome.timings}
    request.answer(stored | record)


@cli.command()
@market_options
@click.option("--candidates", type=PATH, help="Candidate file to trust; default: screen now.")
@click.option("--windows", default="0,6,48,all", show_default=True,
              help="Bars on each side of a candidate, one focused replay each.")  # fmt: skip
@click.pass_obj
def parity(request: Request, candidates: Path | None, windows: str) -> None:
    """Prove that the focused replay is the full one: byte by byte, in separate processes.

    Exit code 0 identical, 1 different, 3 inconclusive.
    """
    from engine.review.parity import EXIT_CODES, check_parity, parity_lines, refuse_lossy

    refuse_lossy(request.settings())
    with tempfile.TemporaryDirectory(prefix="barsieve-") as folder:
        found = check_parity(
            request.arguments(), windows.split(","), Path(folder), candidates, request.progress
        )
    request.say_all(parity_lines(found))
    request.answer(found.as_dict())
    sys.exit(EXIT_CODES[found.verdict])


@cli.command()
@OUTPUT_DIR
def demo(output_dir: Path) -> None:
    """Screen and replay the embedded market, in full and focused, and compare the bytes."""
    from engine.demo import run_demo
    from engine.files import refuse_unwritable

    refuse_unwritable(output_dir / "trade_log.jsonl")
    run_demo(Request(asset="DEMO", config="ETH_comprehensive"), output_dir)


@cli.command()
@click.argument("folder", type=PATH)
def init(folder: Path) -> None:
    """Make FOLDER a workspace: configurations to edit, a place for data, what to run first."""
    from engine.workspace import make_workspace

    written = make_workspace(folder)
    click.echo(f"Wrote {', '.join(written)} in {folder}")
    click.echo(f"Next: cd {folder}, then follow README.md")


for command in (certify, explain, data, params, explain_config, schema):
    cli.add_command(command)


def run_script(command: str, arguments: Iterable[str] | None = None) -> None:
    """Run one command under the name of the script that calls this."""
    given = sys.argv[1:] if arguments is None else arguments
    name = Path(sys.argv[0]).name
    cli.commands[command].main(args=list(given), prog_name=name, **CONTEXT)


def main() -> None:
    cli.main(prog_name="barsieve")

"""`barsieve report`: a stored run, or a finished sweep, as one page for a browser."""

from pathlib import Path

import click

from engine.commands.one_line import OneLine
from engine.commands.request import Request

PATH = click.Path(path_type=Path)


@click.command(cls=OneLine)
@click.argument("folders", metavar="RUN", nargs=-1, required=True, type=PATH)
@click.option("--data", type=PATH, multiple=True,
              help="File of the run's bars, if it has moved; one for each market, or a folder.",
              )  # fmt: skip
@click.option("--output", type=PATH, help="The page; default: report.html in RUN.")
@click.option("--parity", is_flag=True,
              help="Compare the focused and the full replay of the run for the page.")  # fmt: skip
@click.option("--text", "as_text", is_flag=True, help="The figures here instead of a page.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def report(
    folders: tuple[Path, ...],
    data: tuple[Path, ...],
    output: Path | None,
    parity: bool,
    as_text: bool,
    as_json: bool,
) -> None:
    """Make one HTML file of RUN, a folder below results/, or of a sweep's folder.

    It needs no network, and plotly: pip install 'barsieve[report]'.
    """
    from engine.errors import SettingsError
    from engine.report.folder import kind_of, one_folder

    request = Request(as_json=as_json)
    folder = one_folder(folders)
    kind = kind_of(folder)
    if kind == "sweep" and (data or parity or as_text):
        raise SettingsError(
            f"{folder}: of a sweep there is a page alone; drop --data, --parity, --text"
        )
    if as_text:
        if data or parity or output is not None:
            raise SettingsError("--text prints what RUN holds; it goes without other options")
        _print(request, folder)
        return
    _write(request, folder, kind, data, output or folder / "report.html", parity)


def _write(
    request: Request, folder: Path, kind: str, data: tuple[Path, ...], output: Path, parity: bool
) -> None:
    from engine.files import refuse_unwritable, write_atomically
    from engine.report.run_page import run_page
    from engine.report.sweep_page import sweep_page

    refuse_unwritable(output)
    page = run_page(folder, data, parity) if kind == "run" else sweep_page(folder)
    content = page.encode()
    write_atomically(output, content)
    request.say(f"Wrote {output} ({len(content) / 1e6:.1f} MB); open it in a browser")
    request.answer({"report": str(output), "kind": kind, "bytes": len(content)})


def _print(request: Request, folder: Path) -> None:
    from engine.report.statistics import statistics
    from engine.report.stored import read_run
    from engine.report.verdict import decision_counts, visit_rows
    from engine.results.summary import counted

    run = read_run(folder)
    found = statistics(run)
    request.say(f"{folder}: fingerprint {run.record['fingerprint']}")
    request.table([(each.name, each.value) for each in found])
    request.table(visit_rows(run))
    request.say(f"Decisions: {counted(decision_counts(run))}")
    request.answer({**run.record, "figures": {each.name: each.value for each in found}})

"""`barsieve export`: the trades of a stored run as a table for another tool."""

from pathlib import Path

import click

from engine.commands.one_line import OneLine
from engine.request import Request

PATH = click.Path(path_type=Path)
FORMATS = click.Choice(["freqtrade", "vectorbt"])


@click.command(cls=OneLine)
@click.argument("folders", metavar="RUN", nargs=-1, required=True, type=PATH)
@click.option("--format", "kind", type=FORMATS, required=True,
              help="Whose column names: a row a position, or a row an exit leg.")  # fmt: skip
@click.option("--output", type=PATH, help="The file; default: trades_FORMAT.csv in RUN.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def export(folders: tuple[Path, ...], kind: str, output: Path | None, as_json: bool) -> None:
    """Write the trades of RUN, a folder below results/, as CSV with another tool's column names.

    freqtrade: one row a position, its partial exits as orders of the trade. vectorbt: one row an
    exit leg, the rows of a position sharing its id.
    """
    from engine.files import refuse_unwritable, write_atomically
    from engine.report.folder import one_folder, run_folder
    from engine.report.stored import read_run
    from engine.report.tables import export_text

    request = Request(as_json=as_json)
    folder = one_folder(folders)
    run = read_run(run_folder(folder))
    path = output or folder / f"trades_{kind}.csv"
    refuse_unwritable(path)
    text, rows = export_text(run, kind)
    write_atomically(path, text)
    request.say(f"Wrote {path}: {rows:,} rows")
    request.answer({"export": str(path), "format": kind, "rows": rows})

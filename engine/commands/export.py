"""`barsieve export`: the trades of a stored run as a table for another tool."""

from pathlib import Path

import click

from engine.commands.one_line import OneLine
from engine.commands.request import Request

PATH = click.Path(path_type=Path)
KINDS = click.Choice(["csv", "freqtrade", "vectorbt"])


@click.command(cls=OneLine)
@click.argument("folders", metavar="RUN", nargs=-1, required=True, type=PATH)
@click.option("--format", "kind", type=KINDS, default="csv", show_default=True,
              help="The columns of trades.parquet, or those of another tool.")  # fmt: skip
@click.option("--output", type=PATH,
              help="The file; default: trades.csv, trades_freqtrade.json or trades_vectorbt.csv "
              "in RUN.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def export(folders: tuple[Path, ...], kind: str, output: Path | None, as_json: bool) -> None:
    """Write the trades of RUN, a folder below results/, as CSV, or as another tool reads them.

    csv: one row a position, the columns of trades.parquet. freqtrade: one trade a position, its
    partial exits as orders of the trade; a file of backtest results, or CSV where --output ends in
    .csv. vectorbt: one row an exit leg, the rows of a position sharing its id.
    """
    from engine.files import refuse_unwritable, write_atomically
    from engine.report.folder import one_folder, run_folder
    from engine.report.stored import read_run
    from engine.report.tables import FORMATS, export_text

    request = Request(as_json=as_json)
    folder = one_folder(folders)
    run = read_run(run_folder(folder))
    path = output or folder / FORMATS[kind].file
    refuse_unwritable(path)
    text, rows = export_text(run, kind, path.suffix)
    write_atomically(path, text)
    request.say(f"Wrote {path}: {rows:,} rows")
    request.answer({"export": str(path), "format": kind, "rows": rows})

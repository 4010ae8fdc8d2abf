"""`barsieve whatif`: each trade with one thing changed, and each entry that a gate refused."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commands.one_line import OneLine
from engine.commands.request import Request

if TYPE_CHECKING:
    from engine.bars.series import Bars
    from engine.review.what_if.what_if import WhatIf

PATH = click.Path(path_type=Path)


@click.command(cls=OneLine)
@click.argument("folders", metavar="RUN", nargs=-1, required=True, type=PATH)
@click.option("--position", type=click.IntRange(min=1), metavar="N",
              help="This trade alone, as it was and with each change.")  # fmt: skip
@click.option("--data", type=PATH, multiple=True, help="File of the run's bars, if it has moved.")
@click.option("--output", type=PATH, help="The table; default: what_if.csv in RUN.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def whatif(
    folders: tuple[Path, ...],
    position: int | None,
    data: tuple[Path, ...],
    output: Path | None,
    as_json: bool,
) -> None:
    """Replay each trade of RUN again from its decision, with one thing changed: its stop, partial,
    trailing, time stop or target; and each entry that a gate refused, as if it had been open.

    Of one market whose decisions are compiled. Each value is of that position alone.
    """
    from engine.files import refuse_unwritable, write_atomically
    from engine.report.folder import one_folder, run_folder
    from engine.review.what_if.lines import COLUMNS, all_rows, summary_of
    from engine.search.exports import csv_text

    request = Request(as_json=as_json)
    folder = run_folder(one_folder(folders))
    path = output or folder / "what_if.csv"
    refuse_unwritable(path)
    found, bars = _followed(request, folder, data)
    if position is not None:
        _show_position(request, found, bars, position)
        return
    rows = all_rows(found, bars)
    write_atomically(path, csv_text(COLUMNS, rows))
    _show(request, found)
    request.say(f"Wrote {path}: {len(rows):,} rows")
    if found.trades.size:
        number = int(found.trades["position"][0])
        request.say(f"Next: barsieve whatif {folder} --position {number}")
    request.answer({"what_if": str(path), "rows": len(rows), **summary_of(found)})


def _followed(request: Request, folder: Path, data: tuple[Path, ...]) -> "tuple[WhatIf, Bars]":
    from engine.errors import SettingsError
    from engine.replay.market import Market
    from engine.report.market import load_run_markets
    from engine.report.stored import read_run
    from engine.review.what_if.what_if import what_if

    run = read_run(folder)
    if run.is_portfolio:
        names = ", ".join(run.assets)
        raise SettingsError(f"{folder}: is a portfolio of {names}; what-if follows one market")
    _, (own,), notes = load_run_markets(run, data)
    request.say_all(f"Read {note}" for note in notes)
    lossy = own.settings.batch_mode.policy == "sentinel" and run.record["replay"] == "focused"
    market = Market(own.settings, own.rows, own.span)
    return what_if(market, own.windows if lossy else None), own.bars


def _show(request: Request, found: "WhatIf") -> None:
    from engine.review.what_if.lines import change_table, refused_table
    from engine.search.summary import aligned

    request.say("Each trade by itself, from the account as it was:")
    request.say_all(aligned(change_table(found)))
    request.say_all(f"  {name}: left out, {why}" for name, why in found.left_out.items())
    if any(rows.size for rows, _ in found.refused.values()):
        request.say("Entries that one gate or guard alone refused:")
        request.say_all(aligned(refused_table(found)))
    else:
        request.say("No gate or guard alone refused an entry")


def _show_position(request: Request, found: "WhatIf", bars: "Bars", number: int) -> None:
    import numpy as np

    from engine.errors import RangeError
    from engine.review.what_if.lines import position_table, trade_rows
    from engine.search.summary import aligned

    places = np.flatnonzero(found.trades["position"] == number).tolist()
    if not places:
        raise RangeError(f"--position {number}: the run has positions 1 to {found.trades.size}")
    request.say_all(aligned(position_table(found, places[0], bars)))
    request.answer({"position": number, "changes": list(trade_rows(found, places[0], bars))})

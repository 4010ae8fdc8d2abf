"""`barsieve data`: one's own bars in, looked over, or downloaded."""

from pathlib import Path
from typing import Any

import click

from engine.bars.sources.declared import Declared
from engine.commands.one_line import OneLineGroup, Proof, conclude
from engine.commands.request import Request
from engine.errors import SettingsError

FUNDING = "funding"
_PATH = click.Path(path_type=Path)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


def _keep(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    """Put the value of an option into what its command was told about the source."""
    setattr(ctx.ensure_object(dict).setdefault("declared", Declared()), str(option.name), value)


_KEPT: dict[str, Any] = {"expose_value": False, "callback": _keep}
_SOURCE_OPTIONS = (
    click.option("--timeframe", help="Length of a bar, as in 1h; default: what the bars say.",
                 **_KEPT),
    click.option("--stamp", type=click.Choice(["open", "close"]),
                 help="Which end of a bar the stamps label.", **_KEPT),
    click.option("--tz", metavar="ZONE",
                 help="Zone of stamps without an offset, as in UTC or Europe/Berlin.", **_KEPT),
    click.option("--format", metavar="NAME", help="Force a format; docs/data.md lists them.",
                 **_KEPT),
    click.option("--date-format", metavar="PATTERN",
                 help="How stamps are written, as in '%d.%m.%Y %H:%M'.", **_KEPT),
    click.option("--price-scale", type=int, help="What prices are divided by, as in 10000.",
                 **_KEPT),
    click.option("--quote", type=click.Choice(["bid", "ask"]), help="Side of quote bars.",
                 **_KEPT),
    click.option("--member", metavar="TEXT", help="Part of the name of the file in a zip.",
                 **_KEPT),
    click.option("--columns", multiple=True, metavar="WHAT=NAME",
                 help="Which column is open, high, low, close, volume, as in close=Close/Last; "
                 "repeatable.", **_KEPT),
    click.option("--stamp-column", "stamp_columns", multiple=True, metavar="NAME",
                 help="The column of the stamps; repeated for a date and a time.", **_KEPT),
    click.option("--no-header", is_flag=True,
                 help="The first line is data; columns are called 1, 2, ….", **_KEPT),
    click.option("--decimal", type=click.Choice([",", "."]), help="The decimal mark.", **_KEPT),
    click.option("--thousands", type=click.Choice([",", ".", "space", "apostrophe"]),
                 help="The mark between thousands.", **_KEPT),
    click.option("--blank-volume", type=click.Choice(["zero", "none"]),
                 help="A blank volume is zero, or makes the file one without volume.", **_KEPT),
    click.option("--keep-last-line", is_flag=True,
                 help="The last line is whole, although it has no line end.", **_KEPT),
)  # fmt: skip


def _source_options(command: Any) -> Any:
    for option in reversed(_SOURCE_OPTIONS):
        command = option(command)
    return command


@click.group(cls=OneLineGroup)
@click.pass_context
def data(ctx: click.Context) -> None:
    """Bring your own bars in, look them over, download them.

    Start with `barsieve data import FILE --symbol ETH`.
    """
    # Not the object of the caller: each command starts with nothing declared.
    ctx.obj = {"declared": Declared()}


@data.command("import")
@click.argument("sources", nargs=-1, required=True, type=_PATH)
@click.option("--symbol", required=True, help="What to call the market, as in ETH.")
@click.option("--output", type=_PATH, help="Default: data/SYMBOL_TIMEFRAME.parquet.")
@click.option("--replace", is_flag=True, help="Overwrite a file with other bars.")
@_source_options
@_JSON
@click.pass_context
def import_(
    ctx: click.Context,
    sources: tuple[Path, ...],
    symbol: str,
    output: Path | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Read files of other programs, check them, and write them as Parquet.

    Several files of one market are put in sequence. What a file leaves open (which end of a bar its
    stamps label, their zone, the scale of its prices) is asked for, never guessed.
    """
    from engine.bars.sources.importer import import_bars
    from engine.bars.sources.report import import_lines, import_record
    from engine.bars.writer import checked_symbol, usual_path, write_bars

    request = Request(as_json=as_json)
    bars, notes = import_bars(sources, checked_symbol(symbol), ctx.obj["declared"])
    path = usual_path(symbol, bars.timeframe) if output is None else output
    written = write_bars(path, bars, replace, {"stamp": "open"})
    request.say_all(f"Read: {note}" for note in [*notes, *import_lines(bars)])
    request.say(f"Wrote {path}" if written else f"{path} has these bars already: left as it is")
    request.say(f"Next: barsieve data check {path}")
    request.answer(import_record(bars, notes, path, written))


@data.command(cls=Proof)
@click.argument("file", type=_PATH)
@click.option("--against", type=_PATH, help="The same market at another timeframe.")
@_source_options
@_JSON
@click.pass_context
def check(ctx: click.Context, file: Path, against: Path | None, as_json: bool) -> None:
    """Look a file of bars over: gaps, duplicates, odd bars, and what else to know of it.

    Exit code 0 clean, 1 findings, 2 unreadable.
    """
    from engine.bars.quality.report import quality_lines, quality_record
    from engine.bars.quality.review import review

    request = Request(as_json=as_json)
    found = review(file, ctx.obj["declared"], against)
    *lines, verdict = quality_lines(found)
    request.say_all(lines)
    conclude(request, verdict, quality_record(found), 1 if found.findings else 0)


@data.command()
@click.option("--exchange", required=True, help="As ccxt calls it: binance, kraken, bybit.")
@click.option("--symbol", required=True, help="As ccxt writes it: ETH/USDT, ETH/USDT:USDT.")
@click.option("--timeframe", help="Length of a bar, as in 1h.")
@click.option("--funding", "timeframe", flag_value=FUNDING,
              help="Funding rates instead of bars.")  # fmt: skip
@click.option("--since", required=True, help="First day, as in 2024-01-01.")
@click.option("--until", help="First day that is not wanted; default: now.")
@click.option("--output", type=_PATH, help="Default: data/SYMBOL_TIMEFRAME.parquet.")
@click.option("--replace", is_flag=True, help="Download anew instead of going on.")
@click.option("--base-url", metavar="URL", help="Another address of the exchange, as of a mirror.")
@_JSON
def download(
    exchange: str,
    symbol: str,
    timeframe: str | None,
    since: str,
    until: str | None,
    output: Path | None,
    replace: bool,
    base_url: str | None,
    as_json: bool,
) -> None:
    """Download bars or funding rates; the same command again goes on where it stopped.

    The bar that is still forming is left out. Needs ccxt: pip install 'barsieve[data]'.
    """
    from engine.bars.exchange.download import Wanted, fetch_all
    from engine.bars.exchange.report import download_lines, download_record

    if timeframe is None:
        raise SettingsError("say --timeframe, as in 1h, or --funding")
    request = Request(as_json=as_json)
    length = None if timeframe == FUNDING else timeframe
    wanted = Wanted(exchange, symbol, length, since, until, output, replace, base_url)
    found = fetch_all(wanted, request.progress)
    request.say_all(download_lines(found, length))
    request.answer(download_record(found))

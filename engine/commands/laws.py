"""`barsieve laws`: what a strategy of your own must keep to, and where it does not."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commands.one_line import Proof, conclude
from engine.commands.request import Request, market_options

if TYPE_CHECKING:
    from engine.replay.settings import Settings
    from engine.review.laws.check import Named


@click.command(cls=Proof)
@click.argument("file", type=click.Path(path_type=Path))
@market_options
@click.pass_obj
def laws(request: Request, file: Path) -> None:
    """Try every record of FILE on markets of every kind, and say what is wrong with it.

    Without a market: the demo market, and small ones with gaps, sessions, extreme prices, no
    volume. Of a market of yours, the bars from --start to --end are all there is. FILE may be the
    name of an installed plug-in.

    Exit code 0 lawful, 1 broken, 3 inconclusive.
    """
    from engine.inputs import load_settings
    from engine.plugins.load import load_plugins
    from engine.review.laws.check import EXIT_CODES, check_laws, law_lines, law_markets

    files = plugins_with(request.config, str(file))
    request.assignments = (*request.assignments, f"plugins={json.dumps(files)}")
    given = (request.start, request.end, request.stamp, request.bars)
    if request.assets or request.data or any(each is not None for each in given):
        settings, markets = _own_markets(request)
    else:
        settings = load_settings(request.config, None, request.assignments)
        markets = law_markets()
    found = check_laws(load_plugins([str(file)]), settings, markets, request.progress)
    *lines, verdict = law_lines(found)
    request.say_all(lines)
    conclude(request, verdict, found.as_dict(), EXIT_CODES[found.verdict])


def plugins_with(config: str | None, file: str) -> list[str]:
    """The plug-ins of a configuration, and this one."""
    from engine.inputs import find_config, read_config, with_files

    if config is None:
        return [file]
    path = find_config(config)
    listed = with_files(read_config(path), path.parent).get("plugins", [])
    known = [str(each) for each in listed] if isinstance(listed, list) else []
    resolved = {str(Path(each).resolve()) for each in known}
    return known if str(Path(file).resolve()) in resolved else [*known, file]


def _own_markets(request: Request) -> "tuple[Settings, Named]":
    """The bars of the range, as if the file held no others."""
    from engine.bars.dates import bar_range
    from engine.review.lookahead.poison import head, tail

    settings, loaded = request.load_all()
    named = []
    for own, bars in loaded:
        first, stop = bar_range(bars, *request.dates)
        named.append((own.asset, tail(head(bars, stop), first)))
    return settings, named

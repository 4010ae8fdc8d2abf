"""`barsieve explain`: one bar looked at from everywhere, or the bars that missed by least."""

from dataclasses import asdict

import click

from engine.commands.one_line import OneLine
from engine.commands.request import Request, market_options


@click.command(cls=OneLine)
@market_options
@click.option("--at", metavar="TIME", help="Any instant inside the bar: 2025-06-15T13:30:00Z.")
@click.option("--bar", type=int, help="The bar's row in the data file.")
@click.option("--nearest", type=click.IntRange(min=1), metavar="COUNT",
              help="List the bars in range that missed by least instead.")  # fmt: skip
@click.pass_obj
def explain(request: Request, at: str | None, bar: int | None, nearest: int | None) -> None:
    """Say why a bar is a candidate or not, by how much, and what the account did there.

    --start and --end are the range of the replay that the account comes from.
    """
    from engine.bars.dates import bar_range
    from engine.errors import RangeError
    from engine.prescreen.rows import build_rows
    from engine.replay.market import Market
    from engine.review.explain.explain import checked_row, explain_bar, near_misses, row_at
    from engine.review.explain.lines import explanation_lines, near_miss_lines

    if sum(each is not None for each in (at, bar, nearest)) != 1:
        raise RangeError("expected one of --at TIME, --bar ROW and --nearest COUNT")
    settings, bars = request.load()
    span = bar_range(bars, *request.dates)
    row = row_at(bars, at) if at is not None else checked_row(bars, bar or 0)
    market = Market(settings, build_rows(bars, settings), span)
    if nearest is not None:
        found, every = near_misses(market, nearest)
        request.say_all(near_miss_lines(found, every))
        if found:
            request.say(f"Next: {request.command('explain', '--bar', str(found[0].bar))}")
        request.answer({"in_all": every, "nearest": [asdict(each) for each in found]})
        return
    explained = explain_bar(market, row)
    request.say_all(explanation_lines(explained))
    request.answer(explained.as_dict())

"""`barsieve lookahead` and `warmup`: does a value hang on the future, or on the first bar?"""

from dataclasses import replace

import click

from engine.commands.one_line import OneLine, Proof, conclude
from engine.commands.request import Request, market_options


@click.command(cls=Proof)
@market_options
@click.option("--cuts", type=int, default=20, show_default=True,
              help="Places at which the future is cut off and replaced.")  # fmt: skip
@click.pass_obj
def lookahead(request: Request, cuts: int) -> None:
    """Prove that no column, candidate, decision or fill knows the future, or name what does.

    Exit code 0 causal, 1 looks ahead, 3 inconclusive.
    """
    from engine.review.lookahead.check import EXIT_CODES, check_lookahead, lookahead_lines

    settings, bars = request.load()
    request.progress("comparing every layer with other futures")
    found = check_lookahead(settings, bars, *request.dates, cuts)
    *lines, verdict = lookahead_lines(found)
    request.say_all(lines)
    if found.verdict == "causal":
        whole = replace(request, start=None, end=None)
        request.say(f"Next, what hangs on the first bar of the file: {whole.command('warmup')}")
    conclude(request, verdict, found.as_dict(), EXIT_CODES[found.verdict])


@click.command(cls=OneLine)
@market_options
@click.pass_obj
def warmup(request: Request) -> None:
    """Measure how long values depend on where the file begins, and from where decisions do not.

    --start and --end cut the file first: the bars between them are all there is.

    Exit code 0: it measures, and judges nothing.
    """
    from engine.review.warmup import measure_warmup, warmup_lines

    settings, bars = request.load()
    request.progress("computing every column from later beginnings")
    found = measure_warmup(settings, bars, *request.dates)
    *lines, decided = warmup_lines(found)
    request.say_all(lines)
    request.say(f"Next, the proof that skipped bars change nothing: {request.command('parity')}")
    request.say(decided)
    request.answer(found.as_dict())

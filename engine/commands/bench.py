"""`barsieve bench`: what the sieve costs and saves, measured on one's own market."""

import click

from engine.commands.one_line import OneLineGroup, Proof, conclude
from engine.commands.request import Request, market_options


@click.group(cls=OneLineGroup)
def bench() -> None:
    """Measure what the sieve costs and saves.

    Start with `barsieve bench batch --asset DEMO --config ETH_comprehensive`.
    """


@bench.command(cls=Proof)
@market_options
@click.option("--repeat", type=click.IntRange(min=1), default=3, show_default=True,
              help="Measurements of each stage; the median counts.")  # fmt: skip
@click.pass_obj
def batch(request: Request, repeat: int) -> None:
    """Compare the full and the focused replay byte by byte, and time every stage in CPU seconds.

    The focused replay uses the configuration's own window. Nothing is written.

    Exit code 0 identical, 1 different, 3 inconclusive.
    """
    from engine.review.parity.bench import bench_batch, bench_lines
    from engine.review.parity.check import EXIT_CODES

    settings, bars = request.load()
    request.progress("comparing the replays, then measuring")
    found = bench_batch(settings, bars, *request.dates, repeat)
    *lines, verdict = bench_lines(found)
    request.say_all(lines)
    request.say(f"Next, the proof in separate processes: {request.command('parity')}")
    conclude(request, verdict, found.as_dict(), EXIT_CODES[found.parity.verdict])

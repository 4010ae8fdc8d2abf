"""`barsieve sweep`: many exact replays over one candidate file."""

import dataclasses
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from engine.commands.one_line import STOPPED, OneLine
from engine.commands.request import Request, market_options
from engine.commands.sweep_options import ALL, KEPT, TOP, Options, sweep_options

if TYPE_CHECKING:
    from engine.kernel import Ints, Table
    from engine.search.bank import Bank
    from engine.search.markets import AnyPlan, AnySwept
    from engine.search.saved import ReplaySeconds
    from engine.search.settings import Score
    from engine.search.stages import Ranked
    from engine.search.summary import Rows

    Winner = tuple[int, Sequence[float | None]]  # its number; the pip of each asset


@click.command(cls=OneLine)
@market_options
@sweep_options
@click.pass_context
def sweep(ctx: click.Context) -> None:
    """Replay a strategy at every point of a space, exactly, from one screen of the market."""
    request: Request = ctx.obj
    options: Options = ctx.meta[KEPT]
    try:
        _sweep(request, options)
    except KeyboardInterrupt:
        kept = (options.out / "sweep.json").is_file()
        done = ", and kept what is done; --resume goes on with it" if kept else ": nothing was done"
        click.echo(f"Stopped{done}", err=True)
        ctx.exit(STOPPED)


def _sweep(request: Request, options: Options) -> None:
    from engine.search.settings import Score

    request, plan = _plan(request, options)
    request.say(f"Using {options.threads} workers")
    stages = _two_stages if options.two_stage else _one_stage
    winner, pips = stages(request, plan, options, Score(options.min_trades))
    request.say(f"Next: {request.command('replay', *_sets(plan, options, winner, pips))}")


def _sets(
    plan: "AnyPlan", options: Options, winner: int, pips: Sequence[float | None]
) -> list[str]:
    """The `--set` with which a replay is the row of a point; of two stages, of the first."""
    changes = dict(plan.space.changes(winner))
    if options.two_stage:
        changes["costs.scenario"] = "B"
    if len(set(pips)) == 1 and pips[0] is not None and changes.get("costs.scenario") == "B":
        changes["costs.pip"] = pips[0]  # of several assets each finds its own
    return [x for key, each in changes.items() for x in ("--set", f"{key}={json.dumps(each)}")]


def _plan(request: Request, options: Options) -> "tuple[Request, AnyPlan]":
    """What is swept; and the request, from the first bar that is traded on."""
    from engine.errors import SettingsError
    from engine.review.laws.first_use import before_first_use
    from engine.search.markets import plan_markets
    from engine.search.space import described, read_space, vary
    from engine.search.stages import parse_scenarios, with_scenario
    from engine.search.sweep import start_of_last

    if options.top_k is not None and not options.two_stage:
        raise SettingsError("--top-k: only two stages choose among points; pass --two-stage")
    settings, loaded = request.load_all()
    request.say_all(before_first_use(loaded))
    name, varied = options.space_name, vary(options.varied)
    leaves = ({} if name is None and varied else read_space(name or "small")) | varied
    if "costs.scenario" in leaves and (options.two_stage or options.scenarios):
        raise SettingsError("space: costs.scenario: is set by --two-stage and --scenarios")
    if options.two_stage:
        refuse_scenario(loaded)
        loaded = [(with_scenario(own, "B"), bars) for own, bars in loaded]
    elif options.scenarios:
        leaves["costs.scenario"] = parse_scenarios(options.scenarios)
    if options.limit_bars:
        count = options.limit_bars
        start = max(start_of_last(bars, request.dates, count) for _, bars in loaded)
        request = dataclasses.replace(request, start=start)
        request.say(f"Limited to the last {count:,} bars, from {start} on; those before warm up")
    plan = plan_markets(settings, loaded, request.dates, leaves)
    request.say_all(described(plan.space))
    screens = "1 screen" if plan.groups == 1 else f"{plan.groups:,} screens, each"
    request.say(f"{screens} for {plan.replays.size:,} points")
    if len(loaded) > 1:
        names = ", ".join(own.asset for own, _ in loaded)
        request.say(f"Each point is one portfolio of {names}")
    return request, plan


def refuse_scenario(loaded: Sequence[tuple[Any, Any]]) -> None:
    """Two stages decide which scenario a point is under."""
    from engine.errors import SettingsError

    for own, _ in loaded:
        if own.costs.scenario is not None:
            raise SettingsError(
                f"costs.scenario {own.costs.scenario}: is set by --two-stage, which ranks under "
                "B and reports --scenarios; leave it out"
            )


def _one_stage(request: Request, plan: "AnyPlan", options: Options, score: "Score") -> "Winner":
    from engine.search.exports import write_results
    from engine.search.markets import measured_markets
    from engine.search.stages import best_first
    from engine.search.summary import asset_rows, best_rows

    bank = _bank(request, options)
    swept = _run(request, plan, options, score, bank)
    table, own = measured_markets(swept, score)
    order = best_first(swept.numbers, table["score"])
    numbers, ranked = swept.numbers[order], table[order]
    _verify(request, swept, options.verified, numbers[:1], bank)
    own = {name: each[order] for name, each in own.items()}
    files = write_results(options.out, plan.space, numbers, ranked, swept.failed, own)
    _table(request, "The best points", best_rows(plan.space, numbers, ranked, 10))
    request.say(_thin(table, score))
    if own:
        _table(request, f"Combo {numbers[0]:,} by asset", asset_rows(own))
    request.say_all(f"Wrote {path}" for path in files)
    request.answer(
        {"out": str(options.out), "points": int(numbers.size), "failed": len(swept.failed)}
    )
    return int(numbers[0]), swept.pips


def _two_stages(request: Request, plan: "AnyPlan", options: Options, score: "Score") -> "Winner":
    import time

    from engine.search import exports
    from engine.search.markets import measured_markets
    from engine.search.saved import ReplaySeconds, avoided
    from engine.search.stages import best_first, parse_scenarios
    from engine.search.summary import ranked_rows

    scenarios = parse_scenarios(options.scenarios or ALL)
    begin = time.perf_counter()
    request.say("Stage 1 (B-only fast search):")
    bank = _bank(request, options)
    swept = _run(request, plan, options, score, bank)
    table, own = measured_markets(swept, score)
    order = best_first(swept.numbers, table["score"])
    numbers, scores = swept.numbers[order], table["score"][order]
    top = min(options.top_k or TOP, numbers.size)
    out, own = options.out, {name: each[order] for name, each in own.items()}
    files = exports.write_results(out, plan.space, numbers, table[order], swept.failed, own)
    files += exports.write_first_stage(out, plan.space, numbers, scores, top)
    between = time.perf_counter()
    request.say(f"Stage 1 complete. Top {top} combos identified.")
    request.say(f"Stage 2 ({'/'.join(scenarios)} refinement):")
    each = ReplaySeconds(len(scenarios))
    ranked = _refine(request, plan, options, score, numbers[:top], bank, each)
    _verify(request, swept, options.verified, ranked.numbers[:1], bank)
    _verify_winner(request, plan, options, score, ranked, bank)
    files += exports.write_second_stage(out, plan.space, ranked)
    seconds, grid = (between - begin, time.perf_counter() - between), options.space_name or "small"
    files.append(exports.write_metadata(out, plan.space, top, grid, seconds))
    request.say("Stage 2 complete. Final results saved.")
    request.say(avoided(numbers.size, top, len(scenarios), each.median()))
    _table(request, "The best points, by their worst score", ranked_rows(plan.space, ranked))
    request.say_all([_thin(table, score), *(f"Wrote {path}" for path in files)])
    points = {"points": int(numbers.size), "failed": len(swept.failed), "top_k": top}
    request.answer({"out": str(out), **points})
    return int(ranked.numbers[0]), swept.pips


def _thin(table: "Table", score: "Score") -> str:
    """What the ranking does to points of few trades, which nobody sees in a score."""
    few = int((table["trades"] < score.min_trades).sum())
    return (
        f"Score: net profit factor, times {score.thin_factor:g} below "
        f"{score.min_trades:,} trades: {few:,} of {table.size:,} points (--min-trades)"
    )


def _bank(request: Request, options: Options) -> "Bank":
    """Who asks for decisions in Python."""
    from engine.plugins.precompute import Workers
    from engine.search.bank import Bank

    return Bank(Workers(options.threads, False, request.progress, request.say))


def _run(
    request: Request, plan: "AnyPlan", options: Options, score: "Score", bank: "Bank"
) -> "AnySwept":
    """The first stage; Ctrl-C keeps every block that is done."""
    from engine.search.markets import run_markets, stored_points
    from engine.search.partial import write_partial
    from engine.search.progress import shown

    out = options.out
    with shown(options.every, options.eta, request.say, _on_terminal(request)) as line:
        try:
            swept = run_markets(plan, out, options.resume, line, options.candidates, score, bank)
        except KeyboardInterrupt:
            # Without a score no block was stored: what lies there may be another sweep.
            if options.two_stage and line.best.score is not None:
                write_partial(out, plan.space, *stored_points(plan, out), score)
            raise
    if swept.refused:
        number, reason = swept.refused[0]
        request.say(f"{len(swept.refused):,} points are not legal, as {number:,}: {reason}")
    if swept.failed:
        number, reason = swept.failed[0]
        request.say(f"{len(swept.failed):,} points failed, as {number:,}: {reason}")
    request.say_all(bank.lines())
    request.say_all(f"Note: {note}" for note in swept.notes)
    return swept


def _refine(
    request: Request,
    plan: "AnyPlan",
    options: Options,
    score: "Score",
    numbers: "Ints",
    bank: "Bank",
    each: "ReplaySeconds",
) -> "Ranked":
    from engine.search.markets import refine_markets
    from engine.search.progress import every_refined, shown
    from engine.search.stages import parse_scenarios

    scenarios = parse_scenarios(options.scenarios or ALL)
    every = every_refined(options.every, numbers.size)
    with shown(every, options.eta, request.say, _on_terminal(request)) as line:
        return refine_markets(plan, numbers, scenarios, score, bank, each.beside(line))


def _on_terminal(request: Request) -> bool:
    return sys.stdout.isatty() and not request.as_json


def _table(request: Request, title: str, rows: "Rows") -> None:
    if _on_terminal(request):
        from engine.search.terminal import print_table

        print_table(title, rows)
    else:
        from engine.search.summary import aligned

        request.say_all(aligned(rows))


def _verify(request: Request, swept: "AnySwept", count: int, winners: Any, bank: "Bank") -> None:
    from engine.search.markets import verify_markets

    if count:
        asked = bank.asked.total()
        chosen = verify_markets(swept, count, winners, bank)
        request.say(f"Verified: {len(chosen)} points equal their own full replay, byte by byte")
        if bank.asked.total() > asked:
            request.say(f"To verify them {bank.asked.total() - asked:,} more bars were asked for")


def _verify_winner(
    request: Request,
    plan: "AnyPlan",
    options: Options,
    score: "Score",
    ranked: "Ranked",
    bank: "Bank",
) -> None:
    from engine.search.markets import verify_winner_of

    if options.verified:
        number = verify_winner_of(plan, ranked, score, bank)
        request.say(f"Verified: the winner, {number:,}, under {', '.join(ranked.tables)}")

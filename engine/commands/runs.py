"""What `barsieve screen` and `barsieve replay` do: one market, or several as a portfolio."""

import shlex
from pathlib import Path

from engine.commands.request import Request
from engine.experiment import run_experiment
from engine.files import refuse_unwritable
from engine.plugins.precompute import Workers, refuse_idle
from engine.portfolio import beside, run_portfolio
from engine.prescreen.box import parse_box
from engine.prescreen.candidates import manifest_path, screen_rows, write_candidates
from engine.replay.choice import Asked
from engine.replay.market import prepare
from engine.results.portfolio_directory import portfolio_record, write_portfolio
from engine.results.portfolio_summary import asset_lines, portfolio_lines, portfolio_rows
from engine.results.run_directory import run_record, write_run
from engine.results.summary import plan_lines, result_rows, screen_lines, visit_lines
from engine.review.laws.first_use import before_first_use
from engine.search.boxes import box_texts


def screen_all(request: Request, output: Path, boxes: tuple[str, ...], skip_laws: bool) -> None:
    """Write the candidates of one market to `output`, of several to files beside it."""
    names = [each.asset for each in request.markets()[1]]
    paths = [output] if len(names) == 1 else [beside(output, name) for name in names]
    for path in paths:
        refuse_unwritable(path)
        refuse_unwritable(manifest_path(path))
    _, loaded = request.load_all()
    if not skip_laws:
        request.say_all(before_first_use(loaded))
    written = []
    for path, (settings, bars) in zip(paths, loaded, strict=True):
        box = parse_box(box_texts(boxes, settings), settings)
        market = prepare(settings, bars, *request.dates)
        file = screen_rows(market.rows, settings, market.span, box)
        write_candidates(path, file)
        if len(paths) > 1:
            request.say(f"{settings.asset}:")
        request.say_all(f"Note: {note}" for note in market.rows.notes)
        request.say_all(screen_lines(file, settings.batch_mode.candidate_window_bars))
        request.say(f"Wrote {path} and {manifest_path(path).name}")
        written.append({"output": str(path), **file.manifest.model_dump(mode="json")})
    request.say(f"Next: {request.command('replay', '--candidates', str(output))}")
    request.answer(written[0] if len(written) == 1 else {"assets": written})


def replay_all(
    request: Request,
    candidates: Path | None,
    asked: Asked | None,
    output: Path,
    replace: bool,
    workers: Workers,
    skip_laws: bool,
) -> None:
    """Replay one market, or several together."""
    refuse_unwritable(output / "trade_log.jsonl")
    settings, loaded = request.load_all()
    refuse_idle([each for each, _ in loaded], workers)
    if not skip_laws:
        request.say_all(before_first_use(loaded))
    mode: Asked = asked or ("full" if candidates is None else "auto")
    if len(loaded) > 1:
        several = run_portfolio(settings, loaded, *request.dates, mode, candidates, workers)
        request.say_all(portfolio_lines(several))
        folder, known = write_portfolio(several, output, replace)
        request.table(portfolio_rows(several))
        request.say_all(asset_lines(several))
        record, trades = portfolio_record(several), several.result.metrics.trades
        choice, timings = several.choice, several.timings
    else:
        outcome = run_experiment(settings, loaded[0][1], *request.dates, mode, candidates, workers)
        request.say_all([*plan_lines(outcome), *visit_lines(outcome)])
        folder, known = write_run(outcome, output, replace)
        request.table(result_rows(outcome.result))
        record, trades = run_record(outcome), outcome.result.metrics.trades
        choice, timings = outcome.choice, outcome.timings
    request.say(f"Wrote {folder}" + (", identical to the stored run" if known else ""))
    if settings.batch_mode.policy == "admissible":  # sentinel is lossy: there is nothing to prove
        request.say(f"Next, the proof that focused equals full: {request.command('parity')}")
    request.say(f"Next, the run as a page: {_report_command(request, folder)}")
    request.say(f"Total: {trades} trades")
    stored = {"directory": str(folder), "identical_to_stored": known}
    request.answer({**stored, **record, "choice": choice.reason, "timings": timings})


def _report_command(request: Request, folder: Path) -> str:
    data = [x for each in request.data for x in ("--data", str(each))]
    return shlex.join(["barsieve", "report", str(folder), *data])

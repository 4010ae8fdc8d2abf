"""`barsieve demo`: the embedded market, replayed in full and focused, and compared."""

from pathlib import Path

from engine.errors import BarsieveError
from engine.experiment import Asked, run_experiment
from engine.request import Request
from engine.results.outcome import Outcome
from engine.results.run_directory import write_run
from engine.results.summary import result_rows, screen_lines


def run_demo(request: Request, output: Path) -> None:
    """Say what a screen and two replays of three demo years found; write both runs.

    Raises BarsieveError when the two results are not the same bytes.
    """
    settings, bars = request.load()

    def run(mode: Asked) -> Outcome:
        return run_experiment(settings, bars, *request.dates, mode)

    run("full")  # compiles, so that the times below are those of the second run
    full, focused = run("full"), run("focused")
    width = settings.batch_mode.candidate_window_bars
    request.say_all(screen_lines(focused.candidates, width))
    for outcome in (full, focused):
        request.say(_line(outcome))
    if full.result.digest() != focused.result.digest():
        raise BarsieveError("internal error: focused differs from full; run `barsieve parity`")
    milliseconds = full.timings["replay"] * 1e3
    request.say("Identical: trades, account and equity are the same bytes")
    request.say(f"Focusing is not needed here: full takes {milliseconds:.1f} ms")
    request.table(result_rows(full.result))
    for outcome in (full, focused):
        folder, _ = write_run(outcome, output, replace=False)
        request.say(f"Wrote {folder}")
    request.say_all(NEXT_STEPS)


def _line(outcome: Outcome) -> str:
    visits = outcome.visits()
    return (
        f"Replay {outcome.choice.mode + ':':<8} {visits['visited']:>6,} of {visits['bars']:,} bars "
        f"visited in {outcome.timings['replay'] * 1e3:.2f} ms"
    )


NEXT_STEPS = (
    "Next:",
    "  barsieve parity --asset DEMO --config ETH_comprehensive   the proof, in separate processes",
    "  barsieve init my-research      a folder with configurations to edit",
    "  barsieve replay --asset ETH --data YOUR_BARS.csv --config ETH_comprehensive",
)

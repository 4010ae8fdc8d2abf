"""`barsieve demo`: the embedded market, replayed in full and focused, and compared."""

from pathlib import Path

from engine.bars.series import Bars
from engine.commands.request import Request
from engine.errors import DefectError
from engine.experiment import run_experiment
from engine.plugins.slow import RARELY, with_slow_trend
from engine.replay.choice import Asked
from engine.replay.settings import Settings
from engine.results.outcome import Outcome
from engine.results.run_directory import write_run
from engine.results.summary import result_rows, screen_lines


def run_demo(request: Request, output: Path) -> None:
    """Say what a screen and two replays of three demo years found; write both runs.

    Raises DefectError when the two results are not the same bytes.
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
        raise DefectError("internal error: focused differs from full; run `barsieve parity`")
    milliseconds = full.timings["replay"] * 1e3
    request.say("Identical: trades, account and equity are the same bytes")
    request.say(f"Focusing is not needed here: full takes {milliseconds:.1f} ms")
    request.table(result_rows(full.result))
    dear = run_dear(settings, bars, request)
    for outcome in (full, focused, *dear):
        folder, _ = write_run(outcome, output, replace=False)
        request.say(f"Wrote {folder}")
    request.say_all(NEXT_STEPS)


def run_dear(settings: Settings, bars: Bars, request: Request) -> tuple[Outcome, Outcome]:
    """The second block: the same market, with a decision that takes a millisecond of Python."""
    slow = with_slow_trend(settings, RARELY)
    request.say("")
    request.say("Now with a decision in plain Python, about a millisecond a bar:")
    start, end = DEAR_DATES
    run_experiment(slow, bars, start, end, "focused")  # compiles
    focused = run_experiment(slow, bars, start, end, "focused")
    full = run_experiment(slow, bars, start, end, "full")
    for outcome in (full, focused):
        request.say(_dear_line(outcome))
    if full.result.digest() != focused.result.digest():
        raise DefectError("internal error: focused differs from full; run `barsieve parity`")
    ratio = full.timings["replay"] / focused.timings["replay"]
    request.say(f"Identical, {ratio:.0f} times faster: {focused.result.metrics.trades} trades")
    return full, focused


def _dear_line(outcome: Outcome) -> str:
    (calls,) = outcome.replayed.calls.values()
    return (
        f"Replay {outcome.choice.mode + ':':<8} {calls:>6,} of {outcome.size:,} bars decided in "
        f"{outcome.timings['replay']:.2f} s"
    )


def _line(outcome: Outcome) -> str:
    visits = outcome.visits()
    return (
        f"Replay {outcome.choice.mode + ':':<8} {visits['visited']:>6,} of {visits['bars']:,} bars "
        f"visited in {outcome.timings['replay'] * 1e3:.2f} ms"
    )


DEAR_DATES = ("2025-06-15", "2025-09-30")
NEXT_STEPS = (
    "Next:",
    "  barsieve parity --asset DEMO --config ETH_comprehensive   the proof, in separate processes",
    "  barsieve init my-research      a folder with configurations to edit",
    "  barsieve replay --asset ETH --data YOUR_BARS.csv --config ETH_comprehensive",
)

"""What a command says about a finished screen or run."""

from collections.abc import Mapping
from string import Formatter

from engine.bars.dates import iso
from engine.fusion.modes import CONFIRMED
from engine.prescreen.bound import bounds
from engine.prescreen.candidates import CandidateFile
from engine.replay.choice import ASKED_FOR, Choice
from engine.replay.loop import Replay
from engine.replay.records import REASON_NAMES
from engine.replay.settings import Settings
from engine.results.metrics.catalogue import METRICS
from engine.results.metrics.metric import Value
from engine.results.outcome import Outcome
from engine.results.result import Result

Rows = list[tuple[str, str]]


def _names_in(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name]


# The figures of every summary, in this order.
SUMMARY = (
    "ruined_at", "net_return", "max_drawdown", "sharpe", "profit_factor", "trades", "win_rate",
    "average_r", "expectancy", "cagr", "exposure", "costs", "hold_return", "both_touched",
    "dropped",
)  # fmt: skip
SELDOM = ("ruined_at", "dropped")  # shown where there is something to say
# What stands beside some of them; names in braces are metrics.
BESIDE = {
    "ruined_at": "the account was gone on {}",
    "trades": "{} ({long_trades} long, {short_trades} short)",
    "exposure": "{} of bars",
    "costs": "{} (fees {fees}, spread {spread}, slippage {slippage}, funding {funding}), "
    "{cost_share} of raw gains",
    "hold_return": "{} (max drawdown {hold_max_drawdown}, Sharpe {hold_sharpe})",
    "both_touched": "{} (the stop was taken)",
    "dropped": "{} of {entries_ordered} ordered ({dropped_minimum_notional} below the minimum "
    "notional, {dropped_margin} without the margin)",
}
NAMED = {name: _names_in(text) for name, text in BESIDE.items()}


def counted(counts: Mapping[str, int]) -> str:
    """`a 12, b 3`, zeros left out."""
    return ", ".join(f"{name} {count:,}" for name, count in counts.items() if count) or "none"


def screen_lines(file: CandidateFile, width: int) -> list[str]:
    """Counts, density, coverage, sentinel histogram, score range."""
    manifest = file.manifest
    bars = manifest.stop_bar - manifest.first_bar
    lines = [
        f"Screened {bars:,} bars {manifest.start} to {manifest.end}, policy {manifest.policy}",
        f"Candidates: {manifest.candidates:,} ({manifest.long:,} long, {manifest.short:,} short, "
        f"{manifest.both:,} both), density {manifest.density:.1%}",
        f"Windows of {width} bars on each side cover {manifest.coverage:.1%}",
        f"Sentinels at candidates: {counted(manifest.sentinels)}",
    ]
    if manifest.score_range is not None:
        lines.append("Scores: {:.6f} to {:.6f}".format(*manifest.score_range))
    return lines


def plan_lines(outcome: Outcome) -> list[str]:
    """What was going to be visited, and why."""
    visits = outcome.visits()
    lines = [f"Warm-up: {_first_tradable(outcome)}"]
    lines += [f"Note: {note}" for note in (*outcome.rows.notes, *idle_keys(outcome.settings))]
    lines.append(f"Loaded {visits['candidates']:,} candidates (density {visits['density']:.1%})")
    lines += dear_lines(outcome)
    if outcome.choice.mode == "focused":
        lines.append(
            f"Will process {visits['window_bars']:,} bars in {visits['windows']:,} windows "
            f"(coverage {visits['coverage']:.1%}), and every bar with an open position"
        )
    else:
        lines.append(f"Will process {visits['bars']:,} bars{why_full(outcome.choice)}")
    if outcome.settings.execution.fill == "close":
        lines.append("Fills at the deciding bar's close: optimistic, no market fills like that")
    return lines


def dear_lines(outcome: Outcome) -> list[str]:
    """How many bars a dear score keeps, and what a bound half as wide would have kept."""
    rows, settings = outcome.rows, outcome.settings
    if not rows.limits:
        return []
    narrow = {slot: (0.5 * low, 0.5 * high) for slot, (low, high) in rows.limits.items()}
    may = bounds(rows.table, settings, rows.bars.has_volume, limits=narrow)[2]
    first = outcome.replayed.first
    kept = int((may[first : first + outcome.size] != 0).sum())
    return [
        f"A dear score may lie anywhere inside its bound; half of it would keep {kept:,} bars "
        f"({kept / outcome.size:.1%})"
    ]


def idle_keys(settings: Settings) -> list[str]:
    """Keys that are set and cannot act beside another."""
    if settings.safety.loss_streak_threshold and settings.fusion.execution_mode in CONFIRMED:
        return [
            "safety.loss_streak_threshold adds nothing in this fusion.execution_mode: the score "
            "confirms every entry"
        ]
    return []


def _first_tradable(outcome: Outcome) -> str:
    warmup, first = outcome.rows.warmup, outcome.replayed.first
    row = max(warmup, first)
    text = f"the first tradable bar is {iso(int(outcome.bars.open_time[row]))} (row {row:,})"
    return text if warmup >= first else f"{warmup:,} rows; {text}, where the range begins"


def why_full(choice: Choice) -> str:
    """Nothing had to be weighed where `auto` was not asked for."""
    return " in full" if choice.reason == ASKED_FOR else f": {choice.reason}"


def asked_lines(replayed: Replay, asset: str = "") -> list[str]:
    """How often each decision in Python was asked, and how it was asked again."""
    of = f" of {asset}" if asset else ""
    lines = [f"Asked {name} {count:,} times{of}" for name, count in replayed.calls.items()]
    return lines + ([replayed.rechecked] if replayed.rechecked else [])


def visit_lines(outcome: Outcome) -> list[str]:
    """What the replay visited, and how long each stage took."""
    visits = outcome.visits()
    lines = [
        f"Replay {outcome.choice.mode}: {visits['visited']:,} bars visited, "
        f"{visits['skipped']:,} skipped, {visits['in_position']:,} in position",
        f"Decisions: {counted(outcome.decisions())}",
    ]
    lines += asked_lines(outcome.replayed)
    if outcome.recall is not None:
        found = outcome.recall
        lines.append(
            f"Policy sentinel is lossy: this run has {found.found:,} of the full replay's "
            f"{found.entries:,} entries (recall {found.share:.1%})"
        )
    return [*lines, time_line(outcome.timings)]


def time_line(timings: Mapping[str, float]) -> str:
    stages = ", ".join(f"{name} {seconds * 1e3:,.1f} ms" for name, seconds in timings.items())
    return f"Time: {stages}"


def exit_counts(result: Result) -> dict[str, int]:
    """Positions by the reason of their last leg, most frequent first."""
    found = result.trades["reason"].tolist()
    counts = {REASON_NAMES[reason]: found.count(reason) for reason in set(found)}
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def result_rows(result: Result) -> Rows:
    """The table of results: a name and a formatted value a row."""
    rows = summary_rows(result.metrics)
    place = [name for name, _ in rows].index(METRICS["trades"].title) + 1
    return [*rows[:place], ("Exits", counted(exit_counts(result))), *rows[place:]]


def summary_rows(values: Mapping[str, Value]) -> Rows:
    """The figures that a summary shows, by their titles. values: the metrics of a run."""
    shown = [name for name in SUMMARY if name not in SELDOM or values.get(name)]
    return [(METRICS[name].title, summary_text(name, values)) for name in shown]


def summary_text(name: str, values: Mapping[str, Value]) -> str:
    """A metric, and beside it what belongs to it."""
    own = METRICS[name].text(values[name])
    if name not in BESIDE:
        return own
    beside = {each: METRICS[each].text(values[each]) for each in NAMED[name]}
    return BESIDE[name].format(own, **beside)

"""The page of a run: what its folder holds, and what is computed again to draw it."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from engine.bars.dates import iso
from engine.report.assumptions import assumptions, gap_sentence
from engine.report.market import MarketOfRun, load_run_markets
from engine.report.market_data import MOST_CHARACTERS, facts, overview, packed_market
from engine.report.markup import bullets, defined, embedded, pairs, paragraphs, table
from engine.report.months import monthly_returns
from engine.report.overview import (
    buckets_of,
    extremes,
    milliseconds,
    plain_numbers,
    shown_rows,
)
from engine.report.page import assembled, filled, part, refuse_without_plotly
from engine.report.sketch import price_sketch
from engine.report.statistics import exit_rows, statistics
from engine.report.stored import StoredRun, read_run
from engine.report.verdict import (
    compared,
    decision_counts,
    no_verdict,
    refuse_several,
    visit_rows,
)
from engine.results.metrics.history import drawdown

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SCRIPTS = ("shared.js", "run.js", "trade.js")


def run_page(folder: Path, data: Sequence[Path] = (), parity: bool = False) -> str:
    """The HTML of a run's folder. parity: compare its focused and full replays for the page.

    Raises OutputError for a folder that is no run's, or one of another version, DataError where the
    bars are not the run's, MissingExtraError without plotly.
    """
    refuse_without_plotly()
    run = read_run(folder)
    if parity:
        refuse_several(run)
    settings, markets, _ = load_run_markets(run, data)
    verdict = compared(run, markets[0])[1] if parity else no_verdict(run, [m.file for m in markets])
    taken = assumptions(settings, run.record) + [gap_sentence(m.bars, m.span) for m in markets]
    taken += [note for market in markets for note in market.rows.notes]
    body = filled(part("run.html"), _texts(run, markets, taken, verdict))
    shown = [facts(each) | {"overview": overview(each)} for each in markets]
    early = embedded("page-data", {"equity": _equity(run), "markets": shown})
    late = _packed(run, markets, MOST_CHARACTERS - len(early))
    record, span = run.record, run.record["range"]
    subtitle = (
        f"{span['start']} to {span['end']}, {record['replay']} replay; fingerprint "
        f"{record['fingerprint']}, configuration {record['config']}, result {record['result'][:8]}"
    )
    return assembled(folder.resolve().name, subtitle, body, early, late, SCRIPTS)


def _texts(
    run: StoredRun, markets: Sequence[MarketOfRun], taken: list[str], verdict: list[str]
) -> dict[str, str]:
    names = "".join(
        f'<option value="{k}">{escape(m.asset)}</option>' for k, m in enumerate(markets)
    )
    asked = [name for market in markets for name in market.asked_domains()]
    return {
        "fingerprints": pairs(fingerprints(run)),
        "assumptions": bullets(taken),
        "statistics": defined(statistics(run)),
        "sketch": price_sketch(markets[0].bars.close[slice(*markets[0].span)]),
        "markets": names,
        "asked": escape(", ".join(asked) + " is asked bar by bar and not drawn." if asked else ""),
        "months": month_table(run),
        "exits": _exit_table(run),
        "decisions": _decision_table(run),
        "visits": pairs(visit_rows(run)),
        "verdict": paragraphs(verdict),
    }


def fingerprints(run: StoredRun) -> list[tuple[str, str]]:
    """What this run is, by the hashes that determine it."""
    record = run.record
    rows = [
        ("Fingerprint", record["fingerprint"]),
        ("Configuration", record["config"]),
        ("Result, sha256", record["result"]),
        ("barsieve", record["version"]),
        ("Timeframe", record["timeframe"]),
    ]
    for name, own in run.assets.items():
        source = own["data"]
        rows.append(
            (f"{name}, bars", f"{source['source']}, {source['rows']:,} from {source['origin']}")
        )
        rows.append((f"{name}, bars, sha256", source["sha256"]))
    return rows


def _equity(run: StoredRun) -> dict[str, Any]:
    """Equity and what it lies below its peak, per cent, for the eye."""
    buckets = buckets_of(run.equity.size)
    under = -100.0 * drawdown(run.equity, run.initial_cash)
    times = milliseconds(run.times)
    return {
        "x": times[shown_rows(buckets)].tolist(),
        "equity": plain_numbers(extremes(run.equity, buckets)),
        "under": plain_numbers(extremes(under, buckets), 4),
        "width": buckets.width,
    }


def _packed(run: StoredRun, markets: Sequence[MarketOfRun], most: int) -> str:
    packed = [
        packed_market(each, run.trades[each.asset], run.events[each.asset], most // len(markets))
        for each in markets
    ]
    return "\n".join(embedded(f"packed-{k}", each) for k, each in enumerate(packed))


def month_table(run: StoredRun) -> str:
    """Years down, months across."""
    rows = []
    for year in monthly_returns(run.times, run.equity, run.initial_cash):
        cells = [(value, _percent(value), _tone(value)) for value in (*year.months, year.whole)]
        rows.append([str(year.year), *cells])
    start = iso(int(run.times[0]))[:10]
    return table(
        ("Year", *MONTHS, "Year's"), rows,
        f"Return of each month (UTC), per cent; the first is counted from {start}.",
    )  # fmt: skip


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100.0 * value:+.1f}"


def _tone(value: float | None) -> str:
    if not value:
        return ""
    return "gain" if value > 0 else "loss"


def _exit_table(run: StoredRun) -> str:
    rows = [
        (
            row["reason"],
            (row["positions"], f"{row['positions']:,}"),
            (row["share"], f"{row['share']:.1%}"),
            (row["mean_r"], f"{row['mean_r']:+.3f}"),
            (row["net"], f"{row['net']:+,.2f}"),
        )
        for row in exit_rows(run)
    ]
    head = ("Reason", "Positions", "Share", "Mean R", "Net")
    return table(head, rows, "Positions by the reason of their last leg.")


def _decision_table(run: StoredRun) -> str:
    counts = decision_counts(run)
    every = sum(counts.values())
    rows = [
        (name, (count, f"{count:,}"), (count / every, f"{count / every:.1%}"))
        for name, count in counts.items()
    ]
    return table(("Code", "Bars", "Share"), rows, "What was decided at each visited bar, and why.")
